package passwords_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/fail"
	"traybell/hub/passwords"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

const agents = `pbx: [{id: main, address: "127.0.0.1:5038", username: a, password: b}]
agents:
  - login: anna # since May
    extensions: ["101"]
    password: "%"
  - {login: boris, extensions: ["102"], password_file: boris.hash}
  - {login: vera, extensions: ["103"], password_file: all.hash}
  - {login: gleb, extensions: ["104"], password_file: all.hash}
`

// folder is a folder with hub.yml, and a keeper of its passwords.
type folder struct {
	*testing.T
	*passwords.Keeper
	dir     string
	old     string // the hash of all
	applied int
	fails   error // of the next reload
	changes []audit.Entry
}

func (f *folder) Add(e audit.Entry) { f.changes = append(f.changes, e) }

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) write(name, text string) {
	f.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) read(name string) string {
	f.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		f.Fatal(err)
	}
	return string(text)
}

func open(t *testing.T) *folder {
	t.Helper()
	f := &folder{T: t, dir: t.TempDir()}
	var err error
	if f.old, err = signin.Hash("old one"); err != nil {
		t.Fatal(err)
	}
	f.write("hub.yml", strings.Replace(agents, "%", f.old, 1))
	f.write("boris.hash", f.old+"\n")
	f.write("all.hash", f.old+"\n")
	f.Keeper = passwords.New(passwords.Options{
		File: f.path("hub.yml"), Check: func(*config.Config) document.Problems { return nil }, Audit: f, Now: time.Now,
		Apply: func() error { f.applied++; return f.fails },
	})
	return f
}

func (f *folder) set(login, hash string) error {
	return f.SetPassword(f.Context(), access.Principal{Kind: access.Agent, Name: login, From: "192.0.2.1"}, hash)
}

// Each hash is written where it was; one in a file for several agents becomes the agent's own.
func TestPasswordIsKeptWhereItWas(t *testing.T) {
	f := open(t)
	hash, err := signin.Hash("new one")
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"anna", "boris", "vera"} {
		if err := f.set(login, hash); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Replace(agents, "%", hash, 1)
	want = strings.Replace(want, `["103"], password_file: all.hash`, `["103"], password: "`+hash+`"`, 1)
	if got := f.read("hub.yml"); got != want {
		t.Errorf("hub.yml:\n%s\nwant:\n%s", got, want)
	}
	if boris, all := f.read("boris.hash"), f.read("all.hash"); boris != hash+"\n" || all != f.old+"\n" {
		t.Errorf("boris.hash: %s, all.hash: %s", boris, all)
	}
	backups, err := filepath.Glob(f.path("*.bak"))
	if err != nil || len(backups) != 3 || f.applied != 3 || len(f.changes) != 3 {
		t.Errorf("backups %v, applied %d times, audit %+v", backups, f.applied, f.changes)
	}
	if e := f.changes[1]; e.Action != "password.set" || e.Who != "boris" || e.From != "192.0.2.1" || e.Error != "" ||
		!strings.Contains(e.Detail, "boris.hash") || strings.Contains(e.Detail, hash) {
		t.Errorf("audit: %+v", e)
	}
}

// While hub.yml cannot be read or applied, nothing changes.
func TestPasswordThatCannotBeKept(t *testing.T) {
	for name, c := range map[string]struct {
		before func(f *folder)
		login  string
		want   protocol.Problem
	}{
		"being edited": {
			func(f *folder) { f.write("hub.yml", f.read("hub.yml")+"tracking: [") }, "anna", protocol.PasswordUnwritten,
		},
		"not there":      {func(f *folder) { _ = os.Remove(f.path("hub.yml")) }, "anna", protocol.PasswordUnwritten},
		"not applied":    {func(f *folder) { f.fails = errors.New("stopping") }, "anna", protocol.HubFailed},
		"not applied, 2": {func(f *folder) { f.fails = errors.New("stopping") }, "boris", protocol.HubFailed},
		"no such agent":  {func(*folder) {}, "dima", protocol.AccountRemoved},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			c.before(f)
			yml, _ := os.ReadFile(f.path("hub.yml"))
			err := f.set(c.login, "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
			if err == nil || fail.Of(err).Problem != c.want {
				t.Errorf("%v", err)
			}
			after, _ := os.ReadFile(f.path("hub.yml"))
			if string(after) != string(yml) || f.read("boris.hash") != f.old+"\n" {
				t.Errorf("hub.yml:\n%s", after)
			}
			if len(f.changes) != 1 || f.changes[0].Error == "" {
				t.Errorf("audit: %+v", f.changes)
			}
		})
	}
}

func TestWhereThePasswordIsChanged(t *testing.T) {
	f := open(t)
	cfg, err := config.Load(f.path("hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	at := f.Places(cfg)
	for login, want := range map[string]protocol.PasswordAt{
		"anna": protocol.PasswordHub, "boris": protocol.PasswordHub, "vera": protocol.PasswordHub,
		"of the directory": protocol.PasswordDirectory,
	} {
		if got := at(login); got != want {
			t.Errorf("%s: %q, want %q", login, got, want)
		}
	}
	if err := os.Remove(f.path("boris.hash")); err != nil { // its folder is not writable, or the like
		t.Fatal(err)
	}
	without := passwords.New(passwords.Options{})
	if a, b := f.Places(cfg)("boris"), without.Places(cfg)("anna"); a != protocol.PasswordFixed || b != a {
		t.Errorf("%q, %q", a, b)
	}
	if names, err := filepath.Glob(f.path(".*")); err != nil || len(names) > 0 {
		t.Errorf("it leaves %v", names)
	}
}
