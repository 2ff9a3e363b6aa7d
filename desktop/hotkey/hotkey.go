// Package hotkey parses global key combinations. It holds values only; package platform registers
// them.
package hotkey

import (
	"fmt"
	"slices"
	"strings"
)

// Keys is a global key combination. The zero value is none.
type Keys struct {
	Ctrl, Alt, Shift, Super bool
	Key                     string // "A" to "Z", "0" to "9", "F1" to "F12", or one of namedKeys
}

// Usual is the default. GNOME, KDE Plasma and Windows do not use it, and no known keyboard layout
// types a character with it (Ctrl+Alt is AltGr on Windows).
const Usual = "Ctrl+Alt+J"

var namedKeys = []string{"Space", "Home", "End", "PageUp", "PageDown", "Insert", "Pause", "Up", "Down", "Left", "Right"}

// Parse parses a combination such as "Ctrl+Alt+J". An empty text is none. A combination needs Ctrl,
// Alt, Super or a function key, as others would take away characters from typing.
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
				return Keys{}, fmt.Errorf("hotkey %q: unsupported key %q", text, part)
			}
			k.Key = name
		}
	}
	switch {
	case k.Key == "":
		return Keys{}, fmt.Errorf("hotkey %q: missing key", text)
	case !k.Ctrl && !k.Alt && !k.Super && (len(k.Key) < 2 || k.Key[0] != 'F'):
		return Keys{}, fmt.Errorf("hotkey %q: missing Ctrl, Alt or Super", text)
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

// Function returns the number of a key "F1" to "F12".
func Function(name string) (n int, ok bool) {
	for n = 1; n <= 12; n++ {
		if name == fmt.Sprintf("F%d", n) {
			return n, true
		}
	}
	return 0, false
}

// String returns k in the form that Parse accepts.
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
