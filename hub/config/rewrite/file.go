package rewrite

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// file is the text as it was parsed.
type file struct {
	body   string
	starts []int // offset of each line
	err    error
}

// fail keeps the first error.
func (f *file) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: %s", ErrUnsafe, fmt.Sprintf(format, args...))
	}
}

// at is the offset of a position.
func (f *file) at(p *token.Position) int {
	if p == nil || p.Line < 1 || p.Line > len(f.starts) {
		f.fail("no position")
		return 0
	}
	at := f.starts[p.Line-1]
	for range p.Column - 1 {
		if at >= len(f.body) {
			f.fail("no column %d in line %d", p.Column, p.Line)
			return 0
		}
		_, size := utf8.DecodeRuneInString(f.body[at:])
		at += size
	}
	return at
}

// line is the line of an offset, from 0.
func (f *file) line(at int) int {
	i, found := slices.BinarySearch(f.starts, at)
	if !found {
		i--
	}
	return i
}

// lines is the span of lines [from, to) with their ends.
func (f *file) lines(from, to int) span { return span{f.offset(from), f.offset(to)} }

func (f *file) offset(line int) int {
	if line >= len(f.starts) {
		return len(f.body)
	}
	return f.starts[line]
}

// end is the offset of the end of a line, without its line break.
func (f *file) end(line int) int {
	return f.offset(line) + len(strings.TrimRight(f.body[f.offset(line):f.offset(line+1)], "\r\n"))
}

// content is a line without its line break.
func (f *file) content(line int) string { return f.body[f.offset(line):f.end(line)] }

// indent is the number of spaces before the text of a line.
func (f *file) indent(line int) int {
	text := f.content(line)
	return len(text) - len(strings.TrimLeft(text, " "))
}

func (f *file) blank(line int) bool { return strings.TrimSpace(f.content(line)) == "" }

func (f *file) comment(line int) bool {
	return strings.HasPrefix(strings.TrimLeft(f.content(line), " \t"), "#")
}

// last returns the line after the last one in [from, to) that is neither empty nor a comment; from
// if there is none.
func (f *file) last(from, to int) int {
	for to = min(to, len(f.starts)); to > from; to-- {
		if !f.blank(to-1) && !f.comment(to-1) {
			return to
		}
	}
	return from
}

// scalarEnd is the end of a quoted or plain scalar that begins at an offset. A plain one outside
// brackets ends with its line.
func (f *file) scalarEnd(from int, flow bool) int {
	if from >= len(f.body) {
		return from
	}
	switch quote := f.body[from]; quote {
	case '"', '\'':
		for i := from + 1; i < len(f.body); i++ {
			switch {
			case quote == '"' && f.body[i] == '\\':
				i++
			case f.body[i] == quote && quote == '\'' && strings.HasPrefix(f.body[i+1:], "'"):
				i++
			case f.body[i] == quote:
				return i + 1
			}
		}
		f.fail("a quote is not closed")
		return from
	}
	to := from
	for ; to < len(f.body); to++ {
		c := f.body[to]
		if c == '#' && to > from && strings.IndexByte(" \t\n", f.body[to-1]) >= 0 ||
			flow && strings.IndexByte(",]}", c) >= 0 || !flow && c == '\n' {
			break
		}
	}
	return from + len(strings.TrimRight(f.body[from:to], " \t\r\n"))
}

// comma returns the offset of the comma between a value in brackets and the next one; -1: none.
func (f *file) comma(from, to int) int {
	for i := from; i < to; i++ {
		switch f.body[i] {
		case ',':
			return i
		case '#':
			if n := strings.IndexByte(f.body[i:to], '\n'); n >= 0 {
				i += n
				continue
			}
			return -1
		}
	}
	return -1
}

// rest reports whether a line has only blanks and a comment from an offset on.
func (f *file) rest(from int) bool {
	text := strings.TrimSpace(f.body[from:f.end(f.line(from))])
	return text == "" || text[0] == '#'
}

// first reports whether a line has only blanks before an offset.
func (f *file) first(at int) bool { return strings.TrimSpace(f.body[f.offset(f.line(at)):at]) == "" }
