package phones

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// audio is the sound of a call: it sends silence or a tone in PCMU (RFC 3551), or keys that are pressed
// (RFC 4733), and counts the packets with sound that it receives. A PBX may end a call without any
// packets.
type audio struct {
	socket *net.UDPConn
	done   chan struct{}
	heard  chan struct{} // closed when the first packet comes
	once   sync.Once
	closed sync.Once

	speaks       atomic.Bool  // it sends a tone
	spoken, loud atomic.Int64 // packets with sound: sent, received
	tones        atomic.Int64 // packets with the tone of another phone

	keys chan key // that are pressed

	mu     sync.Mutex
	remote netip.AddrPort
}

// key is a key that is pressed.
type key struct {
	event byte
	sent  chan struct{} // closed when its tone is over
}

// Numbers of the payloads in the SDP.
const (
	payloadSound = 0
	payloadKey   = 101
)

func newAudio(host string) (*audio, error) {
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		return nil, fmt.Errorf("open audio socket: %w", err)
	}
	return &audio{socket: socket, done: make(chan struct{}), heard: make(chan struct{}), keys: make(chan key)}, nil
}

// sdp offers PCMU and keys at our socket (RFC 8866), sendonly on hold.
func (a *audio) sdp(version int, held bool) []byte {
	local := a.socket.LocalAddr().(*net.UDPAddr)
	direction := "sendrecv"
	if held {
		direction = "sendonly"
	}
	return []byte(strings.Join([]string{
		"v=0",
		fmt.Sprintf("o=- %d %d IN IP4 %s", local.Port, version+1, local.IP),
		"s=-",
		"c=IN IP4 " + local.IP.String(),
		"t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP %d %d", local.Port, payloadSound, payloadKey),
		"a=rtpmap:0 PCMU/8000",
		fmt.Sprintf("a=rtpmap:%d telephone-event/8000", payloadKey),
		fmt.Sprintf("a=fmtp:%d 0-16", payloadKey),
		"a=" + direction,
		"",
	}, "\r\n"))
}

// towards reads the remote address from an SDP; an empty SDP changes nothing.
func (a *audio) towards(sdp []byte) error {
	if len(sdp) == 0 {
		return nil
	}
	var host string
	var port uint16
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimRight(line, "\r\n")
		if after, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = after
		}
		if strings.HasPrefix(line, "m=audio ") {
			if _, err := fmt.Sscanf(line, "m=audio %d", &port); err != nil {
				return fmt.Errorf("parse the PBX's SDP %q: %w", line, err)
			}
		}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("parse the PBX's SDP: %w", err)
	}
	a.mu.Lock()
	a.remote = netip.AddrPortFrom(address, port)
	a.mu.Unlock()
	return nil
}

// start sends a packet of silence every 20 ms until close, and drops received packets.
func (a *audio) start() {
	a.once.Do(func() {
		go func() {
			buffer := make([]byte, 2048)
			for first := true; ; first = false {
				n, err := a.socket.Read(buffer)
				if err != nil {
					return
				}
				if n > 12 && buffer[1]&0x7f == payloadSound && sounds(buffer[12:n]) {
					a.loud.Add(1)
					if isTone(buffer[12:n]) {
						a.tones.Add(1)
					}
				}
				if first {
					close(a.heard)
				}
			}
		}()
		go a.send()
	})
}

// A key sounds for 100 ms, its end is sent three times, and 60 ms without a key follow.
const (
	keyPackets = 5
	keyEnds    = 3
	keyPause   = 3
)

func (a *audio) send() {
	const samples = 160
	packet := make([]byte, 12+samples)
	packet[0] = 0x80 // RTP version 2 (RFC 3550, 5.1)
	binary.BigEndian.PutUint32(packet[8:], 0x7b3ab311)
	tone := [2][]byte{slices.Repeat([]byte{0xff}, samples), slices.Repeat([]byte{0x90, 0x90, 0x10, 0x10}, samples/4)}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var pressed key
	var at uint32 // packets of the key; 0: none is pressed
	for n := uint32(0); ; n++ {
		if at == 0 {
			select {
			case pressed = <-a.keys:
				at = 1
				binary.BigEndian.PutUint32(packet[4:], n*samples) // of the whole key
			default:
			}
		}
		length := len(packet)
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		switch {
		case at > 0 && at <= keyPackets+keyEnds:
			packet[1] = payloadKey
			if at == 1 {
				packet[1] |= 0x80
			}
			packet[12], packet[13] = pressed.event, 10 // dB
			if at > keyPackets {
				packet[13] |= 0x80
			}
			binary.BigEndian.PutUint16(packet[14:], uint16(min(at, keyPackets)*samples))
			length = 16
		default:
			packet[1] = payloadSound
			binary.BigEndian.PutUint32(packet[4:], n*samples)
			copy(packet[12:], tone[0]) // silence in mu-law
			if a.speaks.Load() {
				copy(packet[12:], tone[1])
				a.spoken.Add(1)
			}
		}
		a.mu.Lock()
		remote := a.remote
		a.mu.Unlock()
		if remote.IsValid() && remote.Port() != 0 {
			_, _ = a.socket.WriteToUDPAddrPort(packet[:length], remote) // the PBX may have stopped
		}
		if at > 0 {
			if at++; at > keyPackets+keyEnds+keyPause {
				close(pressed.sent)
				at = 0
			}
		}
		select {
		case <-tick.C:
		case <-a.done:
			return
		}
	}
}

// isTone reports whether most mu-law samples are those of the tone.
func isTone(samples []byte) bool {
	n := 0
	for _, s := range samples {
		if s&0x7f == 0x10 {
			n++
		}
	}
	return n > len(samples)/2
}

// sounds reports whether mu-law samples are loud.
func sounds(samples []byte) bool {
	return slices.ContainsFunc(samples, func(s byte) bool { return ^s>>4&7 >= 4 })
}

func (a *audio) close() {
	a.closed.Do(func() {
		close(a.done)
		_ = a.socket.Close()
	})
}
