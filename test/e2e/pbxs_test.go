//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/cmd"
	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/terminal"
)

const pbxsYAML = `
listen: 127.0.0.1:0
data_dir: .
pbx:
  - {id: main, address: "%[1]s", username: otrs, password: "%[3]s"}
  - {id: branch, address: "%[2]s", username: otrs, password: "%[3]s", md5: false}
  - {id: wrong, address: "%[1]s", username: otrs, password: nonsense}
  - {id: tls, address: "%[1]s", username: otrs, password: "%[3]s", tls: true}
  - {id: off, address: "%[2]s", username: otrs, password: "%[3]s", enabled: false}
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%[4]s"}]
tracking: [{number: "74950000001", name: Support, comment: Say hello}]
caller_id: {rules: [{prefix: "0", min: 7, max: 12, strip: 1, show: %[5]t}]}
directories: [{name: customers, type: csv, path: customers.csv}]
`

// houses are two real PBXs with a trunk and a phone each, one hub in this process, and the terminal
// of an agent who has both phones.
type houses struct {
	t        *testing.T
	ctx      context.Context
	path     string // of hub.yml
	hub      *app.App
	terminal *terminal.Terminal
	opened   protocol.OpenedSession
}

// TestTwoPBXsAtOnce connects one hub to Asterisk 22 and 16, and to three PBXs that do not work. It
// covers calls on both with a CallerID rule, the kill and restart of one, the list of untracked
// numbers, and the output of check.
func TestTwoPBXsAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	lab.StartAsterisk(t, "22")
	branch := lab.StartSecond(t, "16")
	trunk, phone := map[string]*phones.Trunk{}, map[string]*phones.Phone{}
	for id, net := range map[string]string{"main": "127.0.1.", "branch": "127.0.2."} {
		var err error
		if trunk[id], err = phones.ListenTrunk(net + "50"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = trunk[id].Close() })
		if phone[id], err = phones.Listen("101", net+"101"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = phone[id].Close() })
	}
	h := newHouses(ctx, t, true)
	h.becomes("main", protocol.PBXWorking)
	h.becomes("branch", protocol.PBXWorking)
	if p := h.becomes("wrong", protocol.PBXStopped); !strings.Contains(p.Reason, "administrator") {
		t.Errorf("%+v", p)
	}
	if p := h.becomes("tls", protocol.PBXStopped); !strings.Contains(p.Reason, "administrator") {
		t.Errorf("%+v", p)
	}

	for _, id := range []string{"main", "branch"} {
		caller, err := trunk[id].Call(ctx, "74950000001", "084951234567", "Ivan")
		h.must(err)
		_, err = phone[id].WaitRinging(ctx)
		h.must(err)
		c := h.sees(func(c protocol.Call) bool {
			return strings.HasPrefix(c.ID, id+":") && c.Caller.Status == protocol.Known
		})
		if c.Number != "84951234567" || c.E164 != "+74951234567" || c.Line.Comment != "Say hello" ||
			c.Caller.Customers[0].Login != "ivanov" {
			t.Errorf("on %s: %+v", id, c)
		}
		h.must(caller.HangUp(ctx))
		h.sees(func(o protocol.Call) bool { return o.ID == c.ID && o.State == protocol.Ended })
	}

	// One is killed during a call, and the other continues. After its restart the call has ended.
	there, err := trunk["branch"].Call(ctx, "74950000001", "84951234567", "Ivan")
	h.must(err)
	_, err = phone["branch"].WaitRinging(ctx)
	h.must(err)
	lost := h.sees(func(c protocol.Call) bool {
		return strings.HasPrefix(c.ID, "branch:") && c.State == protocol.Ringing
	})
	h.must(branch.Kill(ctx))
	h.becomes("branch", protocol.PBXConnecting)
	phone["main"].Forget()
	caller, err := trunk["main"].Call(ctx, "74950000001", "anonymous", "")
	h.must(err)
	_, err = phone["main"].WaitRinging(ctx)
	h.must(err)
	h.sees(func(c protocol.Call) bool {
		return strings.HasPrefix(c.ID, "main:") && c.Caller.Status == protocol.Withheld
	})
	h.must(caller.HangUp(ctx))
	if down := h.warned(protocol.PBXDown); down.ID != "branch" || down.Reason == "" {
		t.Errorf("%+v", down)
	}
	_ = there
	h.must(branch.Start(ctx))
	h.sees(func(c protocol.Call) bool { return c.ID == lost.ID && c.State == protocol.Ended })
	if back := h.warned(protocol.PBXBack); back.ID != "branch" {
		t.Errorf("%+v", back)
	}

	// An untracked number is listed.
	caller, err = trunk["main"].Call(ctx, "74950000006", "84951234567", "Ivan")
	h.must(err)
	h.must(caller.HangUp(ctx))
	h.must(caller.WaitEnded(ctx))
	for !strings.Contains(h.page("/numbers"), `- {number: &#34;74950000006&#34;, name: &#34;74950000006&#34;}`) {
		if ctx.Err() != nil {
			t.Fatalf("it is not listed:\n%s", h.page("/numbers"))
		}
	}
	var said strings.Builder
	h.must(cmd.Run(ctx, "test", []string{"numbers", "-c", h.path}, &said, io.Discard))
	t.Logf("traybell-hub numbers:\n%s", &said)
	page := h.page("/pbx")
	for _, want := range []string{
		"Asterisk 22.", "Asterisk 16.", "not enabled", "refuses to log in", "write = system",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the PBXs lacks %q:\n%s", want, page)
		}
	}

	said.Reset()
	err = cmd.Run(ctx, "test", []string{"check", "-c", h.path}, &said, io.Discard)
	t.Logf("traybell-hub check:\n%s%v", &said, err)
	if err == nil || strings.Count(said.String(), "✗") != 2 || !strings.Contains(said.String(), "hub.yml:7:") ||
		!strings.Contains(said.String(), "hub.yml:8:") {
		t.Errorf("%v\n%s", err, &said)
	}
}

// TestModifiedNumberIsHidden has a CallerID rule with show: false on a real Asterisk: agents see
// the original number.
func TestModifiedNumberIsHidden(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	lab.StartAsterisk(t, "22")
	trunk, err := phones.ListenTrunk("127.0.1.50")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = trunk.Close() })
	phone, err := phones.Listen("101", "127.0.1.101")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = phone.Close() })
	h := newHouses(ctx, t, false)
	h.becomes("main", protocol.PBXWorking)
	caller, err := trunk.Call(ctx, "74950000001", "084951234567", "Ivan")
	h.must(err)
	_, err = phone.WaitRinging(ctx)
	h.must(err)
	c := h.sees(func(c protocol.Call) bool { return c.Caller.Status == protocol.Known })
	if c.Number != "084951234567" || c.Display != "084951234567" || c.E164 != "+74951234567" ||
		c.Caller.Customers[0].Login != "ivanov" {
		t.Errorf("%+v", c)
	}
	h.must(caller.HangUp(ctx))
}

func newHouses(ctx context.Context, t *testing.T, show bool) *houses {
	t.Helper()
	h := &houses{t: t, ctx: ctx}
	hash, err := signin.Hash(password)
	h.must(err)
	dir := t.TempDir()
	h.must(os.WriteFile(filepath.Join(dir, "customers.csv"),
		[]byte("login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\n"), 0o600))
	h.path = filepath.Join(dir, "hub.yml")
	h.must(os.WriteFile(h.path, fmt.Appendf(nil, pbxsYAML, lab.AMI, lab.AMISecond, lab.AMIPassword, hash, show), 0o600))
	cfg, err := config.Load(h.path)
	h.must(err)
	h.hub, err = app.New(ctx, app.Options{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	h.must(err)
	h.must(h.hub.Start(ctx))
	t.Cleanup(func() { h.must(h.hub.Stop()) })
	h.terminal, h.opened, err = terminal.SignIn(ctx, h.hub.Addr(), "101", password)
	h.must(err)
	t.Cleanup(func() { _ = h.terminal.CloseNow() })
	return h
}

// insecureClient accepts the hub's self-signed certificate.
func insecureClient() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

func (h *houses) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *houses) await(name string) protocol.Message {
	h.t.Helper()
	for {
		m, err := h.terminal.Next(h.ctx)
		h.must(err)
		if m.Name == name {
			return m
		}
		if m.Name == protocol.PBXEvent {
			var p protocol.PBX
			h.must(m.Decode(&p))
			h.keep(p)
		}
	}
}

// keep stores the state of a PBX.
func (h *houses) keep(p protocol.PBX) {
	for i := range h.opened.PBXs {
		if h.opened.PBXs[i].ID == p.ID {
			h.opened.PBXs[i] = p
		}
	}
}

// becomes waits for a state of a PBX, and its reason if it fails.
func (h *houses) becomes(id string, state protocol.PBXState) protocol.PBX {
	h.t.Helper()
	for {
		for _, p := range h.opened.PBXs {
			if p.ID == id && p.State == state && (p.Reason != "" || state == protocol.PBXWorking) {
				return p
			}
		}
		var p protocol.PBX
		h.must(h.await(protocol.PBXEvent).Decode(&p))
		h.keep(p)
	}
}

func (h *houses) warned(name string) protocol.PBX {
	h.t.Helper()
	for {
		var p protocol.PBX
		h.must(h.await(name).Decode(&p))
		if p.ID == "branch" {
			return p
		}
	}
}

func (h *houses) sees(fits func(protocol.Call) bool) protocol.Call {
	h.t.Helper()
	for {
		var c protocol.Call
		h.must(h.await(protocol.CallEvent).Decode(&c))
		if fits(c) {
			return c
		}
	}
}

func (h *houses) page(path string) string {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.ctx, http.MethodGet, "https://"+h.hub.Addr()+path, nil)
	h.must(err)
	client := insecureClient()
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	h.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	h.must(err)
	return string(text)
}
