package agents

import (
	"context"
	"testing"
	"time"

	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

func TestMessageOfAnAdministrator(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	m, err := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{From: "boss", Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.server.Message(m, func(s Session) bool { return s.Login == "boris" }); n != 0 {
		t.Errorf("%d terminals got a message for boris", n)
	}
	if n := p.server.Message(m, func(s Session) bool { return s.Login == "anna" && s.Extension == "101" }); n != 1 {
		t.Errorf("%d terminals got a message for anna", n)
	}
	if got := k.receive(); got.Name != protocol.TextMessage || got.Type != protocol.Notification {
		t.Errorf("%+v", got)
	}
}

// An administrator ends a session: it is over, and the desktop's token counts no more, also after a
// restart.
func TestAdministratorEndsASession(t *testing.T) {
	var kept []signin.Revocation
	opts := Options{
		TokenKey: []byte("a key of thirty-two bytes length"),
		Agents:   []Account{{staff.Agent{Login: "anna", Extensions: []string{"101"}}, cheap(t, "anna's")}},
		KeepRevoked: func(_ context.Context, all []signin.Revocation) error {
			kept = all
			return nil
		},
	}
	for _, all := range []bool{false, true} {
		p := start(t, opts, &fakeHub{})
		known := annas
		known.Token = p.opened(annas).Token
		k := p.terminal().in()
		desktop := p.server.Sessions()[0].Client.Desktop
		if n, err := p.server.End(t.Context(), "anna", "other"); n != 0 || err != nil {
			t.Errorf("%d sessions of another desktop ended: %v", n, err)
		}
		if all {
			desktop = ""
		}
		if n, err := p.server.End(t.Context(), "anna", desktop); n != 1 || err != nil {
			t.Errorf("%d sessions ended: %v", n, err)
		}
		k.closed(protocol.CloseEnded)
		again := opts
		again.Revoked = kept
		p = start(t, again, &fakeHub{})
		p.opened(known)
		if n := p.server.Counters().Hashes; n != 1 {
			t.Errorf("%d passwords verified: the token still counts", n)
		}
	}
}

// During maintenance terminals that are signed in stay, new ones are refused for now.
func TestSuspended(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	early := p.terminal().in()
	other := annas
	other.Client.Desktop = "other"
	p.server.Suspend(time.Time{}, "New server")
	k := p.terminal()
	k.send(protocol.SessionOpen, "open", annas)
	f := k.failed(protocol.Limit, "open")
	if !f.Retry || f.Problem != protocol.HubMaintained || f.About != "New server" || f.Wait < 60 || f.Wait > 75 {
		t.Errorf("%+v", f)
	}
	k.closed(protocol.CloseRestart)
	if c := p.server.Counters(); c.Hashes != 1 {
		t.Errorf("%d passwords were verified", c.Hashes)
	}
	m, err := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{Text: "still here"})
	if err != nil {
		t.Fatal(err)
	}
	p.server.Send([]string{"anna"}, m)
	if got := early.receive(); got.Name != protocol.TextMessage {
		t.Errorf("the early terminal got %+v", got)
	}
	p.server.Suspend(time.Now().Add(-time.Second), "")
	p.opened(other)
	if got := early.receive(); got.Name != protocol.MaintenanceOver {
		t.Errorf("when its time had passed the early terminal got %+v", got)
	}
	p.server.Suspend(time.Now().Add(5*time.Second), "")
	k = p.terminal()
	k.send(protocol.SessionOpen, "open", annas)
	if f := k.failed(protocol.Limit, "open"); f.Wait > 20 {
		t.Errorf("%+v", f)
	}
	p.server.Resume()
	if got := early.receive(); got.Name != protocol.MaintenanceOver || got.Type != protocol.Notification {
		t.Errorf("at the end the early terminal got %+v", got)
	}
	p.server.Resume() // there is nothing to end
	p.opened(other)
	p.server.Send([]string{"anna"}, m)
	if got := early.receive(); got.Name != protocol.TextMessage {
		t.Errorf("after the end the early terminal got %+v", got)
	}
}
