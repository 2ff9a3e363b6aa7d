package printable

import (
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	longestArg   = 4 << 10  // bytes of an argument of Fprintf
	longestLines = 64 << 10 // bytes of Lines
)

// Lines is an argument of Fprintf that may have several lines, because they are the program's own.
type Lines string

// Fprintf is fmt.Fprintf whose arguments become one line each, but for Lines. The line feeds and
// tabs of the format stay. It changes the slice args.
func Fprintf(out io.Writer, format string, args ...any) (int, error) {
	for i := range args { // in place, so that vet knows a wrapper of fmt.Fprintf
		args[i] = arg{args[i]}
	}
	return fmt.Fprintf(out, format, args...)
}

// arg is an argument of Fprintf.
type arg struct{ value any }

// Format implements fmt.Formatter.
func (a arg) Format(to fmt.State, verb rune) {
	text := fmt.Sprintf(fmt.FormatString(to, verb), a.value)
	if _, own := a.value.(Lines); own {
		text = Block(text, longestLines)
	} else {
		text = Line(text, longestArg)
	}
	_, _ = io.WriteString(to, text)
}

// Writer passes on what is written to it, and escapes what Block would. It is not safe for
// concurrent use.
type Writer struct {
	out  io.Writer
	rest []byte // of a character whose end was not written yet
}

// NewWriter returns a writer to a terminal.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Write implements io.Writer.
func (w *Writer) Write(text []byte) (int, error) {
	n := len(text)
	if len(w.rest) > 0 {
		text = append(w.rest, text...)
		w.rest = nil
	}
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if end := text[len(text)-i:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				w.rest = append([]byte{}, end...)
				text = text[:len(text)-i]
			}
			break
		}
	}
	if _, err := io.WriteString(w.out, Block(string(text), len(text))); err != nil {
		return 0, err
	}
	return n, nil
}
