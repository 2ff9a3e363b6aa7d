package ui

import (
	"testing"

	"traybell/desktop/hotkey"
	"traybell/desktop/settings"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// entryWith is the entry that shows this text.
func entryWith(t *testing.T, f *SettingsForm, text string) *widget.Entry {
	t.Helper()
	for _, o := range test.LaidOutObjects(f.Content()) {
		if e, ok := o.(*widget.Entry); ok && e.Text == text {
			return e
		}
	}
	t.Fatalf("no field shows %q", text)
	return nil
}

// A hotkey that another program has is not saved, and the field says so; one that nobody has is.
// Nothing is asked where nothing was changed.
func TestHotkeyConflictIsToldInItsField(t *testing.T) {
	var saved *settings.Own
	var tried []string
	in := SettingsInput{
		Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(),
		TryHotkey: func(text string) string {
			tried = append(tried, text)
			if text == "Ctrl+Alt+T" {
				return "Ctrl+Alt+T belongs to another program: choose another one"
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
			t.Errorf("%s is not saved: %+v", one.text, saved)
		}
	}
	saved = nil
	f = form(t, in, func(r SettingsResult) error { saved = &r.Own; return nil })
	entryWith(t, f, hotkey.Usual).SetText("")
	press(t, f.Content(), "Save")
	if saved == nil || saved.Hotkey == nil || *saved.Hotkey != "" {
		t.Errorf("an empty hotkey is none; saved %+v", saved)
	}
}

// The size of text is one that the program can show.
func TestTextScaleHasBounds(t *testing.T) {
	for text, want := range map[string]int{"150": 150, "200 %": 200, "": 0, "99": -1, "201": -1, "large": -1} {
		n, wrong := settings.CheckTextScale(text)
		if wrong != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q is %d, want %d", text, n, want)
		}
	}
	if got := (settings.Own{TextScale: 900}).TextSize(); got != 2 {
		t.Errorf("a file that says 900 makes text %v times as large", got)
	}
}
