package table

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

func TestNoFieldIsAFormula(t *testing.T) {
	for field, want := range map[string]string{
		"":                               "",
		"Anna":                           "Anna",
		"a=b":                            "a=b",
		"+74951234567":                   "+74951234567",
		"+7 (495) 123-45-67":             "'+7 (495) 123-45-67",
		"+7495+cmd|' /C calc'!A0":        "'+7495+cmd|' /C calc'!A0",
		"+7495123456789012":              "'+7495123456789012",
		`=HYPERLINK("http://x","y")`:     `'=HYPERLINK("http://x","y")`,
		"-1+1":                           "'-1+1",
		"@SUM(1)":                        "'@SUM(1)",
		"\t=1":                           "' =1",
		"\r=1":                           "' =1",
		"\n=1":                           "' =1",
		"  =1":                           "'  =1",
		"\u00a0=1":                       "'\u00a0=1",
		"\u200b=1":                       "'\u200b=1",
		`"=1`:                            `'"=1`,
		"'=1":                            "''=1",
		"\uff1d1\uff0b1":                 "'\uff1d1\uff0b1",
		"\uff0d1":                        "'\uff0d1",
		"\uff201":                        "'\uff201",
		"\ufe62" + "1":                   "'\ufe621", // small plus sign
		"Anna;=1":                        "Anna;'=1",
		"Anna, =1":                       "Anna,' =1",
		"Anna\t=1":                       "Anna =1",
		"one\ntwo\x1b[2J\x00\u2028three": "one two [2J  three",
		"half\xd0":                       "half\ufffd",
	} {
		if got := Harmless(field); got != want {
			t.Errorf("%q: %q, want %q", field, got, want)
		}
	}
}

func TestRowsAreReadBack(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out, ';')
	row := []string{"Anna; and", `"Boris"`, "+74951234567", "=1"}
	if err := w.Write(row...); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(out.String()))
	r.Comma = ';'
	got, err := r.Read()
	if want := []string{"Anna; and", `"Boris"`, "+74951234567", "'=1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzHarmless(f *testing.F) {
	f.Add("=1", false)
	f.Add("a,\"=1;@x\t-", true)
	f.Fuzz(func(t *testing.T, field string, semicolons bool) {
		var out strings.Builder
		separator := ','
		if semicolons {
			separator = ';'
		}
		w := NewWriter(&out, separator)
		if err := w.Write("first", field, "last"); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSuffix(out.String(), "\n")
		if strings.ContainsAny(line, "\n\r\t\x00\x1b") {
			t.Fatalf("%q", line)
		}
		if plainNumber.MatchString(field) {
			return
		}
		for _, s := range separators {
			for _, cell := range strings.Split(line, string(s)) {
				if isFormula(cell) && strings.TrimLeft(cell, " \"")[0] != '\'' {
					t.Fatalf("%q is a formula in %q", cell, line)
				}
			}
		}
	})
}
