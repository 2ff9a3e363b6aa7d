package ui

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"traybell/assets/icons"
	"traybell/assets/translations"
)

// fakeIcon is a tray that remembers what it was told.
type fakeIcon struct {
	pictures [][]byte
	tooltips []string
	menu     []string
	items    map[string]*fakeItem
}

type fakeItem struct {
	title   string
	pressed chan struct{}
}

func (i *fakeIcon) SetIcon(p []byte)    { i.pictures = append(i.pictures, p) }
func (i *fakeIcon) SetTooltip(t string) { i.tooltips = append(i.tooltips, t) }
func (i *fakeIcon) AddSeparator()       { i.menu = append(i.menu, "—") }
func (i *fakeIcon) AddItem(title string) MenuItem {
	item := &fakeItem{title: title, pressed: make(chan struct{})}
	i.menu = append(i.menu, title)
	i.items[title] = item
	return item
}
func (i *fakeItem) SetTitle(t string)        { i.title = t }
func (i *fakeItem) Pressed() <-chan struct{} { return i.pressed }

func english(t *testing.T) *translations.Texts {
	t.Helper()
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestTheTrayTellsTheStateAndReachesEverything(t *testing.T) {
	texts := english(t)
	icon := &fakeIcon{items: map[string]*fakeItem{}}
	tray := NewTray(texts)
	tray.Show(State{icons.NoConnection, "Connecting"}) // before the system has made an icon

	did := make(chan string)
	do := func(what string) func() { return func() { did <- what } }
	tray.Attach(icon, Commands{Calls: do("calls"), Settings: do("settings"), Test: do("test"), About: do("about"), Exit: do("exit")})
	if d := cmp.Diff([]string{"Calls", "Settings…", "Test popup", "Reset position", "About", "—", "Exit"}, icon.menu); d != "" {
		t.Errorf("the menu (-want +got):\n%s", d)
	}
	for title, want := range map[string]string{"Calls": "calls", "Settings…": "settings", "Test popup": "test", "About": "about", "Exit": "exit"} {
		icon.items[title].pressed <- struct{}{}
		if got := <-did; got != want {
			t.Errorf("%s does %s", title, got)
		}
	}

	tray.Show(State{icons.Connected, "Anna — connected"})
	tray.Show(State{icons.Connected, "Anna — connected"}) // nothing new: the system's tray is left alone
	tray.Show(State{icons.Ringing, "1 call is ringing"})
	tray.Show(State{icons.Ringing, "2 calls are ringing"})
	if d := cmp.Diff([]string{"Connecting", "Anna — connected", "1 call is ringing", "2 calls are ringing"}, icon.tooltips); d != "" {
		t.Errorf("tooltips (-want +got):\n%s", d)
	}
	var shown []string
	for _, p := range icon.pictures {
		for _, s := range icons.States() {
			if bytes.Equal(p, icons.Tray(s)) {
				shown = append(shown, s.String())
			}
		}
	}
	if d := cmp.Diff([]string{"no_connection", "connected", "ringing"}, shown); d != "" {
		t.Errorf("pictures (-want +got):\n%s", d)
	}

	texts.Use("ru")
	tray.Translate()
	if got := icon.items["Exit"].title; got != "Выход" {
		t.Errorf("in Russian, Exit is %q", got)
	}
}
