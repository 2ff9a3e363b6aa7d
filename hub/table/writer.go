package table

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Writer writes a table as CSV for spreadsheets and programs (RFC 4180), one line per row. No field
// of it is a formula, whatever its text: a spreadsheet would run it, and send what it finds.
type Writer struct{ to *csv.Writer }

// NewWriter returns a writer with a separator: comma, semicolon, tab or |.
func NewWriter(to io.Writer, separator rune) *Writer {
	w := &Writer{csv.NewWriter(to)}
	w.to.Comma = separator
	return w
}

// Write writes a row. It may be buffered until Flush.
func (w *Writer) Write(fields ...string) error {
	row := make([]string, len(fields))
	for i, f := range fields {
		row[i] = Harmless(f)
	}
	return w.to.Write(row)
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	w.to.Flush()
	return w.to.Error()
}

// plainNumber is a telephone number as E.164 writes it. A spreadsheet takes it for a number, so it
// stays as it is.
var plainNumber = regexp.MustCompile(`^\+[0-9]{1,15}$`)

// Harmless returns a field that no spreadsheet takes for a formula. A formula begins with = + - or
// @, also in their wide forms and after spaces and quotes; it gets an apostrophe, which spreadsheets
// do not calculate. A file may be opened with another separator than it was written with, so what
// follows one is a field, too. Control characters and line ends become spaces.
func Harmless(field string) string {
	if plainNumber.MatchString(field) {
		return field
	}
	field = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, field)
	var out strings.Builder
	for start := 0; start < len(field); {
		end := len(field)
		if i := strings.IndexAny(field[start:], separators); i >= 0 {
			end = start + i + 1
		}
		if isFormula(field[start:end]) {
			out.WriteByte('\'')
		}
		out.WriteString(field[start:end])
		start = end
	}
	return out.String()
}

func isFormula(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf) || strings.ContainsRune(`"'`, r)
	})
	for _, first := range text {
		return strings.ContainsAny(norm.NFKC.String(string(first)), "=+-@\u2212")
	}
	return false
}
