package printable

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile are texts that a terminal, or its reader, would take for something else.
var hostile = map[string]string{
	"\x1b[2J\x1b]0;owned\a":         `\x1b[2J\x1b]0;owned\a`,
	"\x9b31m":                       `\x9b31m`, // one byte, not UTF-8
	"\u009b31m":                     `\u009b31m`,
	"a\nlevel=ERROR msg=invented\r": `a\nlevel=ERROR msg=invented\r`,
	"1234\u202e5678":                `1234\u202e5678`,
	"\u2066bidi\u2069":              `\u2066bidi\u2069`,
	"zero\u200bwidth\ufeff\u2060":   `zero\u200bwidth\ufeff\u2060`,
	"\u2028line\u2029":              `\u2028line\u2029`,
	"tag\U000e0041":                 `tag\U000e0041`,
	"nul\x00del\x7f":                `nul\x00del\x7f`,
	"half\xd0":                      `half\xd0`,
}

func TestHostileTextIsEscaped(t *testing.T) {
	for text, want := range hostile {
		if got := Line(text, 1000); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"", "plain", "Ольга Кузнецова", "Jürgen 🙂", "東京\u3000", "\ufffd", "علی\u200cرضا", `C:\new`,
	} {
		if got := Line(text, 1000); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := Block("a\n\tb\r\x1b", 1000); got != "a\n\tb"+`\r\x1b` {
		t.Errorf("a block: %q", got)
	}
}

func TestLongTextIsCutBetweenCharacters(t *testing.T) {
	if got := Line(strings.Repeat("я", 10), 5); got != "яя… (16 bytes more)" {
		t.Errorf("%q", got)
	}
	if got := Line(strings.Repeat("\x80", 10), 5); !utf8.ValidString(got) || len(got) > 50 {
		t.Errorf("%q", got)
	}
}

func TestArgumentsAreOneLineEach(t *testing.T) {
	var out strings.Builder
	if _, err := Fprintf(&out, "%-6s|%5d|%q|%v|%s\n", "a\nb", 7, "x\n", errors.New("e\x1b"),
		Lines("one\ntwo\x1b")); err != nil {
		t.Fatal(err)
	}
	if want := `a\nb   |    7|"x\n"|e\x1b|one` + "\n" + `two\x1b` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// What is written in pieces, as csv.Writer does, is not taken for invalid.
func TestWriterJoinsCharacters(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out)
	for _, b := range []byte("№ я🙂\x1b\n\tконец") {
		if n, err := w.Write([]byte{b}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := `№ я🙂\x1b` + "\n\tконец"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	out.Reset()
	table := csv.NewWriter(NewWriter(&out))
	name := strings.Repeat("Ольга", 3000)
	err := table.Write([]string{name})
	table.Flush()
	if err := errors.Join(err, table.Error()); err != nil {
		t.Fatal(err)
	}
	if out.String() != name+"\n" {
		t.Error("a long name was changed")
	}
}

func FuzzLine(f *testing.F) {
	for text := range hostile {
		f.Add(text, 10)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = max(0, min(most, 1<<16))
		got := Line(text, most)
		for _, r := range got {
			if !unicode.IsGraphic(r) {
				t.Fatalf("%q is in %q", r, got)
			}
		}
		if !utf8.ValidString(got) || len(got) > 6*most+50 {
			t.Fatalf("%q of at most %d bytes", got, most)
		}
		var out strings.Builder
		w := NewWriter(&out)
		for _, half := range []string{text[:len(text)/2], text[len(text)/2:], "\n"} {
			if _, err := fmt.Fprint(w, half); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range out.String() {
			if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
				t.Fatalf("%q is in %q", r, out.String())
			}
		}
	})
}
