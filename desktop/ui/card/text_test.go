package card

import (
	"strings"
	"testing"
)

// Measuring megabytes would take minutes and gigabytes of memory.
func TestHugeTextIsTruncated(t *testing.T) {
	huge := strings.Repeat("Ж", 15<<20)
	if got := oneLine(huge); len(got) > maxText+len(ellipsis) || !strings.HasSuffix(got, "Ж"+ellipsis) {
		t.Errorf("one line has %d bytes and ends with %q", len(got), got[max(0, len(got)-6):])
	}
	for name, text := range map[string]string{
		"a word": huge, "words": strings.Repeat("Ж ", 5<<20), "paragraphs": strings.Repeat("Ж\n", 5<<20),
	} {
		lines := wrap(text, 14, false, inner, 3)
		if len(lines) != 3 || !strings.HasSuffix(lines[2], ellipsis) {
			t.Errorf("%s: %d lines: %.200q", name, len(lines), lines)
		}
	}
	if got := oneLine("short"); got != "short" {
		t.Errorf("short text: %q", got)
	}
}

// Untrusted text is shown in its logical order.
func TestDirectionOverridesAreRemoved(t *testing.T) {
	lines := wrap("\u202eevil\u202c\nsecond\x1b[31m", 14, false, inner, 3)
	if got := strings.Join(lines, "|"); got != "evil|second [31m" {
		t.Errorf("%q", got)
	}
}
