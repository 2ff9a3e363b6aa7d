package freetext

import (
	"strings"
	"testing"

	"traybell/hub/fail"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		" \t\r\n ":                    "",
		"  loud  ":                    "loud",
		"one\r\ntwo\x1b[31m\t":        "one \ntwo [31m",
		strings.Repeat("я", 5) + "\n": strings.Repeat("я", 5),
		strings.Repeat("ы", 20):       strings.Repeat("ы", 20),
		"1\u202e2\u2028\u200b3":       "12\n3",
		"👩\u200d🔧\xff":                "👩\u200d🔧\ufffd",
	} {
		if got, err := Clean("comment", text, 20); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	_, err := Clean("comment", strings.Repeat("я", 21), 20)
	if f := fail.Of(err); f.Code != fail.Invalid || f.Text != "The text is longer than 20 characters." ||
		f.Detail != "The comment is longer than 20 characters." || f.Retry {
		t.Errorf("a long text: %+v", f)
	}
}
