// Package printable makes texts from outside safe for logs and terminals: a caller's name, the
// version that a desktop sends, a help desk's error. Nothing of them moves the cursor, reorders or
// hides other text, begins a new line, or is longer than one can read.
package printable

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line of about most bytes. What is neither a visible character nor a
// space is written as an escape of Go: \n, \x1b, \u202e. What is cut off is counted at the end.
func Line(text string, most int) string { return escape(text, most, "") }

// Block is Line for a text of several lines: line feeds and tabs stay.
func Block(text string, most int) string { return escape(text, most, "\n\t") }

// Cut returns a text of about most bytes, as it is. What is cut off is counted at the end.
func Cut(text string, most int) string {
	text, more := cut(text, most)
	return text + more
}

func cut(text string, most int) (kept, more string) {
	if len(text) <= most {
		return text, ""
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most], "… (" + strconv.Itoa(len(text)-most) + " bytes more)"
}

func escape(text string, most int, keep string) string {
	text, more := cut(text, most)
	first := strings.IndexFunc(text, func(r rune) bool { return !visible(r, keep) })
	if first < 0 {
		return text + more
	}
	out := append(make([]byte, 0, len(text)+len(more)+16), text[:first]...)
	for text = text[first:]; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		out = appendRune(out, text[:size], r, keep)
		text = text[size:]
	}
	return string(append(out, more...))
}

// Visible reports whether a character is visible, a space, or one of the joiners that Persian and
// Indic names and emoji need.
func Visible(r rune) bool { return unicode.IsGraphic(r) || r == '\u200c' || r == '\u200d' }

// visible reports whether a character may be printed as it is. Invalid UTF-8 is decoded as
// utf8.RuneError, which must be looked at.
func visible(r rune, keep string) bool {
	return r >= ' ' && r < 0x7f || r != utf8.RuneError && Visible(r) || strings.ContainsRune(keep, r)
}

// appendRune appends a character; text is its encoding.
func appendRune(out []byte, text string, r rune, keep string) []byte {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		return append(append(out, `\x`...), hex[text[0]>>4], hex[text[0]&0xf])
	case r == utf8.RuneError || visible(r, keep):
		return append(out, text...)
	}
	quoted := strconv.AppendQuoteRune(nil, r)
	return append(out, quoted[1:len(quoted)-1]...)
}

const hex = "0123456789abcdef"
