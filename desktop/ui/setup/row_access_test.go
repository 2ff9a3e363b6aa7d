package setup

import (
	"testing"

	"traybell/desktop/hotkey"
	"traybell/desktop/settings"
	"traybell/desktop/ui/uitest"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// entryWith returns the entry with a text.
func entryWith(t *testing.T, f *Form, text string) *widget.Entry {
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
	in := Input{
		Own: settings.Own{Server: "hub", Extension: "101"}, Hub: settings.Default(),
		TryHotkey: func(text string) string {
			tried = append(tried, text)
			if text == "Ctrl+Alt+T" {
				return "Ctrl+Alt+T is used by another program: choose another one"
			}
			return ""
		},
	}
	f := form(t, in, func(r Result) error { saved = &r.Own; return nil })
	uitest.Press(t, f.Content(), "Save")
	if saved == nil || saved.Hotkey != nil || len(tried) > 0 {
		t.Fatalf("unchanged: saved %+v, tried %q", saved, tried)
	}
	for _, one := range []struct{ text, kept string }{{"Ctrl+Alt+T", ""}, {"J", ""}, {"Ctrl+Alt+F9", "Ctrl+Alt+F9"}} {
		saved = nil
		f = form(t, in, func(r Result) error { saved = &r.Own; return nil })
		entryWith(t, f, hotkey.Usual).SetText(one.text)
		uitest.Press(t, f.Content(), "Save")
		switch {
		case one.kept == "" && saved != nil:
			t.Errorf("%s was saved", one.text)
		case one.kept != "" && (saved == nil || saved.Hotkey == nil || *saved.Hotkey != one.kept):
			t.Errorf("%s was not saved: %+v", one.text, saved)
		}
	}
	saved = nil
	f = form(t, in, func(r Result) error { saved = &r.Own; return nil })
	entryWith(t, f, hotkey.Usual).SetText("")
	uitest.Press(t, f.Content(), "Save")
	if saved == nil || saved.Hotkey == nil || *saved.Hotkey != "" {
		t.Errorf("an empty hotkey was not saved: %+v", saved)
	}
}
