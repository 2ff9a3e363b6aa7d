package stories

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/hub/agents"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

func TestOnlyTheFirstConnectionAsksAboutTheCertificate(t *testing.T) {
	f := newFront()
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{})
	f.change(protocol.Call{ID: "main:1", State: protocol.Ringing}, "anna")

	a := &asked{answer: true}
	cfg := h.config("201", "anna's")
	cfg.Fingerprint, cfg.Trust = "", a.trust
	d := connect(t, cfg)
	d.works()
	f.change(protocol.Call{ID: "main:1", State: protocol.Answered}, "anna")
	d.await("the change", func() bool { return d.calls["main:1"].State == protocol.Answered })
	if len(a.prints) != 1 || a.prints[0] != h.fingerprint {
		t.Errorf("asked about %v, the hub's fingerprint is %s", a.prints, h.fingerprint)
	}
	var s protocol.OpenedSession
	if err := d.received[0].Decode(&s); err != nil || s.Agent.Login != "anna" || len(s.Calls) != 1 {
		t.Errorf("first message %s (%v)", d.received[0].Data, err)
	}

	cfg.Fingerprint, cfg.Desktop = strings.ToLower(h.fingerprint), "another"
	connect(t, cfg).works()
	if len(a.prints) != 1 {
		t.Error("asked again about a pinned certificate")
	}
}

func TestUntrustedCertificateGetsNoPassword(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	cfg := h.config("101", "anna's")
	cfg.Fingerprint, cfg.Trust = "", (&asked{}).trust
	d := connect(t, cfg)
	if p := d.refused(client.CertificateRefused); !strings.Contains(p.Text, h.fingerprint) {
		t.Error(p.Text)
	}
	if d.passport != 0 {
		t.Error("the password was asked for")
	}
}

func TestChangedCertificateIsRefusedBeforeThePassword(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	cfg := h.config("101", "anna's")
	a := &asked{answer: true}
	cfg.Trust = a.trust
	d := connect(t, cfg)
	d.works()
	h.stop()
	d.await("offline", func() bool { return d.was(client.Offline, client.Restarting) != nil })
	impostor := open(t, h.address, t.TempDir(), newFront(), agents.Options{})
	d.client.Wake()
	if p := d.refused(client.CertificateChanged); !strings.Contains(p.Text, impostor.fingerprint) {
		t.Error(p.Text)
	}
	if d.passport != 1 || len(a.prints) != 0 {
		t.Errorf("the password was read %d times, Trust was asked %d times", d.passport, len(a.prints))
	}
}

func TestSharedPasswordIsRefused(t *testing.T) {
	list := []agents.Account{
		{Agent: staff.Agent{Login: "anna", Extensions: []string{"101"}}, Password: hash(t, "spring")},
		{Agent: staff.Agent{Login: "clara", Extensions: []string{"101"}}, Password: hash(t, "spring")},
	}
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{Agents: list})
	if p := connect(t, h.config("101", "spring")).refused(client.PasswordShared); !p.Final || !strings.Contains(p.Text,
		"same password") {
		t.Errorf("%+v", p)
	}
}

func TestWrongPasswordAndUnknownExtensionLookTheSame(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	a := connect(t, h.config("101", "guess")).refused(client.PasswordWrong)
	b := connect(t, h.config("999", "guess")).refused(client.PasswordWrong)
	if a.Text != b.Text {
		t.Errorf("%q and %q reveal which extensions exist", a.Text, b.Text)
	}
	if c := h.server.Counters(); c.Refused != 2 || c.Opened != 0 {
		t.Errorf("%+v", c)
	}
}

func TestPasswordIdentifiesAgentsOfOneExtension(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	cfg := h.config("101", "clara's")
	connect(t, cfg).works()
	cfg = h.config("101", "anna's")
	connect(t, cfg).works() // the same desktop: two people, two sessions
	if h.server.Online("anna") != 1 || h.server.Online("clara") != 1 {
		t.Errorf("%+v", h.server.Sessions())
	}
}

func TestOneSessionPerDesktop(t *testing.T) {
	f := newFront()
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{})
	first := connect(t, h.config("101", "anna's"))
	first.works()
	laptop := h.config("101", "anna's")
	laptop.Desktop = "laptop"
	second := connect(t, laptop)
	second.works()
	third := connect(t, h.config("101", "anna's"))
	third.works()
	_ = first.refused(client.Replaced)
	f.change(protocol.Call{ID: "main:7"}, "anna")
	for _, d := range []*desktop{second, third} {
		d.await("the call", func() bool { return d.calls["main:7"].ID != "" })
	}
	if n := h.server.Online("anna"); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

func TestFloodOfSignInsIsLimited(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	var limited *desktop
	for range 40 {
		d := connect(t, h.config("102", "guess"))
		d.await("an answer", func() bool {
			return d.was(client.Refused, client.PasswordWrong) != nil || d.was(client.Offline, client.Busy) != nil
		})
		if d.was(client.Offline, client.Busy) != nil {
			limited = d
			break
		}
	}
	if limited == nil {
		t.Fatal("40 guesses were not limited")
	}
	s := limited.was(client.Offline, client.Busy)
	if left := time.Until(s.Next); left < time.Second || !strings.Contains(s.Problem.Text, "Too many sign-ins") {
		t.Errorf("next in %v: %s", left, s.Problem.Text)
	}
	connect(t, h.config("101", "anna's")).works()
	if c := h.server.Counters(); c.Refused > 12 || c.Limited == 0 {
		t.Errorf("%+v", c)
	}
}

func TestFullHubAsksToRetry(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{Clients: 1})
	connect(t, h.config("101", "anna's")).works()
	d := connect(t, h.config("102", "boris's"))
	d.await("busy", func() bool { return d.was(client.Offline, client.Busy) != nil })
	connect(t, h.config("101", "anna's")).works() // replaces itself
}

func TestReloadOfAgentsWithOpenSessions(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	anna, boris, clara := connect(t, h.config("201", "anna's")), connect(t, h.config("102", "boris's")), connect(t,
		h.config("101", "clara's"))
	for _, d := range []*desktop{anna, boris, clara} {
		d.works()
	}
	list := slices.Clone(h.agents)
	list[0].Name = "Anna Sidorova"
	if err := h.server.SetAgents([]agents.Account{list[0], list[2]}); err != nil {
		t.Fatal(err)
	}
	_ = boris.refused(client.EndedByAdmin)
	// A new name does not end a session.
	if anna.snaps != 1 || h.server.Online("anna") != 1 {
		t.Error("anna's session ended")
	}
	if clara.snaps != 1 {
		t.Error("clara's session ended")
	}
	bad := list[0]
	bad.Password = "plain text"
	if err := h.server.SetAgents([]agents.Account{bad}); err == nil || !strings.Contains(err.Error(), "anna") ||
		strings.Contains(err.Error(), "plain text") {
		t.Errorf("%v", err)
	}
	if h.server.Online("clara") != 1 {
		t.Error("a reload that failed ended a session")
	}
	if err := h.server.SetAgents(nil); err != nil {
		t.Fatal(err)
	}
	if p := clara.refused(client.EndedByAdmin); p.Text != "An administrator removed your account." {
		t.Error(p.Text)
	}
}

func TestInvalidSettingsAreReportedAtOnce(t *testing.T) {
	for name, change := range map[string]func(*client.Config){
		"no server":    func(c *client.Config) { c.Server = " " },
		"no extension": func(c *client.Config) { c.Extension = "" },
		"plain":        func(c *client.Config) { c.Server, c.Plain = "hub.example.com", true },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configFor("127.0.0.1:1", "", "101", "x")
			change(&cfg)
			_ = connect(t, cfg).refused(client.SettingsIncomplete)
		})
	}
}

func TestUnreadablePasswordIsReported(t *testing.T) {
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{})
	cfg := h.config("101", "")
	cfg.Password = func(context.Context) (string, error) { return "", errors.New("the keyring is locked") }
	_ = connect(t, cfg).refused(client.PasswordMissing)
}

// Passwords are guessed from the office's address, before and after a restart of the hub. A desktop
// that was signed in before comes back with its token, and so does its program after a restart.
func TestDesktopComesBackWhileOthersGuess(t *testing.T) {
	opts := agents.Options{Agents: people(t), TokenKey: []byte("a key of thirty-two bytes length")}
	f, dir := newFront(), t.TempDir()
	h := open(t, "127.0.0.1:0", dir, f, opts)
	tokens := make(chan string, 10)
	cfg := h.config("102", "boris's")
	cfg.KeepToken = func(token string) { tokens <- token }
	d := connect(t, cfg)
	d.works()
	guess := func() {
		t.Helper()
		for range 100 {
			if _, p := client.Probe(t.Context(), h.config("102", "guess")); p != nil && p.Kind == client.Busy {
				return
			}
		}
		t.Fatal("guesses are not limited")
	}
	guess()
	h.stop()
	d.await("offline", func() bool { return d.was(client.Offline, client.Restarting) != nil })
	h = open(t, h.address, dir, newFront(), opts)
	guess()
	d.client.Wake()
	d.await("working again", func() bool { return d.snaps == 2 && d.working() })

	<-tokens
	last := <-tokens
	d.stop()
	cfg.Token = func(context.Context) string { return last }
	connect(t, cfg).works()
	cfg.Desktop = "another"
	elsewhere := connect(t, cfg)
	elsewhere.await("refused on another computer", func() bool {
		return elsewhere.was(client.Offline, client.Busy) != nil
	})
}

// A hub knows who is signed in, on what, and that a desktop has left for another hub.
func TestHubKnowsWhereADesktopWent(t *testing.T) {
	seen := make(chan agents.Presence, 10)
	h := open(t, "127.0.0.1:0", t.TempDir(), newFront(), agents.Options{
		Presence: func(p agents.Presence) { seen <- p },
	})
	cfg := h.config("101", "anna's")
	cfg.Version, cfg.OS = "1.2", "windows"
	ctx, leave := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- client.New(cfg, deaf{}).Run(ctx) }()
	if p := <-seen; p != (agents.Presence{Login: "anna", Desktop: "windows (traybell 1.2, 127.0.0.1)", In: true}) {
		t.Errorf("signed in: %+v", p)
	}
	leave(&client.MovedError{To: "other.example:11010"})
	p := <-seen
	if to, moved := protocol.MovedTo(p.Reason); p.In || p.Code != 1000 || !moved || to != "other.example:11010" {
		t.Errorf("left: %+v", p)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// deaf is a desktop that reads no event.
type deaf struct{}

func (deaf) Status(client.Status)     {}
func (deaf) Message(protocol.Message) {}
