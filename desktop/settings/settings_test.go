package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func TestSaveLoad(t *testing.T) {
	file := In(filepath.Join(t.TempDir(), "not", "there", "yet"))
	first, err := file.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Desktop) < 16 {
		t.Fatalf("desktop ID: %q", first.Desktop)
	}
	show, off := 0, false
	want := Own{
		Server: "hub.example.com", Port: 12000, Extension: "101", Language: "ru", Corner: "top-left", Monitor: "DP-1",
		Scale:    1.25,
		Incoming: Kind{Enabled: &off, Show: &show}, WebPath: "https://desk/otrs", Ticket: "/index.pl?C=<PIM_CID>",
		CID: "https://a/<PIM_CID>",
		Map: "https://m/", Pin: "AB:CD", Desktop: first.Desktop,
	}
	if err := file.Save(want); err != nil {
		t.Fatal(err)
	}
	got, err := file.Load()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("loaded (-want +got):\n%s", d)
	}
	info, err := os.Stat(file.Path())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("readable by others: %v", info.Mode())
	}
}

func TestInvalidFileIsRenamed(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"port": "eleven"}`, `{"server": "a"} {"server": "b"}`} {
		file := In(t.TempDir())
		if err := os.WriteFile(file.Path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		own, err := file.Load()
		var broken *Broken
		if !errors.As(err, &broken) {
			t.Fatalf("%q: %v, want *Broken", text, err)
		}
		if kept, err := os.ReadFile(broken.Aside); err != nil || string(kept) != text {
			t.Errorf("%q was saved as %q (%v)", text, kept, err)
		}
		if own.Server != "" || own.Desktop == "" {
			t.Errorf("%q: settings are not empty: %+v", text, own)
		}
		if again, err := file.Load(); err != nil || again != own {
			t.Errorf("%q: the next start gets %+v, %v", text, again, err)
		}
	}
}

// Settings that cannot be read are never overwritten: they are renamed and reported.
func TestUnreadableFileIsNotOverwritten(t *testing.T) {
	const kept = `{"server": "hub.example.com", "pin": "AB"}`
	for name, hinder := range map[string]func(t *testing.T, path string){
		"folder": func(t *testing.T, path string) {
			t.Helper()
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700),
				os.WriteFile(filepath.Join(path, "x"), []byte(kept), 0o600)); err != nil {
				t.Fatal(err)
			}
		},
		"too large": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Truncate(path, maxSettings+1); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := In(t.TempDir())
			if err := os.WriteFile(file.Path(), []byte(kept), 0o600); err != nil {
				t.Fatal(err)
			}
			hinder(t, file.Path())
			own, err := file.Load()
			broken, aside := errors.AsType[*Broken](err)
			if !aside || own.Desktop == "" {
				t.Fatalf("%v, want *Broken and usable settings: %+v", err, own)
			}
			text, err := os.ReadFile(broken.Aside)
			if name == "folder" {
				text, err = os.ReadFile(filepath.Join(broken.Aside, "x"))
			}
			if err != nil || !strings.HasPrefix(string(text), kept) {
				t.Errorf("the renamed file is %.60q, %v", text, err)
			}
			if again, err := file.Load(); err != nil || again != own {
				t.Errorf("the next start gets %+v, %v", again, err)
			}
		})
	}
	t.Run("cannot be renamed", func(t *testing.T) {
		file := In(t.TempDir())
		if err := errors.Join(os.WriteFile(file.Path(), []byte(kept[1:]), 0o600),
			os.MkdirAll(filepath.Join(file.Path()+".broken", "x"), 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Load(); err == nil {
			t.Error("no error")
		}
		if text, err := os.ReadFile(file.Path()); err != nil || string(text) != kept[1:] {
			t.Errorf("overwritten: %q, %v", text, err)
		}
	})
}

func TestNumbersOutOfRangeAreIgnored(t *testing.T) {
	file := In(t.TempDir())
	for _, text := range []string{
		`{"desktop":"D","port":99999999,"scale":150,` +
			`"incoming":{"appear":9223372036854775807,"show":-1,"disappear":10001},"warning":{"show":3600001}}`,
		`{"desktop":"D","port":-1,"scale":-1,"answer":{"appear":-1}}`, `{"desktop":"D","scale":1e30}`,
		`{"desktop":"D","scale":0.001}`,
	} {
		if err := os.WriteFile(file.Path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if own, err := file.Load(); err != nil || own != (Own{Desktop: "D"}) {
			t.Errorf("%s: %+v, %v", text, own, err)
		}
	}
	const fine = `{"desktop":"D","port":65535,"scale":3,"text_scale":200,` +
		`"incoming":{"appear":0,"show":3600000,"disappear":10000}}`
	if err := os.WriteFile(file.Path(), []byte(fine), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := file.Load()
	if err != nil || own.Port != 65535 || own.Scale != 3 || own.Incoming.Appear == nil ||
		*own.Incoming.Show != MaxShow || *own.Incoming.Disappear != MaxFade {
		t.Errorf("%s: %+v, %v", fine, own, err)
	}
}

func TestFailedSaveLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	file := In(dir)
	if err := os.Mkdir(file.Path(), 0o700); err != nil { // the rename fails on a folder
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(file.Path(), "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := file.Save(Own{Server: "a"}); err == nil {
		t.Fatal("Save succeeded over a folder")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("a failed save left %v behind", entries)
	}
}

func TestLockedSettings(t *testing.T) {
	hub := Default()
	hub.Language = "ru"
	hub.Links.Ticket = "https://desk/<PIM_CID>"
	show, appear, off := 1, 2, false
	own := Own{
		Language: "en", Ticket: "https://mine/<PIM_CID>", CID: "https://mine/<PIM_CID>",
		Incoming: Kind{Show: &show}, Answer: Kind{Appear: &appear, Enabled: &off},
		Warning: Kind{Show: &show, Appear: &appear},
	}
	for _, test := range []struct {
		name   string
		locked []string
		want   func(*Effective)
	}{
		{"nothing locked", nil, func(f *Effective) {
			f.Language, f.Ticket, f.CID = "en", own.Ticket, own.CID
			f.Popups.Incoming.Show, f.Popups.Answer.Appear, f.Popups.Answer.Enabled = 1, 2, false
			f.Popups.Warning.Show, f.Popups.Warning.Appear = 1, 2
		}},
		{
			"a key, a kind, a part of a kind",
			[]string{"language", "links.ticket", "popups.answer", "popups.warning.show"},
			func(f *Effective) {
				f.Language, f.Ticket, f.CID = "ru", "", own.CID
				f.Popups.Incoming.Show, f.Popups.Warning.Appear = 1, 2
			},
		},
		{"whole branches", []string{"links", "popups"}, func(f *Effective) { f.Language = "en" }},
		{
			"a prefix of a key locks nothing",
			[]string{"links.tick", "popups.answ", ""},
			func(f *Effective) {
				f.Language, f.Ticket, f.CID = "en", own.Ticket, own.CID
				f.Popups.Incoming.Show, f.Popups.Answer.Appear, f.Popups.Answer.Enabled = 1, 2, false
				f.Popups.Warning.Show, f.Popups.Warning.Appear = 1, 2
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			hub := hub
			hub.Locked = test.locked
			want := Effective{Port: DefaultPort, Popups: hub.Popups, locked: test.locked}
			test.want(&want)
			got := own.Over(hub, "de")
			if d := cmp.Diff(want, got, cmp.AllowUnexported(Effective{})); d != "" {
				t.Errorf("effective settings (-want +got):\n%s", d)
			}
		})
	}
	if got := (Own{}).Over(protocol.Settings{}, "de").Language; got != "de" {
		t.Errorf("without a language: %q, want the system's", got)
	}
}

func TestCheckServer(t *testing.T) {
	for _, test := range []struct {
		text, host string
		port       int
		wrong      string
	}{
		{"hub.example.com", "hub.example.com", 0, ""},
		{"  hub ", "hub", 0, ""},
		{"hub:11011", "hub", 11011, ""},
		{"https://hub.example.com:443/admin", "hub.example.com", 443, ""},
		{"10.0.0.5", "10.0.0.5", 0, ""},
		{"[2001:db8::1]:11010", "2001:db8::1", 11010, ""},
		{"2001:db8::1", "2001:db8::1", 0, ""},
		{"[::1]", "::1", 0, ""},
		{"сервер.рф", "сервер.рф", 0, ""},
		{"my_pc", "my_pc", 0, ""},
		{"", "", 0, "problem.server_missing"},
		{"two words", "", 0, "problem.server_invalid"},
		{"ftp://hub", "", 0, "problem.server_invalid"},
		{"hub:99999", "", 0, "problem.port"},
		{"hub:", "hub", DefaultPort, ""},
		{"a..b", "", 0, "problem.server_invalid"},
		{"user@hub", "", 0, "problem.server_invalid"},
		{"-hub", "", 0, "problem.server_invalid"},
		{strings.Repeat("a", 64), "", 0, "problem.server_invalid"},
	} {
		host, port, wrong := CheckServer(test.text)
		key := ""
		if wrong != nil {
			key = wrong.Key
		}
		if host != test.host || port != test.port || key != test.wrong {
			t.Errorf("CheckServer(%q) = %q, %d, %q, want %q, %d, %q", test.text, host, port, key, test.host,
				test.port, test.wrong)
		}
	}
}

func FuzzCheckServer(f *testing.F) {
	for _, s := range []string{"hub", "https://h:1/", "[::1]:2", "::", "[", "://", "a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		host, _, wrong := CheckServer(text)
		if wrong != nil {
			return
		}
		if strings.ContainsAny(host, " /@[]?#") || host == "" {
			t.Errorf("CheckServer(%q) accepts the host %q", text, host)
		}
		if again, _, wrong := CheckServer(host); wrong != nil || again != host {
			t.Errorf("CheckServer(%q) = %q, which is parsed as %q, %v", text, host, again, wrong)
		}
	})
}

func TestChecks(t *testing.T) {
	key := func(p *Problem) string {
		if p == nil {
			return ""
		}
		return p.Key
	}
	for text, want := range map[string]string{
		"": "", "1": "", "65535": "", "0": "problem.port", "65536": "problem.port", "x": "problem.port",
		"-1": "problem.port",
	} {
		if _, wrong := CheckPort(text); key(wrong) != want {
			t.Errorf("port %q: %q, want %q", text, key(wrong), want)
		}
	}
	for text, want := range map[string]string{
		"101": "", " anna ": "", "*45#": "", "": "problem.extension_missing", "1 2": "problem.extension_invalid",
		"a\x00": "problem.extension_invalid", strings.Repeat("1", 65): "problem.extension_invalid",
	} {
		if _, wrong := CheckExtension(text); key(wrong) != want {
			t.Errorf("extension %q: %q, want %q", text, key(wrong), want)
		}
	}
	for text, want := range map[string]string{
		"0": "", "400": "", "10000": "", "10001": "problem.delay", "-1": "problem.delay", "": "problem.delay",
		"1.5": "problem.delay",
	} {
		if _, wrong := CheckDelay(text, MaxFade); key(wrong) != want {
			t.Errorf("delay %q: %q, want %q", text, key(wrong), want)
		}
	}
	for text, want := range map[string]float32{"": 0, "100": 1, "125 %": 1.25, "50": 0.5, "300": 3} {
		if got, wrong := CheckScale(text); wrong != nil || got != want {
			t.Errorf("scale %q: %v, %v, want %v", text, got, wrong, want)
		}
	}
	for _, text := range []string{"49", "301", "big", "%"} {
		if got, wrong := CheckScale(text); text != "%" && wrong == nil {
			t.Errorf("scale %q is accepted as %v", text, got)
		}
	}
	for text, want := range map[string]string{
		"": "", "https://desk/otrs": "", "desk/otrs": "problem.web_path", "javascript:alert(1)": "problem.web_path",
		"file:///etc": "problem.web_path",
	} {
		if _, wrong := CheckWebPath(text); key(wrong) != want {
			t.Errorf("Web Path %q: %q, want %q", text, key(wrong), want)
		}
	}
	for _, test := range []struct{ text, web, want string }{
		{"", "", ""},
		{"https://h/?q=<PIM_CID>", "", ""},
		{"/index.pl?C=<PIM_CID>", "https://desk/otrs", ""},
		{"/index.pl", "", "problem.link_relative"},
		{"ftp://h/", "", "problem.link"},
		{"https://h/<PIM_NOTHING>", "", "problem.link"},
	} {
		if got := key(CheckLink(test.text, test.web)); got != test.want {
			t.Errorf("link %q with Web Path %q: %q, want %q", test.text, test.web, got, test.want)
		}
	}
}

func TestAgentsLinksOverrideTheHubs(t *testing.T) {
	call := protocol.Call{
		ID: "main:1.2", Number: "+7 495",
		Links: protocol.Links{CID: "https://hub/cid", Map: "https://hub/map", Ticket: "https://hub/ticket"},
	}
	f := Effective{
		Extension: "101", WebPath: "https://desk/otrs/",
		Ticket: "/index.pl?C=<PIM_CUSTOMER_UserLogin>&E=<PIM_EXTENSION>",
		CID:    "https://find/?q=<PIM_CID>", Map: "https://map/<PIM_CUSTOMER_UserLocation>",
	}
	got := f.Links(call, &protocol.Customer{Login: "ann b"})
	want := protocol.Links{
		Ticket: "https://desk/otrs/index.pl?C=ann%20b&E=101",
		CID:    "https://find/?q=%2B7%20495",
		Map:    "https://hub/map", // the customer has no address: the hub's link stays
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("links (-want +got):\n%s", d)
	}
}

func TestAutostart(t *testing.T) {
	on, off := true, false
	for _, test := range []struct {
		own, hub *bool
		locked   []string
		want     *bool
	}{
		{nil, nil, nil, nil},
		{nil, &on, nil, &on},
		{&off, &on, nil, &off},
		{&off, &on, []string{KeyAutostart}, &on},
	} {
		hub := protocol.Settings{Autostart: test.hub, Locked: test.locked}
		if got := (Own{Autostart: test.own}).Over(hub, "").Autostart; got != test.want {
			t.Errorf("own %v, hub %v, locked %v: %v", test.own, test.hub, test.locked, got)
		}
	}
}

// The text size is limited.
func TestTextScaleLimits(t *testing.T) {
	for text, want := range map[string]int{"150": 150, "200 %": 200, "": 0, "99": -1, "201": -1, "large": -1} {
		n, wrong := CheckTextScale(text)
		if wrong != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d, want %d", text, n, want)
		}
	}
	if got := (Own{TextScale: 900}).TextSize(); got != 2 {
		t.Errorf("TextScale 900: size %v", got)
	}
}

func TestNewerVersionsAreTheAdministratorsIfLocked(t *testing.T) {
	for _, c := range []struct {
		hub    protocol.Updates
		own    string
		locked []string
		want   protocol.Updates
	}{
		{protocol.UpdatesNotify, "", nil, protocol.UpdatesNotify},
		{protocol.UpdatesNotify, "install", nil, protocol.UpdatesInstall},
		{protocol.UpdatesOff, "install", []string{"updates"}, protocol.UpdatesOff},
		{protocol.UpdatesInstall, "off", []string{"links"}, protocol.UpdatesOff},
	} {
		hub := protocol.Settings{Updates: c.hub, Locked: c.locked}
		if got := (Own{Updates: c.own}).Over(hub, "en").Updates; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// The CID-Link of the agent, or the administrator's, opens a number without a call.
func TestPageOfNumber(t *testing.T) {
	const theirs = "https://crm.example.com/?n=<PIM_CID>"
	for _, c := range []struct{ own, administrator, want string }{
		{
			"https://desk.example.com/?n=<PIM_CID_E164>&c=<PIM_CID>", theirs,
			"https://desk.example.com/?n=%2B74951234567&c=%2B74951234567",
		},
		{"", theirs, "https://crm.example.com/?n=%2B74951234567"},
		{"", "", ""},
	} {
		in := Own{CID: c.own}.Over(Default(), "en")
		if got := in.PageOf("+74951234567", c.administrator); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
