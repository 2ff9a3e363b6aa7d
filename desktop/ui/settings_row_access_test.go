package ui

import (
	"testing"

	"traybell/desktop/hotkey"
	"traybell/desktop/settings"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// entryWith returns the entry with a text.
func entryWith(t *testing.T, f *SettingsForm, text string) *widget.Entry {
	t.Helper()
	for _, o := range test.LaidOutObjects(f.Content()) {
		if e, ok := o.(*widget.Entry); ok && e.Text == text {
			return e
		}
	}
	t.Fatalf("no field with %q", text)
	return nil
}

// A hotkey used by another program is not saved and the field shows the conflict. An unchanged
// hotkey is not tried.
func TestHotkeyConflict(t *testing.T) {
	var saved *settings.Own
	var tried []string
	in := SettingsInput{
		Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(),
		TryHotkey: func(text string) string {
			tried = append(tried, text)
			if text == "Ctrl+Alt+T" {
				return "Ctrl+Alt+T is used by another program: choose another one"
			}
			return ""
		},
	}
	f := form(t, in, func(r SettingsResult) error { saved = &r.Own; return nil })
	press(t, f.Content(), "Save")
	if saved == nil || saved.Hotkey != nil || len(tried) > 0 {
		t.Fatalf("unchanged: saved %+v, tried %q", saved, tried)
	}
	for _, one := range []struct{ text, kept string }{{"Ctrl+Alt+T", ""}, {"J", ""}, {"Ctrl+Alt+F9", "Ctrl+Alt+F9"}} {
		saved = nil
		f = form(t, in, func(r SettingsResult) error { saved = &r.Own; return nil })
		entryWith(t, f, hotkey.Usual).SetText(one.text)
		press(t, f.Content(), "Save")
		switch {
		case one.kept == "" && saved != nil:
			t.Errorf("%s was saved", one.text)
		case one.kept != "" && (saved == nil || saved.Hotkey == nil || *saved.Hotkey != one.kept):
			t.Errorf("%s was not saved: %+v", one.text, saved)
		}
	}
	saved = nil
	f = form(t, in, func(r SettingsResult) error { saved = &r.Own; return nil })
	entryWith(t, f, hotkey.Usual).SetText("")
	press(t, f.Content(), "Save")
	if saved == nil || saved.Hotkey == nil || *saved.Hotkey != "" {
		t.Errorf("an empty hotkey was not saved: %+v", saved)
	}
}

// The text size is limited.
func TestTextScaleLimits(t *testing.T) {
	for text, want := range map[string]int{"150": 150, "200 %": 200, "": 0, "99": -1, "201": -1, "large": -1} {
		n, wrong := settings.CheckTextScale(text)
		if wrong != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d, want %d", text, n, want)
		}
	}
	if got := (settings.Own{TextScale: 900}).TextSize(); got != 2 {
		t.Errorf("TextScale 900: size %v", got)
	}
}
