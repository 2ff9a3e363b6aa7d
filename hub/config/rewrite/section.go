package rewrite

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Section is a list of sections, or a section of named ones, at the top of the file. A list may
// also be in a section.
type Section struct {
	t       *Text
	in      string // section of the list; empty: it is at the top
	key     string
	named   bool
	pair    *pair // nil: the file does not have it
	list    list
	entries mapping // the named ones
}

// List finds a list, such as agents or caller_id.rules. Its entries are in the order of the file.
func (t *Text) List(key string) *Section {
	s, m := &Section{t: t, key: key}, t.root
	if section, name, in := strings.Cut(key, "."); in {
		s.in, s.key, m = section, name, mapping{}
		if p := t.root.find(section); p != nil {
			if _, ok := pairsOf(p.node); ok {
				m = t.mapping(p.node, p.to)
			}
		}
	}
	if s.pair = m.find(s.key); s.pair != nil {
		if n, ok := s.pair.node.(*ast.SequenceNode); ok {
			s.list = t.list(n, s.pair.to)
		}
	}
	return s
}

// Named finds a section whose keys are names.
func (t *Text) Named(key string) *Section {
	s := &Section{t: t, key: key, named: true}
	if s.pair = t.root.find(key); s.pair != nil {
		if _, ok := pairsOf(s.pair.node); ok {
			s.entries = t.mapping(s.pair.node, s.pair.to)
		}
	}
	return s
}

func (m mapping) find(key string) *pair {
	i := slices.IndexFunc(m.pairs, func(p pair) bool { return p.name == key })
	if i < 0 {
		return nil
	}
	return &m.pairs[i]
}

// Len is the number of entries.
func (s *Section) Len() int {
	if s.named {
		return len(s.entries.pairs)
	}
	return len(s.list.items)
}

// Name is the name of a named entry.
func (s *Section) Name(i int) string { return s.entries.pairs[i].name }

// Line is the line of an entry, from 1.
func (s *Section) Line(i int) int {
	if s.named {
		return s.entries.pairs[i].from + 1
	}
	return s.list.items[i].from + 1
}

// Source is the text of an entry.
func (s *Section) Source(i int) string {
	switch {
	case s.named && s.entries.flow:
		return s.t.body[s.entries.pairs[i].key.from:s.entries.pairs[i].value.to]
	case !s.named && s.list.flow:
		return s.t.body[s.list.items[i].span.from:s.list.items[i].span.to]
	}
	c := s.chunk(i)
	lines := s.t.lines(s.Line(i)-1, c.to)
	return s.t.body[lines.from:lines.to]
}

// Value is the text of a key's value in the file; empty if the entry does not have the key.
func (s *Section) Value(i int, key string) string {
	if p := s.entry(i).find(key); p != nil {
		return s.t.body[p.value.from:p.value.to]
	}
	return ""
}

// Has reports whether an entry has a key.
func (s *Section) Has(i int, key string) bool { return s.entry(i).find(key) != nil }

// entry is the keys of an entry.
func (s *Section) entry(i int) mapping {
	if s.named {
		p := s.entries.pairs[i]
		return s.t.mapping(p.node, p.to)
	}
	it := s.list.items[i]
	return s.t.mapping(it.node, it.to)
}

// lineSpan is [from, to) in lines.
type lineSpan struct{ from, to int }

// chunk is the lines of an entry with the comments that belong to it: those directly above, and
// those below that are indented more.
func (s *Section) chunk(i int) lineSpan {
	var column, from, to int
	least := s.pair.from + 1
	if s.named {
		p := s.entries.pairs[i]
		column, from, to = s.entries.column, p.from, p.to
	} else {
		it := s.list.items[i]
		column, from, to = it.dash, it.from, it.to
	}
	if i > 0 {
		least = s.chunk1(i - 1)
	}
	return lineSpan{s.t.above(from, column, least), s.t.within(to, column)}
}

// chunk1 is the line after an entry and its comments.
func (s *Section) chunk1(i int) int {
	if s.named {
		return s.t.within(s.entries.pairs[i].to, s.entries.column)
	}
	return s.t.within(s.list.items[i].to, s.list.items[i].dash)
}

// flow reports whether the section is in brackets.
func (s *Section) flow() bool { return s.list.flow || s.entries.flow }

// span is that of an entry in brackets.
func (s *Section) span(i int) span {
	if s.named {
		return span{s.entries.pairs[i].key.from, s.entries.pairs[i].value.to}
	}
	return s.list.items[i].span
}

// brackets is the span of the section in brackets.
func (s *Section) brackets() span {
	if s.named {
		return s.entries.span
	}
	return s.list.span
}

// Add appends an entry. name is empty in a list.
func (s *Section) Add(name string, pairs []Pair) { s.AddAll([]string{name}, [][]Pair{pairs}) }

// AddAll appends entries.
func (s *Section) AddAll(names []string, entries [][]Pair) {
	if len(entries) == 0 {
		return
	}
	t, n := s.t, s.Len()
	switch {
	case s.flow() && n > 0:
		var texts []string
		for i := range entries {
			texts = append(texts, s.bracketed(names[i], entries[i]))
		}
		t.appendFlow(s.brackets(), s.span(n-1), texts)
		return
	case n > 0:
		column, step, flow := 0, 2, true
		for i := range n {
			if s.named {
				p := s.entries.pairs[i]
				column, flow = s.entries.column, flow && isFlow(p.node)
				if m := s.entry(i); !m.flow && len(m.pairs) > 0 {
					step = max(1, m.column-column)
				}
			} else {
				column, flow = s.list.items[i].dash, flow && isFlow(s.list.items[i].node)
			}
		}
		t.insert(s.chunk1(n-1), s.lines(names, entries, column, step, flow))
		return
	}
	if s.in != "" {
		t.SetIn(s.in, []Pair{{s.key, Value{of: aListOfSections, sections: entries}}})
		return
	}
	lines := s.lines(names, entries, 2, 2, false)
	switch {
	case s.pair == nil && t.root.flow:
		t.fail("the file is in {…} brackets")
	case s.pair == nil:
		t.insert(t.last(0, len(t.starts)), append([]string{"", s.key + ":"}, lines...))
	default: // null, or empty brackets
		v := s.pair.value
		before := strings.TrimRight(t.body[:v.from], " \t")
		if v.to > v.from && t.line(v.from) != t.line(v.to) || t.root.flow || t.line(v.from) != s.pair.from {
			t.fail("the empty list has several lines")
			return
		}
		if v.to > v.from {
			t.replace(span{len(before), v.to}, "")
		}
		t.insert(s.pair.from+1, lines)
	}
}

// lines returns new entries as lines.
func (s *Section) lines(names []string, entries [][]Pair, column, step int, flow bool) (lines []string) {
	space := strings.Repeat(" ", column)
	for i, pairs := range entries {
		switch {
		case s.named && flow:
			lines = append(lines, space+s.bracketed(names[i], pairs))
		case s.named:
			lines = append(lines, space+keyOf(names[i])+":")
			for _, p := range pairs {
				lines = append(lines, p.lines(column+step)...)
			}
		case flow:
			lines = append(lines, space+"- "+inBrackets(pairs))
		default:
			lines = append(lines, Entry(column, pairs)...)
		}
	}
	return lines
}

// bracketed is an entry on one line.
func (s *Section) bracketed(name string, pairs []Pair) string {
	if s.named {
		return keyOf(name) + ": " + inBrackets(pairs)
	}
	return inBrackets(pairs)
}

// Remove removes an entry. Comments above it stay.
func (s *Section) Remove(i int) {
	if s.flow() {
		spans := make([]span, s.Len())
		for n := range spans {
			spans[n] = s.span(n)
		}
		s.t.removeFlow(s.brackets(), spans, func(n int) bool { return n == i })
		return
	}
	s.t.replace(s.t.lines(s.Line(i)-1, s.chunk(i).to), "")
}

// Rename gives a named entry another name.
func (s *Section) Rename(i int, name string) { s.t.replace(s.entries.pairs[i].key, keyOf(name)) }

// Move moves an entry to the place of another one, with the comments directly above it.
func (s *Section) Move(i, to int) {
	if i == to {
		return
	}
	t := s.t
	if s.flow() {
		step := 1
		if to < i {
			step = -1
		}
		text := func(n int) string { return t.body[s.span(n).from:s.span(n).to] }
		for n := i; n != to; n += step {
			t.replace(s.span(n), strings.ReplaceAll(text(n+step), "\r\n", "\n"))
		}
		t.replace(s.span(to), strings.ReplaceAll(text(i), "\r\n", "\n"))
		return
	}
	c := s.chunk(i)
	lines := t.lines(c.from, c.to)
	text := strings.TrimSuffix(strings.ReplaceAll(t.body[lines.from:lines.to], "\r\n", "\n"), "\n")
	if c.to >= len(t.starts) && lines.from > 0 && !strings.HasSuffix(t.body, "\n") {
		// without the last line's end, that of the line before becomes the end of the file
		lines.from = t.end(c.from - 1)
	}
	t.replace(lines, "")
	if to < i {
		t.insert(s.chunk(to).from, strings.Split(text, "\n"))
		return
	}
	t.insert(s.chunk1(to), strings.Split(text, "\n"))
}
