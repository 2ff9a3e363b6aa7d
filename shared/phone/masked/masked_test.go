package masked

import "testing"

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"from +7 (495) 123-45-67 to 101":     "from +7 (4**) ***-**-67 to 101",
		"84951234567":                        "84*******67",
		"call=main:1795340403.70":            "call=main:1795340403.70",
		"time=2026-11-22T09:40:06 port 5038": "time=2026-11-22T09:40:06 port 5038",
		"1234567 and 89161234567":            "12***67 and 89*******67",
	} {
		if got := Numbers(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
