package agents

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/terminal"
)

func TestSignInIsRetriedWhileTheDeskIsNotReady(t *testing.T) {
	p := start(t, Options{}, &fakeHub{joinErr: errors.New("no PBX yet")})
	k := p.terminal()
	k.send(protocol.SessionOpen, "1", annas)
	if f := k.failed(protocol.Limit, "1"); !f.Retry || strings.Contains(f.Text, "PBX") {
		t.Errorf("%+v", f)
	}
	k.closed(protocol.CloseRestart)
}

// One address opens connections without signing in. At first further ones are refused, and other
// addresses still sign in; then the oldest one makes room for a colleague behind the same address.
func TestConnectionsOfOneAddressAreLimited(t *testing.T) {
	p := start(t, Options{OpenWithin: patience}, &fakeHub{})
	p.server.entering.ofOne, p.server.entering.idle = 20, time.Second
	oldest := p.terminal()
	for range p.server.entering.ofOne - 1 {
		p.terminal()
	}
	if _, handshake, err := p.dial(terminal.Options{}); err == nil ||
		handshake.Status != http.StatusServiceUnavailable {
		t.Fatalf("the next connection was not refused: %v", err)
	}
	conn, _, err := p.dial(terminal.Options{Local: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}})
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL): // this computer has only one loopback address
	case err != nil:
		t.Fatal(err)
	default:
		p.use(conn).in()
	}
	time.Sleep(p.server.entering.idle)
	p.terminal().in()
	oldest.closed(protocol.CloseTimeout)
}

// Two sites take all places for connections that have not signed in: a third one gets the oldest
// place of the larger.
func TestFullHubMakesRoomForOtherSites(t *testing.T) {
	e := newEntering(0)
	e.atOnce, e.ofOne = 10, 8
	at := time.Now()
	add := func(address string) *session {
		at = at.Add(time.Millisecond)
		ses := &session{address: address, started: at}
		e.add(ses)
		return ses
	}
	for range 4 {
		add("192.0.2.1:1")
	}
	signing := add("192.0.2.2:1")
	signing.signing.Store(true)
	oldest := add("192.0.2.2:1")
	for range 4 {
		add("192.0.2.2:1")
	}
	newcomer := &session{address: "192.0.2.3:1", started: at}
	if full, instead := e.full(newcomer); !full || instead != nil {
		t.Errorf("connections of this moment make room: %v, %v", full, instead)
	}
	newcomer.started = at.Add(idleAfter)
	if full, instead := e.full(newcomer); !full || instead != oldest {
		t.Errorf("no room for another site: %v, %+v", full, instead)
	}
	e.remove(oldest)
	e.remove(oldest)
	if full, _ := e.full(newcomer); full || e.count != 9 {
		t.Errorf("%d of 10, full: %v", e.count, full)
	}
}

// The desktops of one agent are limited even if the hub has room. A signed-in desktop may always
// reconnect.
func TestDesktopsOfOneAgent(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	open := func(desktop string) protocol.Message {
		o := annas
		o.Client.Desktop = desktop
		k := p.terminal()
		k.send(protocol.SessionOpen, "1", o)
		return k.receive()
	}
	for i := range desktopsOfOne {
		if m := open(fmt.Sprint("desktop ", i)); m.Name != protocol.SessionOpened {
			t.Fatalf("desktop %d: %s %s", i, m.Name, m.Data)
		}
	}
	var why protocol.Failure
	if m := open("one too many"); m.Type != protocol.Error || m.Decode(&why) != nil || why.Code != protocol.Limit ||
		!why.Retry {
		t.Errorf("one too many: %s %s", m.Name, m.Data)
	}
	if m := open("desktop 0"); m.Name != protocol.SessionOpened {
		t.Errorf("the first one reconnects: %s %s", m.Name, m.Data)
	}
}
