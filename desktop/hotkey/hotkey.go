// Package hotkey reads the combinations of keys that are heard whatever window has the keyboard.
// Everything in it is values; the keyboards are platform's.
package hotkey

import (
	"fmt"
	"slices"
	"strings"
)

// Keys is a combination of keys that is heard whatever window has the keyboard. The zero one is
// none.
type Keys struct {
	Ctrl, Alt, Shift, Super bool
	Key                     string // "A" to "Z", "0" to "9", "F1" to "F12", or one of namedKeys
}

// Usual is the one where the agent has set none: GNOME, KDE Plasma and Windows give it no meaning
// of their own, and no keyboard layout that we know of writes a character with it (Ctrl+Alt is
// AltGr on Windows).
const Usual = "Ctrl+Alt+J"

var namedKeys = []string{"Space", "Home", "End", "PageUp", "PageDown", "Insert", "Pause", "Up", "Down", "Left", "Right"}

// Parse reads a combination such as "Ctrl+Alt+J"; an empty text is none. At least Ctrl, Alt or
// Super belongs to it, or a function key: anything less would take letters away from what is typed.
func Parse(text string) (Keys, error) {
	var k Keys
	text = strings.TrimSpace(text)
	if text == "" {
		return k, nil
	}
	for _, part := range strings.Split(text, "+") {
		part = strings.TrimSpace(part)
		switch strings.ToLower(part) {
		case "ctrl", "control":
			k.Ctrl = true
		case "alt":
			k.Alt = true
		case "shift":
			k.Shift = true
		case "super", "win", "meta":
			k.Super = true
		default:
			name, ok := keyName(part)
			if !ok || k.Key != "" {
				return Keys{}, fmt.Errorf("hotkey %q: %q is no key that can be used here", text, part)
			}
			k.Key = name
		}
	}
	switch {
	case k.Key == "":
		return Keys{}, fmt.Errorf("hotkey %q: a key is missing", text)
	case !k.Ctrl && !k.Alt && !k.Super && (len(k.Key) < 2 || k.Key[0] != 'F'):
		return Keys{}, fmt.Errorf("hotkey %q: Ctrl, Alt or Super is missing", text)
	}
	return k, nil
}

func keyName(part string) (string, bool) {
	upper := strings.ToUpper(part)
	if len(upper) == 1 && (upper[0] >= 'A' && upper[0] <= 'Z' || upper[0] >= '0' && upper[0] <= '9') {
		return upper, true
	}
	if _, ok := Function(upper); ok {
		return upper, true
	}
	i := slices.IndexFunc(namedKeys, func(n string) bool { return strings.EqualFold(n, part) })
	if i < 0 {
		return "", false
	}
	return namedKeys[i], true
}

// Function is the number of a key "F1" to "F12".
func Function(name string) (n int, ok bool) {
	for n = 1; n <= 12; n++ {
		if name == fmt.Sprintf("F%d", n) {
			return n, true
		}
	}
	return 0, false
}

// String writes it as Parse reads it.
func (k Keys) String() string {
	if k.Key == "" {
		return ""
	}
	var parts []string
	for _, m := range []struct {
		on   bool
		name string
	}{{k.Ctrl, "Ctrl"}, {k.Alt, "Alt"}, {k.Shift, "Shift"}, {k.Super, "Super"}} {
		if m.on {
			parts = append(parts, m.name)
		}
	}
	return strings.Join(append(parts, k.Key), "+")
}
