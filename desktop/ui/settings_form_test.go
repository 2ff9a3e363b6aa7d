package ui

import (
	"errors"
	"slices"
	"testing"

	"traybell/desktop/settings"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/google/go-cmp/cmp"
)

func form(t *testing.T, in SettingsInput, save func(SettingsResult) error) *SettingsForm {
	t.Helper()
	test.NewTempApp(t)
	f := NewSettingsForm(english(t), in, SettingsActions{Save: save})
	test.NewTempWindow(t, f.Content())
	return f
}

func TestUnchangedForm(t *testing.T) {
	show, off := 3000, false
	own := settings.Own{
		Server: "hub.example.com", Port: 12000, Extension: "101", Language: "ru", Corner: "top-left",
		Monitor: "unplugged", Scale: 1.25,
		Incoming: settings.Kind{Show: &show}, Warning: settings.Kind{Enabled: &off},
		WebPath: "https://desk/otrs", Ticket: "/a?<PIM_CID>", CID: "https://c/<PIM_CID>", Pin: "AA:BB", Desktop: "me",
	}
	f := form(t, SettingsInput{Own: own, Hub: settings.Default()}, nil)
	got, ok := f.Result()
	if !ok {
		t.Fatal("saved settings are rejected")
	}
	if d := cmp.Diff(SettingsResult{Own: own}, got); d != "" {
		t.Errorf("unchanged form (-want +got):\n%s", d)
	}
}

func TestFirstSettings(t *testing.T) {
	f := form(t, SettingsInput{Own: settings.Own{Desktop: "me"}, Hub: settings.Default(), Monitors: []string{"DP-1"}},
		nil)
	if _, ok := f.Result(); ok {
		t.Fatal("accepted without a server and an extension")
	}
	if got := f.connection.server.below.text.Text; got != "Enter the server's name or address" ||
		!f.connection.server.below.Visible() {
		t.Errorf("note of the server: %q", got)
	}
	test.Type(f.connection.server.entry, "https://hub.example.com:11011/")
	test.Type(f.connection.extension.entry, "101")
	test.Type(f.connection.password.entry, "geheim")
	f.delays.kinds[0].show.entry.SetText("x")
	if _, ok := f.Result(); ok {
		t.Fatal("a delay of x is accepted")
	}
	if got := f.delays.kinds[0].note.text.Text; got != "The delay must be 0 to 3600000 ms" {
		t.Errorf("note of the delays: %q", got)
	}
	f.delays.kinds[0].show.entry.SetText("5000")
	f.links.links[0].entry.SetText("/index.pl")
	if _, ok := f.Result(); ok || f.tabs.SelectedIndex() != 1 {
		t.Fatalf("a link that needs the Web Path: accepted %v, tab %d", ok, f.tabs.SelectedIndex())
	}
	f.links.webPath.entry.SetText("https://desk/otrs")
	f.connection.session.SetChecked(true)
	got, ok := f.Result()
	if !ok {
		t.Fatal("valid settings are rejected")
	}
	show := 5000
	want := SettingsResult{Password: "geheim", SessionOnly: true, Own: settings.Own{
		Server: "hub.example.com", Port: 11011, Extension: "101", Incoming: settings.Kind{Show: &show},
		WebPath: "https://desk/otrs", Ticket: "/index.pl", Desktop: "me",
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("result (-want +got):\n%s", d)
	}
}

func TestLockedFields(t *testing.T) {
	hub := settings.Default()
	hub.Links.Ticket, hub.Language, hub.Popups.Incoming.Show = "https://desk/<PIM_CID>", "ru", 7000
	hub.Locked = []string{"links.ticket", "popups.incoming", "language"}
	show := 1
	own := settings.Own{Server: "hub", Extension: "101", Ticket: "https://mine/", Incoming: settings.Kind{Show: &show}}
	f := form(t, SettingsInput{Own: own, Hub: hub}, nil)
	if !f.links.links[0].entry.Disabled() || f.links.links[0].entry.Text != hub.Links.Ticket ||
		f.links.links[0].below.text.Text != "Set by your administrator" {
		t.Errorf("locked T-Link: disabled %v, %q, %q", f.links.links[0].entry.Disabled(),
			f.links.links[0].entry.Text, f.links.links[0].below.text.Text)
	}
	if row := f.delays.kinds[0]; !row.enabled.Disabled() || !row.show.entry.Disabled() ||
		row.show.entry.Text != "7000" {
		t.Errorf("locked delay: disabled %v, %q", row.show.entry.Disabled(), row.show.entry.Text)
	}
	if language := f.options.rows[slices.IndexFunc(f.options.rows, func(r settingsRow) bool {
		return r.label == "Language"
	})]; !language.locked || !language.control.(*widget.Select).Disabled() {
		t.Error("the locked language can be changed")
	}
	if f.links.links[1].entry.Disabled() || f.delays.kinds[1].show.entry.Disabled() {
		t.Error("unlocked settings are disabled")
	}
}

func TestFailedSaveIsShown(t *testing.T) {
	f := form(t, SettingsInput{Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default()},
		func(SettingsResult) error {
			return errors.New("the disk is full")
		})
	test.Tap(f.ok)
	if got := f.failed.Text; got != "Cannot save the settings: the disk is full" || !f.failed.Visible() {
		t.Errorf("message: %q", got)
	}
}

func TestNewServerClearsCertificate(t *testing.T) {
	f := form(t,
		SettingsInput{Own: settings.Own{Server: "hub", Extension: "101", Pin: "AA:BB"}, Hub: settings.Default()}, nil)
	f.connection.server.entry.SetText("other")
	got, ok := f.Result()
	if !ok || got.Own.Pin != "" {
		t.Errorf("%v, the old certificate %q is kept for the new server", ok, got.Own.Pin)
	}
}

func TestFingerprint(t *testing.T) {
	got := Fingerprint("00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10")
	if want := "00 01 02 03 04 05 06 07\n08 09 0A 0B 0C 0D 0E 0F\n10"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSystemSettings(t *testing.T) {
	for _, have := range []System{{}, {Autostart: true}, {Links: true}} {
		f := form(t, SettingsInput{
			Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(), System: have,
		}, nil)
		if got, ok := f.Result(); !ok || got.System != have {
			t.Errorf("%+v: got %+v, %v", have, got.System, ok)
		}
	}
}
