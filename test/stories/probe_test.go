package stories

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"traybell/desktop/client"
	"traybell/hub/agents"
	"traybell/shared/protocol"
)

// A probe finds what a sign-in would, without touching the session of the same desktop.
func TestProbeDoesNotTouchTheSession(t *testing.T) {
	f := newFront()
	h := open(t, "127.0.0.1:0", t.TempDir(), f, agents.Options{})
	d := connect(t, h.config("101", "anna's"))
	d.works()

	opened, problem := client.Probe(t.Context(), h.config("101", "anna's"))
	if problem != nil || opened.Agent.Login != "anna" {
		t.Fatalf("%+v, %v", opened, problem)
	}
	f.change(protocol.Call{ID: "main:1"}, "anna")
	d.await("the call", func() bool { return d.calls["main:1"].ID != "" })
	if d.snaps != 1 {
		t.Errorf("the session opened %d times", d.snaps)
	}

	guess := h.config("101", "guess")
	if _, p := client.Probe(t.Context(), guess); p == nil || p.Kind != client.PasswordWrong {
		t.Errorf("a wrong password: %+v", p)
	}
	fresh := h.config("101", "anna's")
	fresh.Fingerprint = ""
	if _, p := client.Probe(t.Context(), fresh); p == nil || p.Kind != client.CertificateRefused ||
		!protocol.SameFingerprint(p.Fingerprint, h.fingerprint) {
		t.Errorf("an unknown certificate: %+v", p)
	}
	other := h.config("101", "anna's")
	other.Fingerprint = strings.Repeat("AB:", 31) + "CD"
	if _, p := client.Probe(t.Context(), other); p == nil || p.Kind != client.CertificateChanged {
		t.Errorf("a certificate that has changed: %+v", p)
	}
	away := h.config("101", "anna's")
	away.Server = "no-such-host.invalid"
	if _, p := client.Probe(t.Context(), away); p == nil || p.Kind != client.HostUnknown {
		t.Errorf("a host that does not exist: %+v", p)
	}
	if _, p := client.Probe(t.Context(), configFor("127.0.0.1:1", "", "101", "x")); p == nil ||
		p.Kind != client.PortClosed {
		t.Errorf("a port where nothing listens: %+v", p)
	}
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	if _, p := client.Probe(t.Context(),
		configFor(web.Listener.Addr().String(), protocol.Fingerprint(web.Certificate().Raw), "101", "x")); p == nil ||
		p.Kind != client.NotAHub {
		t.Errorf("another web server: %+v", p)
	}
	for range 40 {
		if _, p := client.Probe(t.Context(), guess); p != nil && p.Kind == client.Busy {
			if p.Wait() <= 0 || !strings.Contains(p.Text, "Too many sign-ins") {
				t.Errorf("too many sign-ins: wait %s, %s", p.Wait(), p.Text)
			}
			return
		}
	}
	t.Error("40 guesses were not limited")
}
