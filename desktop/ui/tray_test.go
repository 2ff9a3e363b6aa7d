package ui

import (
	"bytes"
	"testing"
	"time"

	"traybell/assets/icons"
	"traybell/assets/translations"
	"traybell/desktop/settings"

	"github.com/google/go-cmp/cmp"
)

// fakeIcon is a tray that records calls.
type fakeIcon struct {
	pictures [][]byte
	tooltips []string
	menu     []string
	items    map[string]*fakeItem
}

type fakeItem struct {
	icon    *fakeIcon
	title   string
	checked bool
	pressed chan struct{}
}

func (i *fakeIcon) SetIcon(p []byte)              { i.pictures = append(i.pictures, p) }
func (i *fakeIcon) SetTooltip(t string)           { i.tooltips = append(i.tooltips, t) }
func (i *fakeIcon) AddSeparator()                 { i.menu = append(i.menu, "—") }
func (i *fakeIcon) AddItem(title string) MenuItem { return i.add("", title) }

func (i *fakeIcon) add(before, title string) MenuItem {
	item := &fakeItem{icon: i, title: title, pressed: make(chan struct{})}
	i.menu = append(i.menu, before+title)
	i.items[title] = item
	return item
}

func (i *fakeItem) AddItem(title string) MenuItem { return i.icon.add("  ", title) }
func (i *fakeItem) SetTitle(t string)             { i.title = t }
func (i *fakeItem) SetChecked(on bool)            { i.checked = on }
func (i *fakeItem) Pressed() <-chan struct{}      { return i.pressed }

func english(t *testing.T) *translations.Texts {
	t.Helper()
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestTray(t *testing.T) {
	texts := english(t)
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.Local)
	tray := NewTray(texts)
	tray.now = func() time.Time { return now }
	tray.Show(State{Tooltip: "Connecting"}) // before the icon exists

	did := make(chan string)
	do := func(what string) func() { return func() { did <- what } }
	tray.Attach(icon, Commands{
		Calls: do("calls"), Settings: do("settings"), Test: do("test"), Reset: do("reset"), About: do("about"),
		Exit:  do("exit"),
		Quiet: func(c settings.QuietFor) { did <- string(c) },
	})
	if d := cmp.Diff([]string{
		"Calls", "Do not disturb", "  For 30 minutes", "  For 1 hour", "  Until tomorrow 8:00",
		"  Until turned off", "  Off", "Settings…", "Test popup", "Reset popup position", "About", "—", "Exit",
	}, icon.menu); d != "" {
		t.Errorf("menu (-want +got):\n%s", d)
	}
	for title, want := range map[string]string{
		"Calls": "calls", "Settings…": "settings", "Test popup": "test", "Reset popup position": "reset",
		"About": "about",
		"Exit":  "exit", "For 1 hour": "hour", "Off": "off",
	} {
		icon.items[title].pressed <- struct{}{}
		if got := <-did; got != want {
			t.Errorf("%s does %s", title, got)
		}
	}

	tray.Show(State{Picture: icons.Connected, Tooltip: "Anna — connected"})
	// no change: the system's tray is not updated
	tray.Show(State{Picture: icons.Connected, Tooltip: "Anna — connected"})
	tray.Show(State{Picture: icons.Ringing, Tooltip: "1 call is ringing"})
	tray.Show(State{Picture: icons.Connected, Tooltip: "Anna — connected", Missed: 2})
	if got := icon.items["Calls"].title; got != "Calls (2 missed)" {
		t.Errorf("entry with missed calls: %q", got)
	}
	tray.Show(State{Picture: icons.Connected, Tooltip: "Anna — connected", Quiet: settings.QuietHour.From(now)})
	if !icon.items["Do not disturb"].checked || icon.items["Calls"].title != "Calls" {
		t.Error("do-not-disturb is not checked, or missed calls are not cleared")
	}
	now = now.Add(time.Hour)
	tray.Show(State{
		Picture: icons.Connected, Tooltip: "Anna — connected", Quiet: settings.QuietHour.From(now.Add(-time.Hour)),
	})
	if icon.items["Do not disturb"].checked {
		t.Error("do-not-disturb does not end")
	}
	if d := cmp.Diff([]string{
		"Connecting", "Anna — connected", "1 call is ringing", "Anna — connected\n2 missed calls",
		"Anna — connected\nDo not disturb until 15:00", "Anna — connected",
	}, icon.tooltips); d != "" {
		t.Errorf("tooltips (-want +got):\n%s", d)
	}
	var shown []string
	for _, p := range icon.pictures {
		for _, l := range icons.Looks() {
			if bytes.Equal(p, icons.Tray(l)) {
				shown = append(shown, l.String())
			}
		}
	}
	if d := cmp.Diff([]string{
		"no_connection", "connected", "ringing", "connected_missed", "connected_quiet", "connected",
	}, shown); d != "" {
		t.Errorf("pictures (-want +got):\n%s", d)
	}

	texts.Use("ru")
	tray.Translate()
	if got := icon.items["Exit"].title; got != "Выход" {
		t.Errorf("Exit in Russian: %q", got)
	}
}
