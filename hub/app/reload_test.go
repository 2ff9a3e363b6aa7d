package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

const (
	taken   = `traybell_config_reloads_total{result="ok"}`
	refused = `traybell_config_reloads_total{result="failed"}`
)

// edit replaces hub.yml as most editors do.
func (s *story) edit(change func(yaml string) string) {
	s.t.Helper()
	s.yaml = change(s.yaml)
	fresh := filepath.Join(s.dir, "hub.yml.new")
	if err := os.WriteFile(fresh, []byte(s.yaml), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(fresh, filepath.Join(s.dir, "hub.yml")); err != nil {
		s.t.Fatal(err)
	}
}

// replaced is edit with pairs of old and new words.
func (s *story) replaced(words ...string) {
	s.t.Helper()
	s.edit(func(yaml string) string {
		after := strings.NewReplacer(words...).Replace(yaml)
		if after == yaml {
			s.t.Fatalf("%q changes nothing", words)
		}
		return after
	})
}

// reloaded waits until the edit is applied.
func (s *story) reloaded(edit func()) {
	s.t.Helper()
	before := s.metric(taken)
	edit()
	s.until(taken, func(v float64) bool { return v > before })
}

// quiet fails if the hub has sent messages with these names.
func (x *testTerminal) quiet(names ...string) {
	x.t.Helper()
	x.do(protocol.HistoryList, protocol.ListHistory{Limit: 1})
	for {
		select {
		case m, ok := <-x.messages:
			if !ok {
				x.t.Fatal("the hub closed the connection")
			}
			if m.Name == protocol.HistoryAnswer {
				return
			}
			for _, name := range names {
				if m.Name == name {
					x.t.Errorf("got %s: %s", m.Name, m.Data)
				}
			}
		case <-time.After(patience):
			x.t.Fatal("the hub does not answer")
		}
	}
}

func (x *testTerminal) closed() protocol.ClosedSession {
	x.t.Helper()
	var c protocol.ClosedSession
	if err := x.await(protocol.SessionClosed).Decode(&c); err != nil {
		x.t.Fatal(err)
	}
	return c
}

func TestReloadKeepsUnaffectedSessions(t *testing.T) {
	s := tell(t)
	second, third := newPBX(t, amitest.Options{}), newPBX(t, amitest.Options{})
	vera, _ := argon2id.CreateHash("secret",
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	other, _ := argon2id.CreateHash("another",
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	login := func(id, at string) string {
		return fmt.Sprintf("{id: %s, address: %q, username: %s, password: %q}", id, at, amitest.Username,
			amitest.Secret)
	}
	s.yaml = strings.NewReplacer("}]\nagents:\n",
		"}, "+login("branch", second.Addr())+"]\nagents:\n  - {login: vera, extensions: [\"103\"], password: \""+
			vera+"\"}\n").Replace(s.yaml)
	s.start()
	s.working()
	if err := second.WaitClients(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	anna, boris, veras := s.signIn("101"), s.signIn("102"), s.signIn("103")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	c := anna.sees("the ring and the caller", known)
	elsewhere := second.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000009"})
	elsewhere.Ring("101")
	anna.sees("the call of the branch", func(c protocol.Call) bool { return strings.HasPrefix(c.ID, "branch:") })

	// new delays concern only the desktops
	s.reloaded(func() { s.edit(func(y string) string { return y + "desktop: {popups: {incoming: {show: 7000}}}\n" }) })
	for _, x := range []*testTerminal{anna, boris, veras} {
		var now protocol.Settings
		if err := x.await(protocol.SettingsEvent).Decode(&now); err != nil || now.Popups.Incoming.Show != 7000 {
			t.Errorf("the settings: %+v, %v", now, err)
		}
	}

	// change Anna's name, rights and line; replace a PBX; add Dora
	s.reloaded(func() {
		s.replaced("Anna Petrova", "Anna Sidorova", `comment: "Say hello"`, `comment: "Say good-bye"`,
			login("branch", second.Addr()), login("new", third.Addr()),
			"tracking:\n", "  - {login: dora, extensions: [\"104\"], password: \""+vera+"\"}\ntracking:\n")
	})
	var again protocol.OpenedSession
	if err := anna.await(protocol.SessionOpened).Decode(&again); err != nil || again.Agent.Name != "Anna Sidorova" ||
		len(again.PBXs) != 2 {
		t.Errorf("anna's snapshot: %+v, %v", again, err)
	}
	live, over := 0, 0
	for _, k := range again.Calls {
		switch {
		case k.ID == c.ID && k.State == protocol.Ringing && k.Line.Comment == "Say good-bye" &&
			k.Caller.Status == protocol.Known:
			live++
		case strings.HasPrefix(k.ID, "branch:") && k.State == protocol.Ended:
			over++
		default:
			t.Errorf("a call in the snapshot: %+v", k)
		}
	}
	if live != 1 || over != 1 {
		t.Errorf("her calls: %+v", again.Calls)
	}
	call.Answer("101")
	if k := anna.sees("the answer", func(k protocol.Call) bool {
		return k.State == protocol.Answered
	}); k.ID != c.ID || k.Legs[0].Agent != "Anna Sidorova" {
		t.Errorf("the answer is of %+v", k)
	}
	if err := third.WaitClients(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.until(`traybell_pbx_state{pbx="new",state="working"}`, func(v float64) bool { return v == 1 })
	dora := s.signIn("104")
	third.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("104")
	dora.sees("a call on the third PBX", known)
	boris.quiet(protocol.SessionClosed, protocol.Maintenance)
	veras.quiet(protocol.SessionClosed, protocol.Maintenance)

	// remove Boris, change Vera's password
	s.reloaded(func() {
		s.edit(func(y string) string {
			y = regexp.MustCompile(`(?m)^  - \{login: boris.*\n`).ReplaceAllString(y, "")
			return strings.Replace(y, `{login: vera, extensions: ["103"], password: "`+vera,
				`{login: vera, extensions: ["103"], password: "`+other, 1)
		})
	})
	if c := boris.closed(); c.Code != protocol.CloseEnded || !strings.Contains(c.Reason, "removed your account") {
		t.Errorf("boris: %+v", c)
	}
	if c := veras.closed(); !c.Code.ComeBack() || !strings.Contains(c.Reason, "password") {
		t.Errorf("vera: %+v", c)
	}
	if made := anna.ticket(c.ID); made.Number == "" || made.By != "Anna Sidorova" {
		t.Errorf("anna's ticket: %+v", made)
	}

	// Anna loses her rights, and keeps her session; then her extension, which ends it
	s.reloaded(func() {
		s.replaced(`extensions: ["101", "201"], password: "`+hashOf(s.yaml, "anna")+
			`", teams: [support], rights: [ticket]`,
			`extensions: ["101", "201"], password: "`+hashOf(s.yaml, "anna")+`", teams: [support], rights: []`)
	})
	anna.await(protocol.SessionOpened)
	anna.do(protocol.TicketCreate, protocol.CreateTicket{Call: c.ID})
	if m := anna.await(protocol.TicketCreate); m.Type != protocol.Error || !strings.Contains(string(m.Data),
		"You do not have the right") {
		t.Errorf("without the right: %+v", m)
	}
	s.reloaded(func() { s.replaced(`["101", "201"]`, `["201"]`) })
	if c := anna.closed(); c.Code != protocol.CloseEnded || !strings.Contains(c.Reason,
		"Your extension was changed: sign in with 201") {
		t.Errorf("anna without her extension: %+v", c)
	}
	if !strings.Contains(s.log.String(), `msg="agents changed" changed=vera removed=boris`) {
		t.Errorf("no agents changed in the log:\n%s", s.log)
	}
	if n := s.metric(`traybell_ami_connects_total{pbx="main"}`); n != 1 {
		t.Errorf("the first PBX was signed in to %v times", n)
	}
	if n := s.metric(`traybell_directory_customers{directory="customers"}`); n != 3 || strings.Count(s.log.String(),
		"directory read") != 1 {
		t.Errorf("%v customers; the directory was read %d times", n, strings.Count(s.log.String(), "directory read"))
	}
	if strings.Contains(s.log.String(), "hub.yml rejected") {
		t.Error(s.log)
	}
}

func hashOf(yaml, login string) string {
	return regexp.MustCompile(`login: ` + login + `,.*password: "([^"]+)"`).FindStringSubmatch(yaml)[1]
}

func TestInvalidFileIsReportedToAdministratorsOnly(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	path := filepath.Join(s.dir, "hub.yml")
	good := s.yaml
	if strings.Contains(s.page("/tickets", nil), "was rejected") || s.metric("traybell_config_reload_ok") != 1 ||
		s.metric("traybell_config_reload_timestamp_seconds") < 1e9 {
		t.Fatal("rejected before any change")
	}
	for name, c := range map[string]struct{ yaml, want string }{
		"a misspelt key": {
			strings.Replace(good, "tracking:", "trakcing:", 1),
			"hub.yml:8:1: unknown key `trakcing`; did you mean `tracking`?",
		},
		"no YAML":    {good + "]\n", "not valid YAML"},
		"half of it": {strings.SplitN(good, "tracking:", 2)[0] + "  - {login: ", "hub.yml:"},
		"nothing":    {"", "the file is empty"},
		"a bad template": {
			strings.Replace(good, "{{.Caller.Name}}", "{{.Caller.Nome}}", 1), "did you mean `.Caller.Name`?",
		},
		"a secret's file that is not there": {
			strings.Replace(good, fmt.Sprintf("password: %q}]", amitest.Secret), "password_file: none.secret}]", 1),
			"none.secret: no such file",
		},
		"a bad certificate": {
			// also before the restart that tls.mode needs
			strings.Replace(good, "listen:", "tls: {mode: files, cert: customers.csv, key: customers.csv}\nlisten:", 1),
			"customers.csv has no private key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.metric(refused)
			if err := os.WriteFile(path, []byte(c.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			s.until(refused, func(v float64) bool { return v > before })
			page := s.page("/tickets", nil)
			for _, want := range []string{
				"hub.yml was rejected", strings.NewReplacer("`", "&#96;", "'", "&#39;").Replace(c.want),
			} {
				if !strings.Contains(page, want) &&
					!strings.Contains(page, strings.ReplaceAll(want, "&#96;", "`")) {
					t.Errorf("no %q on the page:\n%s", want, page)
				}
			}
			if s.metric("traybell_config_reload_ok") != 0 {
				t.Error("traybell_config_reload_ok is not 0")
			}
			call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
			call.Ring("101")
			anna.sees("a call meanwhile", func(c protocol.Call) bool { return c.Line.Name == "Support" })
			call.Hangup()
			anna.quiet(protocol.SessionClosed, protocol.Maintenance, protocol.SessionOpened)
			back := s.metric(taken)
			if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
				t.Fatal(err)
			}
			s.until(taken, func(v float64) bool { return v > back })
			if s.metric("traybell_config_reload_ok") != 1 || strings.Contains(s.page("/tickets", nil), "was rejected") {
				t.Error("the valid file was rejected")
			}
		})
	}
	if text := s.log.String(); !strings.Contains(text, "hub.yml rejected") || !strings.Contains(text,
		"msg=hub.yml problem=") || strings.Contains(text, `problems=1 error=`) ||
		strings.Contains(text, amitest.Secret) {
		t.Errorf("the log:\n%s", s.log)
	}
}

func TestQuickWritesAreOneChange(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	path := filepath.Join(s.dir, "hub.yml")
	whole := strings.Replace(s.yaml, "Say hello", "Say something else", 1)
	before := s.metric(taken)
	for i := range 1000 { // includes a valid half without Boris
		part := whole[:len(whole)*(i%100)/100]
		if err := os.WriteFile(path, []byte(part), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(taken, func(v float64) bool { return v > before })
	if n := s.metric(taken) + s.metric(refused) - before; n > 1 {
		t.Errorf("%v reloads", n)
	}
	for _, x := range []*testTerminal{anna, boris} {
		x.quiet(protocol.SessionClosed, protocol.SessionOpened)
	}
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	anna.sees("the new comment", func(c protocol.Call) bool { return c.Line.Comment == "Say something else" })
}

// A Kubernetes ConfigMap: hub.yml links to ..data/hub.yml, ..data links to a folder that updates
// replace. Secrets are in their own files.
func TestMountedVolumeIsSwapped(t *testing.T) {
	s := tell(t)
	data := s.dir
	s.dir = t.TempDir()
	version := func(n int, yaml, secret string) {
		folder := filepath.Join(s.dir, fmt.Sprintf("..2026_%d", n))
		for name, text := range map[string]string{"hub.yml": yaml, "pbx.secret": secret, "customers.csv": customers} {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(filepath.Base(folder), filepath.Join(s.dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(s.dir, "..tmp"), filepath.Join(s.dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	s.yaml = strings.NewReplacer("data_dir: .", "data_dir: "+data, fmt.Sprintf("password: %q}]", amitest.Secret),
		"password_file: pbx.secret}]").Replace(s.yaml)
	version(1, s.yaml, amitest.Secret)
	for _, name := range []string{"pbx.secret", "customers.csv", "hub.yml"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.start() // writes the same through the link
	s.working()
	anna := s.signIn("101")
	before := s.metric(taken)
	version(2, strings.Replace(s.yaml, "Say hello", "Say nothing", 1), amitest.Secret)
	s.until(taken, func(v float64) bool { return v > before })
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	c := anna.sees("the new comment", func(c protocol.Call) bool {
		return c.Line.Comment == "Say nothing" && c.Caller.Status == protocol.Known
	})
	if n := s.metric(`traybell_ami_connects_total{pbx="main"}`); n != 1 {
		t.Errorf("%v connections for a comment", n)
	}

	// a new secret reconnects the PBX; the call stays
	before = s.metric(taken)
	version(3, strings.Replace(s.yaml, "Say hello", "Say nothing", 1), "a wrong one")
	s.until(taken, func(v float64) bool { return v > before })
	s.until(`traybell_pbx_state{pbx="main",state="working"}`, func(v float64) bool { return v == 0 })
	version(4, strings.Replace(s.yaml, "Say hello", "Say nothing", 1), amitest.Secret)
	s.until(`traybell_pbx_state{pbx="main",state="working"}`, func(v float64) bool { return v == 1 })
	if n := s.metric(`traybell_calls{state="ringing"}`); n != 1 {
		t.Errorf("%v calls ring", n)
	}
	anna.quiet(protocol.SessionClosed, protocol.SessionOpened)
	if fresh := s.signIn("201"); len(fresh.opened.Calls) != 1 || fresh.opened.Calls[0].ID != c.ID {
		t.Errorf("the calls are %+v", fresh.opened.Calls)
	}
	if strings.Contains(s.log.String(), "a wrong one") {
		t.Error("the secret is in the log")
	}
}

func TestReloadReportsSettingsThatNeedARestart(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	at := s.hub.Addr()
	s.reloaded(func() {
		s.replaced("listen: 127.0.0.1:0", "listen: 127.0.0.1:1", "data_dir: .", "data_dir: elsewhere", "Say hello",
			"Say it")
	})
	if page := s.page("/tickets", nil); !strings.Contains(page, "Restart the hub to apply") || !strings.Contains(page,
		"listen\ndata_dir") {
		t.Error(page)
	}
	if !strings.Contains(s.log.String(),
		`restart the hub to apply these keys" keys="listen, data_dir"`) ||
		s.metric("traybell_config_waiting_keys") != 2 || s.hub.Addr() != at {
		t.Error(s.log)
	}
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	anna.sees("the rest of the change", func(c protocol.Call) bool { return c.Line.Comment == "Say it" })
	s.reloaded(func() {
		s.replaced("listen: 127.0.0.1:1", "listen: 127.0.0.1:0", "data_dir: elsewhere", "data_dir: .")
	})
	if strings.Contains(s.page("/tickets", nil), "Restart the hub to apply") {
		t.Error("it still waits")
	}
}

func TestReloadOfDirectoriesAndNumbers(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	const more = "login;name;phone\nfirma;Firma Meier;030 9876501\nstay;Who stays;+7 812 111-22-33\n"
	if err := os.WriteFile(filepath.Join(s.dir, "more.csv"), []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "0309876501", DID: "74950000001"})
	call.Ring("101")
	anna.sees("an unknown caller", func(c protocol.Call) bool { return c.Caller.Status == protocol.Unknown })
	read := strings.Count(s.log.String(), "directory=customers")
	s.reloaded(func() {
		s.replaced("path: customers.csv}]", "path: customers.csv}, {name: more, type: csv, path: more.csv}]")
	})
	s.until(`traybell_directory_customers{directory="more"}`, func(v float64) bool { return v == 2 })
	if n := strings.Count(s.log.String(), "directory=customers"); n != read ||
		s.metric(`traybell_directory_customers{directory="customers"}`) != 3 {
		t.Errorf("unchanged directory was read again:\n%s", s.log)
	}
	call.Hangup()
	// 030 9876501 is a Berlin number in region DE
	s.reloaded(func() { s.replaced("listen:", "region: DE\nlisten:") })
	call = s.pbx.Incoming(amitest.Incoming{Number: "0309876501", DID: "74950000001"})
	call.Ring("101")
	c := anna.sees("the caller in Germany", func(c protocol.Call) bool {
		return c.E164 == "+49309876501" && c.Caller.Status == protocol.Known
	})
	if c.Caller.Customers[0].Login != "firma" {
		t.Errorf("%+v", c.Caller)
	}
}
