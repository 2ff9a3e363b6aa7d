package table

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func score(words []string) (known int) {
	for _, w := range words {
		if slices.Contains([]string{"name", "phone"}, strings.TrimSpace(w)) {
			known++
		}
	}
	return known
}

// read returns the rows as "line:field|field", and the lines of errors.
func read(t *testing.T, text string) (separator byte, out []string) {
	t.Helper()
	r := NewReader(strings.NewReader(text))
	header, _, err := r.Header(score)
	if err != nil {
		return 0, []string{err.Error()}
	}
	out = append(out, strings.Join(header.Fields, "|"))
	for {
		row, err := r.Next()
		var bad *RowError
		switch {
		case errors.Is(err, io.EOF):
			return r.Separator, out
		case errors.As(err, &bad):
			out = append(out, "!")
		case err != nil:
			return r.Separator, append(out, err.Error())
		case !row.Empty():
			out = append(out, strings.Join(row.Fields, "|"))
		}
	}
}

func TestHeaderAndSeparator(t *testing.T) {
	for _, test := range []struct {
		text      string
		separator byte
		want      []string
	}{
		{"name,phone\na,1\n", ',', []string{"name|phone", "a|1"}},
		{"sep=;\r\nname;phone\r\na,b;1\r\n", ';', []string{"name|phone", "a,b|1"}},
		{"\n\"name\"\t\"phone\"\na\t1", '\t', []string{"name|phone", "a|1"}},
		{"name|phone\na|1\n\n|\n", '|', []string{"name|phone", "a|1"}},
		{"All customers; of the company\n;;\nname;phone\na;1\n", ';', []string{"name|phone", "a|1"}},
		{"name,phone\n\"a\n\nb\",1\n", ',', []string{"name|phone", "a\n\nb|1"}},
		{"name,phone\nLLC \"Daisy\",1\n\"open,2\nb,3\n", ',', []string{"name|phone", `LLC "Daisy"|1`, "!", "b|3"}},
		{"name,phone\n\"a\" b,1\nc,2\n", ',', []string{"name|phone", "!", "c|2"}},
		{"name\na\n", ';', []string{"name", "a"}},
		{"", 0, []string{"the file is empty"}},
		{"name,phone\na\x00,1\n", ',', []string{"name|phone", "line 2 has a zero byte: this is not a text file"}},
	} {
		separator, got := read(t, test.text)
		if separator != test.separator || !slices.Equal(got, test.want) {
			t.Errorf("%q: %q %q, want %q %q", test.text, separator, got, test.separator, test.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	r := NewReader(strings.NewReader("\nname;phone\nёж;\"a\nb\";1\n"))
	if _, _, err := r.Header(score); err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil || row.Line != 3 {
		t.Fatalf("%+v, %v", row, err)
	}
	for field, want := range [][2]int{{3, 1}, {3, 4}, {4, 4}} {
		if line, column := row.Place(field); line != want[0] || column != want[1] {
			t.Errorf("field %d is at %d:%d, want %v", field, line, column, want)
		}
	}
}
