package card

import (
	"strings"
	"testing"
)

// A hub may send megabytes: to measure them all took minutes, and gigabytes of memory.
func TestOnlyTheBeginningOfAVastTextIsLookedAt(t *testing.T) {
	vast := strings.Repeat("Ж", 15<<20)
	if got := oneLine(vast); len(got) > mostMeasured+len(ellipsis) || !strings.HasSuffix(got, "Ж"+ellipsis) {
		t.Errorf("one line has %d bytes and ends in %q", len(got), got[max(0, len(got)-6):])
	}
	for name, text := range map[string]string{
		"a word": vast, "words": strings.Repeat("Ж ", 5<<20), "paragraphs": strings.Repeat("Ж\n", 5<<20),
	} {
		lines := wrap(text, 14, false, inner, 3)
		if len(lines) != 3 || !strings.HasSuffix(lines[2], ellipsis) {
			t.Errorf("%s: %d lines: %.200q", name, len(lines), lines)
		}
	}
	if got := oneLine("short"); got != "short" {
		t.Errorf("a short text became %q", got)
	}
}

// What to say on a line, as all that others have written, is shown in the order in which it was
// written.
func TestDirectionOverridesAreNotObeyedInParagraphs(t *testing.T) {
	lines := wrap("\u202eevil\u202c\nsecond\x1b[31m", 14, false, inner, 3)
	if got := strings.Join(lines, "|"); got != "evil|second [31m" {
		t.Errorf("%q", got)
	}
}
