package setup

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/desktop/ui/uitest"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/google/go-cmp/cmp"
)

func form(t *testing.T, in Input, save func(Result) error) *Form {
	t.Helper()
	test.NewTempApp(t)
	f := New(uitest.English(t), in, Actions{Save: save})
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
	f := form(t, Input{Own: own, Hub: settings.Default()}, nil)
	got, ok := f.Result()
	if !ok {
		t.Fatal("saved settings are rejected")
	}
	if d := cmp.Diff(Result{Own: own}, got); d != "" {
		t.Errorf("unchanged form (-want +got):\n%s", d)
	}
}

func TestFirstSettings(t *testing.T) {
	f := form(t, Input{Own: settings.Own{Desktop: "me"}, Hub: settings.Default(), Monitors: []string{"DP-1"}},
		nil)
	if _, ok := f.Result(); ok {
		t.Fatal("accepted without a server and an extension")
	}
	if got := f.connection.server.Below.Text(); got != "Enter the server's name or address" ||
		!f.connection.server.Below.Visible() {
		t.Errorf("note of the server: %q", got)
	}
	test.Type(f.connection.server.Entry, "https://hub.example.com:11011/")
	test.Type(f.connection.extension.Entry, "101")
	test.Type(f.connection.password.Entry, "geheim")
	f.connection.session.SetChecked(true)
	got, ok := f.Result()
	if !ok {
		t.Fatal("valid settings are rejected")
	}
	want := Result{Password: "geheim", SessionOnly: true, Own: settings.Own{
		Server: "hub.example.com", Port: 11011, Extension: "101", Desktop: "me",
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("result (-want +got):\n%s", d)
	}
	if shown := uitest.Labels(f.Content()); len(f.tabs.Items) != 1 ||
		slices.Contains(shown, f.texts.Say("settings.appear")) ||
		!slices.Contains(shown, "Language") {
		t.Errorf("%d tabs with %q", len(f.tabs.Items), shown)
	}
}

func TestChangedForm(t *testing.T) {
	own := settings.Own{Server: "hub.example.com", Extension: "101"}
	f := form(t, Input{Own: own, Hub: settings.Default(), Monitors: []string{"DP-1"}}, nil)
	if shown := uitest.Labels(f.Content()); !slices.Contains(shown, f.texts.Say("settings.appear")) {
		t.Errorf("no delays in %q", shown)
	}
	f.delays.kinds[0].show.Entry.SetText("x")
	if _, ok := f.Result(); ok {
		t.Fatal("a delay of x is accepted")
	}
	if got := f.delays.kinds[0].note.Text(); got != "The delay must be 0 to 3600000 ms" {
		t.Errorf("note of the delays: %q", got)
	}
	f.delays.kinds[0].show.Entry.SetText("5000")
	f.links.links[0].Entry.SetText("/index.pl")
	if _, ok := f.Result(); ok || f.tabs.SelectedIndex() != 1 {
		t.Fatalf("a link that needs the Web Path: accepted %v, tab %d", ok, f.tabs.SelectedIndex())
	}
	f.links.webPath.Entry.SetText("https://desk/otrs")
	got, ok := f.Result()
	if !ok {
		t.Fatal("valid settings are rejected")
	}
	show := 5000
	want := Result{Own: settings.Own{
		Server: "hub.example.com", Extension: "101", Incoming: settings.Kind{Show: &show},
		WebPath: "https://desk/otrs", Ticket: "/index.pl",
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
	f := form(t, Input{Own: own, Hub: hub}, nil)
	if !f.links.links[0].Entry.Disabled() || f.links.links[0].Entry.Text != hub.Links.Ticket ||
		f.links.links[0].Below.Text() != "Set by your administrator" {
		t.Errorf("locked T-Link: disabled %v, %q, %q", f.links.links[0].Entry.Disabled(),
			f.links.links[0].Entry.Text, f.links.links[0].Below.Text())
	}
	if row := f.delays.kinds[0]; !row.enabled.Disabled() || !row.show.Entry.Disabled() ||
		row.show.Entry.Text != "7000" {
		t.Errorf("locked delay: disabled %v, %q", row.show.Entry.Disabled(), row.show.Entry.Text)
	}
	if language := f.options.rows[slices.IndexFunc(f.options.rows, func(r row) bool {
		return r.label == "Language"
	})]; !language.locked || !language.control.(*widget.Select).Disabled() {
		t.Error("the locked language can be changed")
	}
	if f.links.links[1].Entry.Disabled() || f.delays.kinds[1].show.Entry.Disabled() {
		t.Error("unlocked settings are disabled")
	}
}

func TestFailedSaveIsShown(t *testing.T) {
	f := form(t, Input{Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default()},
		func(Result) error {
			return errors.New("the disk is full")
		})
	test.Tap(f.ok)
	if got := f.failed.Text; got != "Cannot save the settings: the disk is full" || !f.failed.Visible() {
		t.Errorf("message: %q", got)
	}
}

func TestNewServerClearsCertificate(t *testing.T) {
	f := form(t,
		Input{Own: settings.Own{Server: "hub", Extension: "101", Pin: "AA:BB"}, Hub: settings.Default()}, nil)
	f.connection.server.Entry.SetText("other")
	got, ok := f.Result()
	if !ok || got.Own.Pin != "" {
		t.Errorf("%v, the old certificate %q is kept for the new server", ok, got.Own.Pin)
	}
}

func TestSystemSettings(t *testing.T) {
	for _, have := range []System{{}, {Autostart: true}, {Links: true}} {
		f := form(t, Input{
			Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(), System: have,
		}, nil)
		if got, ok := f.Result(); !ok || got.System != have {
			t.Errorf("%+v: got %+v, %v", have, got.System, ok)
		}
	}
}

// A test call shows its steps in the window. While it runs, no second test begins.
func TestTestCallInSettings(t *testing.T) {
	var done func(Outcome, string)
	placed := 0
	f := New(uitest.English(t), Input{Hub: settings.Default()}, Actions{
		TestCall: func(phone bool, end func(Outcome, string)) {
			if placed++; phone {
				t.Error("the phone rings, although that was not offered")
			}
			done = end
		},
	})
	test.NewTempWindow(t, f.Content())
	row := f.connection.try
	uitest.Press(t, row.box, "Test call")
	uitest.Press(t, row.box, "Test call")
	if placed != 1 || row.message.Text != "Calling…" || !row.busy.Visible() {
		t.Fatalf("placed %d, says %q", placed, row.message.Text)
	}
	done(Works, "The card was on the screen.\nrouted: 0.4 ms")
	if !strings.Contains(row.message.Text, "routed: 0.4 ms") || row.busy.Visible() {
		t.Errorf("afterwards it says %q", row.message.Text)
	}
	uitest.Press(t, row.box, "Test call")
	done(Fails, "Do not disturb was on.")
	if placed != 2 || row.message.Text != "Do not disturb was on." {
		t.Errorf("placed %d, says %q", placed, row.message.Text)
	}
}

// The phone rings at a test call only if the agent wants that, where the hub can do it.
func TestTestCallRingsThePhone(t *testing.T) {
	var asked []bool
	var done func(Outcome, string)
	f := New(uitest.English(t), Input{Hub: settings.Default(), MayRing: true}, Actions{
		TestCall: func(phone bool, end func(Outcome, string)) { asked, done = append(asked, phone), end },
	})
	test.NewTempWindow(t, f.Content())
	row := f.connection.try
	uitest.Press(t, row.box, "Test call")
	done(Works, "The card was on the screen.")
	test.Tap(row.phone)
	uitest.Press(t, row.box, "Test call")
	done(Fails, "The phone 101 does not ring.")
	if !slices.Equal(asked, []bool{false, true}) || row.message.Text != "The phone 101 does not ring." {
		t.Errorf("asked %v, says %q", asked, row.message.Text)
	}
}
