package calls

import "strings"

// channel is an Asterisk channel, from the first event about it to its Hangup.
type channel struct {
	id        string // Uniqueid
	linked    string // last Linkedid; it may change
	name      string // "PJSIP/101-00000001"
	extension string // of the phone; empty for outside and internal channels
	real      bool   // a phone or a trunk, not an internal channel such as Local
	phase     phase
	call      *live
	bridge    *bridge

	number, callerName, connected, exten, did string // as first seen

	dialled    bool   // it is being called
	inferred   bool   // dialled is concluded from its ringing, without a DialBegin
	from       string // Uniqueid of the calling channel; empty for an originate
	originated bool   // it is the first leg of an originate (click to call)
	answered   bool   // it took the call
	closed     bool   // its part is over before its Hangup: the first DialEnd wins
	holding    bool   // it put the other side on hold
	parked     bool   // it is in a parking lot
	reason     string // why its leg will end, if known before the Hangup
}

// outside reports whether the channel is a party outside of the company that takes part in its
// call.
func (ch *channel) outside() bool { return ch.real && ch.extension == "" && !ch.closed }

func (c *Channel) is(ch *channel) bool { return c.Uniqueid == ch.id && c.Name == ch.name }

// phase is a channel's progress. It never goes back: events replayed after a snapshot may be older
// than its rows.
type phase uint8

const (
	phaseDown    phase = iota
	phaseRing          // it calls
	phaseRinging       // it is called
	phaseUp
)

// parsePhase parses ChannelState (a number) or ChannelStateDesc (a word).
func parsePhase(state string) phase {
	switch state {
	case "4", "Ring":
		return phaseRing
	case "5", "Ringing":
		return phaseRinging
	case "6", "Up":
		return phaseUp
	}
	return phaseDown
}

// internalTechnologies are those of channels that Asterisk creates internally.
var internalTechnologies = map[string]bool{
	"Local": true, "Surrogate": true, "AsyncGoto": true, "Message": true, "Snoop": true, "UnicastRTP": true,
	"Announcer": true, "Recorder": true,
	"Bridge": true, "CBAnn": true, "CBRec": true, "Parked": true, "MulticastRTP": true, "AudioSocket": true,
	"WebSocket": true, "Multicast": true,
}

// endpointOf returns the endpoint in a channel's name: the part between the technology and the
// number at the end, which has eight hexadecimal digits for SIP (names may contain "-") and fewer
// for IAX2 and DAHDI. real is false for internal channels.
func endpointOf(name string) (endpoint string, real bool) {
	technology, rest, ok := strings.Cut(name, "/")
	if !ok || rest == "" || internalTechnologies[technology] {
		return "", false
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 && i < len(rest)-1 && isHex(rest[i+1:]) {
		rest = rest[:i]
	}
	return rest, true
}

func isHex(s string) bool {
	if len(s) > 8 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// otherHalf returns the name of the other half of a Local channel: "…;1" and "…;2" are a pair.
func otherHalf(name string) (string, bool) {
	if !strings.HasPrefix(name, "Local/") {
		return "", false
	}
	if one, ok := strings.CutSuffix(name, ";1"); ok {
		return one + ";2", true
	}
	if two, ok := strings.CutSuffix(name, ";2"); ok {
		return two + ";1", true
	}
	return "", false
}

// ShortDigits is the default rule for extensions: two to six digits.
func ShortDigits(endpoint string) bool {
	if len(endpoint) < 2 || len(endpoint) > 6 {
		return false
	}
	for _, c := range []byte(endpoint) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
