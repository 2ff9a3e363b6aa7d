package hotkey

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"Ctrl+Alt+J": "Ctrl+Alt+J", "control + alt+j": "Ctrl+Alt+J", "shift+F9": "Shift+F9", "F12": "F12",
		"Win+Space": "Super+Space", "Alt+pageup": "Alt+PageUp", "": "", "Ctrl+0": "Ctrl+0",
	} {
		k, err := Parse(text)
		if err != nil || k.String() != want {
			t.Errorf("%q is %q, %v, want %q", text, k, err, want)
		}
	}
	for _, text := range []string{
		"J", "Shift+J", "Ctrl+", "Ctrl+Alt", "Ctrl+J+K", "Ctrl+Ж", "Ctrl+F13", "Ctrl+Return", "Space", "+",
	} {
		if k, err := Parse(text); err == nil {
			t.Errorf("%q is %q, want an error", text, k)
		}
	}
}

func TestParseUsual(t *testing.T) {
	if k, err := Parse(Usual); err != nil || k.String() != Usual {
		t.Errorf("%q, %v", k, err)
	}
}
