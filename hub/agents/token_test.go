package agents

import (
	"fmt"
	"testing"
	"time"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Wrong passwords from the office's address reach its limit. A desktop that was signed in before
// comes back with its token, also after a restart of the hub.
func TestTokenLetsADesktopBackIn(t *testing.T) {
	opts := Options{
		TokenKey: []byte("a key of thirty-two bytes length"),
		Agents:   []Account{{staff.Agent{Login: "anna", Extensions: []string{"101"}}, cheap(t, "anna's")}},
	}
	p := start(t, opts, &fakeHub{})
	token := p.opened(annas).Token
	if token == "" {
		t.Fatal("no token")
	}
	for _, hub := range []*place{p, start(t, opts, &fakeHub{})} {
		guess, limited := annas, false
		for i := 0; i < 100 && !limited; i++ {
			guess.Password = fmt.Sprint("guess", i)
			k := hub.terminal()
			k.send(protocol.SessionOpen, "open", guess)
			var f protocol.Failure
			if err := k.receive().Decode(&f); err != nil {
				t.Fatal(err)
			}
			limited = f.Code == protocol.Limit
		}
		k := hub.terminal()
		k.send(protocol.SessionOpen, "open", annas)
		k.failed(protocol.Limit, "open")
		known := annas
		known.Token = token
		if token = hub.opened(known).Token; token == "" {
			t.Error("no new token")
		}
	}
}

func TestTokenIsRenewedInALongSession(t *testing.T) {
	p := start(t, Options{RenewAfter: 20 * time.Millisecond, PingAfter: 100 * time.Millisecond}, &fakeHub{})
	k := p.terminal().in()
	for range 2 {
		m := k.receive()
		var renewed protocol.SessionToken
		if err := m.Decode(&renewed); err != nil || m.Name != protocol.TokenEvent || len(renewed.Token) != 55 {
			t.Fatalf("%+v, %v", m, err)
		}
	}
}

// opened signs in and returns the snapshot.
func (p *place) opened(open protocol.OpenSession) protocol.OpenedSession {
	p.t.Helper()
	k := p.terminal()
	k.send(protocol.SessionOpen, "open", open)
	m := k.receive()
	var opened protocol.OpenedSession
	if err := m.Decode(&opened); err != nil || m.Name != protocol.SessionOpened {
		p.t.Fatalf("%+v %s", m, m.Data)
	}
	return opened
}
