package ui

import (
	"bytes"
	"testing"
	"time"

	"traybell/assets/icons"
	"traybell/desktop/settings"
	"traybell/desktop/ui/uitest"

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
	hidden  bool
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
func (i *fakeItem) SetVisible(on bool)            { i.hidden = !on }
func (i *fakeItem) Pressed() <-chan struct{}      { return i.pressed }

func TestTray(t *testing.T) {
	texts := uitest.English(t)
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.Local)
	tray := NewTray(texts)
	tray.now = func() time.Time { return now }
	tray.Show(State{Tooltip: "Connecting"}) // before the icon exists

	did := make(chan string)
	do := func(what string) func() { return func() { did <- what } }
	tray.Attach(icon, Commands{
		Calls: do("calls"), Settings: do("settings"), Test: do("test"), Reset: do("reset"), About: do("about"),
		Exit: do("exit"), Dial: do("dial"), Colleagues: do("colleagues"), Update: do("update"),
		Quiet: func(c settings.QuietFor) { did <- string(c) },
	})
	if d := cmp.Diff([]string{
		"Version  is available…", "Not working",
		"Calls", "Call a number…", "Colleagues", "Queues", "Recorded announcement: off", "", "Do not disturb",
		"  For 30 minutes", "  For 1 hour",
		"  Until tomorrow 8:00",
		"  Until turned off", "  Off", "Settings…", "Test popup", "Reset popup position", "About", "—", "Exit",
	}, icon.menu); d != "" {
		t.Errorf("menu (-want +got):\n%s", d)
	}
	for title, want := range map[string]string{
		"Calls": "calls", "Call a number…": "dial", "Colleagues": "colleagues", "Settings…": "settings",
		"Test popup":           "test",
		"Reset popup position": "reset", "About": "about",
		"Exit": "exit", "For 1 hour": "hour", "Off": "off",
	} {
		icon.items[title].pressed <- struct{}{}
		if got := <-did; got != want {
			t.Errorf("%s does %s", title, got)
		}
	}

	newer := icon.items["Version  is available…"]
	if !newer.hidden {
		t.Error("a newer version is mentioned, but there is none")
	}
	for n, want := range map[Newer]string{
		{Version: "1.3.0"}:                            "Version 1.3.0 is available…",
		{Version: "1.3.0", Install: true}:             "Install version 1.3.0",
		{Version: "1.3.0", Install: true, Busy: true}: "Installing version 1.3.0…",
	} {
		tray.Show(State{Tooltip: "Connecting", Newer: n})
		if newer.hidden || newer.title != want {
			t.Errorf("%+v: hidden %v, %q", n, newer.hidden, newer.title)
		}
	}
	newer.pressed <- struct{}{}
	if got := <-did; got != "update" {
		t.Errorf("the newer version does %s", got)
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

// The entries of the agent's states come and go with what is permitted.
func TestTrayHasAgentStates(t *testing.T) {
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	tray := NewTray(uitest.English(t))
	tray.Attach(icon, Commands{})
	top := icon.items["Not working"]
	if !top.hidden {
		t.Error("a hub without agent states has an entry for them")
	}
	did := make(chan string)
	item := func(title string, checked bool) SubmenuItem {
		return SubmenuItem{Title: title, Checked: checked, Do: func() { did <- title }}
	}
	tray.Show(State{Tooltip: "Anna", Duty: &Submenu{
		Title: "Waiting · 3 minutes", Items: []SubmenuItem{item("Pause: Lunch", false), item("End work", false)},
	}})
	if top.hidden || top.title != "Waiting · 3 minutes" {
		t.Errorf("the state is %q, hidden: %t", top.title, top.hidden)
	}
	if got := icon.tooltips[len(icon.tooltips)-1]; got != "Anna\nWaiting · 3 minutes" {
		t.Errorf("tooltip %q", got)
	}
	first, second := icon.items["Pause: Lunch"], icon.items["End work"]
	second.pressed <- struct{}{}
	if got := <-did; got != "End work" {
		t.Errorf("did %q", got)
	}
	tray.Show(State{Duty: &Submenu{Title: "Pause: Lunch", Items: []SubmenuItem{item("Waiting", true)}}})
	if first.title != "Waiting" || !first.checked || first.hidden || !second.hidden {
		t.Errorf("entries: %+v, %+v", first, second)
	}
	first.pressed <- struct{}{}
	if got := <-did; got != "Waiting" {
		t.Errorf("did %q", got)
	}
	tray.Show(State{})
	if !top.hidden || !first.hidden {
		t.Error("the entries stay")
	}
}
