package rewrite

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Set changes a key of an entry, or adds it.
func (s *Section) Set(i int, key string, value Value) { s.SetAll(i, []Pair{{key, value}}) }

// SetAll changes keys of an entry, or adds them.
func (s *Section) SetAll(i int, pairs []Pair) {
	m := s.entry(i)
	switch {
	case len(pairs) == 0:
	case m.flow || len(m.pairs) > 0:
		s.t.setIn(m, pairs)
	case s.named: // null
		s.t.setNull(s.entries.pairs[i], linesOf(pairs, s.entries.column+2))
	default:
		s.t.fail("an entry is empty")
	}
}

// Replace changes a key of an entry to another one with its value; an entry that does not have the
// key gets the other one.
func (s *Section) Replace(i int, was, key string, value Value) {
	m := s.entry(i)
	p := m.find(was)
	if p == nil {
		s.Set(i, key, value)
		return
	}
	if was != key {
		s.t.replace(p.key, key)
	}
	s.t.change(m, p, value)
}

// Drop removes a key of an entry. It reports whether that is possible: the first key of an entry
// may be on the line of its dash.
func (s *Section) Drop(i int, key string) bool {
	t, m := s.t, s.entry(i)
	at := slices.IndexFunc(m.pairs, func(p pair) bool { return p.name == key })
	switch {
	case at < 0:
	case m.flow:
		spans := make([]span, len(m.pairs))
		for n, p := range m.pairs {
			spans[n] = span{p.key.from, p.value.to}
		}
		t.removeFlow(m.span, spans, func(n int) bool { return n == at })
	case at == 0:
		return false
	default:
		t.replace(t.lines(m.pairs[at].from, m.pairs[at].to), "")
	}
	return true
}

// change replaces the value of a key, and keeps what stays of a list or section.
func (t *Text) change(m mapping, p *pair, value Value) {
	switch n := p.node.(type) {
	case *ast.SequenceNode:
		if value.of == aList && t.setList(t.list(n, p.to), value.list) {
			return
		}
	case *ast.MappingNode, *ast.MappingValueNode:
		if value.of == aSection {
			t.setIn(t.mapping(n, p.to), value.pairs)
			return
		}
	case *ast.NullNode:
		if value.of == aSection && !m.flow {
			t.setNull(*p, linesOf(value.pairs, m.column+2))
			return
		}
	}
	t.setValue(m, p, value)
}

// setNull fills a key without a value.
func (t *Text) setNull(p pair, lines []string) {
	if p.value.to > p.value.from {
		t.replace(p.value, "")
	}
	t.insert(p.from+1, lines)
}

// setValue replaces a value.
func (t *Text) setValue(m mapping, p *pair, value Value) {
	was := t.body[p.value.from:p.value.to]
	header, lines, block := value.block()
	text := value.line()
	if value.of == aText {
		text = like(was, value.text)
	}
	at := p.value
	if at.from == at.to { // none yet
		text = " " + text
		header = " " + header
	}
	if line := t.line(at.from); line > p.from { // it begins below its key
		key := t.content(p.from)
		colon := t.offset(p.from) + len(strings.TrimRight(strings.TrimSuffix(key, comment(key)), " \t"))
		text, header = " "+text+comment(key), " "+header+comment(key)
		at.from = colon
	} else if strings.HasPrefix(was, "|") || strings.HasPrefix(was, ">") { // its header may have a comment
		end := t.content(line)
		text += comment(end)
		header += comment(end)
	}
	if m.flow || !block {
		t.replace(at, text)
		return
	}
	lines = indented(lines, m.column+2)
	if t.line(at.to) > t.line(at.from) {
		t.replace(at, header+"\n"+strings.Join(lines, "\n"))
		return
	}
	t.replace(at, header)
	t.insert(t.line(at.to)+1, lines)
}

// setList changes only the entries of a list that differ; false: it has to be written as a whole.
func (t *Text) setList(l list, want []string) bool {
	texts := make([]string, len(l.items))
	for i, it := range l.items {
		text, ok := textOf(it.node)
		if !ok {
			return false
		}
		texts[i] = text
	}
	removed := func(i int) bool { return !slices.Contains(want, texts[i]) }
	kept := 0 // of the entries, the first ones of want
	inOrder, inPlace := true, len(want) == len(texts)
	for i := range texts {
		if removed(i) {
			continue
		}
		inPlace = inPlace && want[i] == texts[i]
		inOrder = inOrder && kept < len(want) && want[kept] == texts[i]
		kept++
	}
	switch {
	case len(l.items) == 0:
		t.replace(span{l.from + 1, l.to - 1}, strings.Join(scalars(want), ", "))
	case inOrder && kept > 0 && !inPlace:
		t.changeList(l, removed, scalars(want[kept:]))
	case len(want) == len(texts):
		t.exchange(l, texts, want)
	case !l.flow && len(want) > 0:
		t.rebuild(l, texts, want)
	case l.flow && t.line(l.from) == t.line(l.to):
		sources := make([]string, len(want))
		for i, text := range want {
			sources[i] = t.source(l, texts, text)
		}
		t.replace(span{l.from + 1, l.to - 1}, strings.Join(sources, ", "))
	default:
		return false
	}
	return true
}

func scalars(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = scalar(text)
	}
	return out
}

// source is a text as the list has it, or a new one.
func (t *Text) source(l list, texts []string, text string) string {
	if i := slices.Index(texts, text); i >= 0 {
		return t.body[l.items[i].span.from:l.items[i].span.to]
	}
	return scalar(text)
}

// exchange gives a list as many other entries. Those that change their place keep their comments.
func (t *Text) exchange(l list, texts, want []string) {
	for i, it := range l.items {
		from := slices.Index(texts, want[i])
		stays := slices.Contains(want, texts[i]) // in another place, with its comment
		switch {
		case want[i] == texts[i]:
		case !l.flow && from >= 0:
			lines := t.lines(l.items[from].from, l.items[from].to)
			text := strings.ReplaceAll(t.body[lines.from:lines.to], "\r\n", "\n")
			t.replace(t.lines(it.from, it.to), strings.TrimSuffix(text, "\n")+"\n")
		case !l.flow && stays:
			t.replace(t.lines(it.from, it.to), strings.Repeat(" ", it.dash)+"- "+scalar(want[i])+"\n")
		case from >= 0:
			t.replace(it.span, t.source(l, texts, want[i]))
		default:
			t.replace(it.span, like(t.body[it.span.from:it.span.to], want[i]))
		}
	}
}

// rebuild writes a list again, with the comments of the entries that stay.
func (t *Text) rebuild(l list, texts, want []string) {
	from, to := l.items[0].from, l.items[len(l.items)-1].to
	var out strings.Builder
	for _, text := range want {
		i := slices.Index(texts, text)
		if i < 0 {
			out.WriteString(strings.Repeat(" ", l.items[0].dash) + "- " + scalar(text) + "\n")
			continue
		}
		above := from
		if i > 0 {
			above = l.items[i-1].to
		}
		lines := t.lines(above, l.items[i].to)
		text := strings.ReplaceAll(t.body[lines.from:lines.to], "\r\n", "\n")
		out.WriteString(strings.TrimSuffix(text, "\n") + "\n")
	}
	t.replace(t.lines(from, to), out.String())
}

// changeList removes and appends entries.
func (t *Text) changeList(l list, removed func(int) bool, more []string) {
	if l.flow {
		spans := make([]span, len(l.items))
		for i, it := range l.items {
			spans[i] = it.span
		}
		t.changeFlow(l, spans, removed, more)
		return
	}
	for i, it := range l.items {
		if removed(i) {
			t.replace(t.lines(it.from, it.to), "")
		}
	}
	last := l.items[len(l.items)-1]
	for i := range more {
		more[i] = strings.Repeat(" ", last.dash) + "- " + more[i]
	}
	if len(more) > 0 {
		t.insert(last.to, more)
	}
}

// changeFlow removes and appends entries of a list in brackets. On one line it is written as a
// whole, from the texts of the entries that stay.
func (t *Text) changeFlow(l list, spans []span, removed func(int) bool, more []string) {
	if t.line(l.from) != t.line(l.to) {
		if !slices.ContainsFunc(spans, func(s span) bool { return removed(slices.Index(spans, s)) }) {
			t.appendFlow(l.span, spans[len(spans)-1], more)
			return
		}
		if len(more) == 0 {
			t.removeFlow(l.span, spans, removed)
			return
		}
	}
	var texts []string
	for i, s := range spans {
		if !removed(i) {
			texts = append(texts, t.body[s.from:s.to])
		}
	}
	t.replace(span{l.from + 1, l.to - 1}, strings.Join(append(texts, more...), ", "))
}

// appendFlow appends entries after the last one in brackets: on lines of their own if that one has
// its own.
func (t *Text) appendFlow(brackets, last span, texts []string) {
	if len(texts) == 0 {
		return
	}
	comma := t.comma(last.to, brackets.to-1)
	after := last.to
	if comma >= 0 {
		after = comma + 1
	}
	if !t.first(last.from) || !t.rest(after) {
		for _, text := range texts {
			t.replace(span{last.to, last.to}, ", "+text)
		}
		return
	}
	if comma < 0 {
		t.replace(span{last.to, last.to}, ",")
	}
	line := t.line(after)
	indent := strings.Repeat(" ", t.indent(t.line(last.from)))
	for i, text := range texts {
		if comma >= 0 || i+1 < len(texts) {
			text += ","
		}
		t.insert(line+1, []string{indent + text})
	}
}

// removeFlow removes entries in brackets with their commas, and their lines if they have their own.
func (t *Text) removeFlow(brackets span, spans []span, removed func(int) bool) {
	kept := -1 // the last one that stays
	for i := range spans {
		if !removed(i) {
			kept = i
		}
	}
	for i, s := range spans {
		if !removed(i) {
			continue
		}
		until := brackets.to - 1
		if i+1 < len(spans) {
			until = spans[i+1].from
		}
		end := s.to
		if comma := t.comma(s.to, until); comma >= 0 {
			end = comma + 1
		}
		switch from, to := t.line(s.from), t.line(end); {
		case t.first(s.from) && t.rest(end) && brackets.from < t.offset(from) && to < t.line(brackets.to-1):
			t.replace(t.lines(from, to+1), "")
		case i > kept && i > 0: // with the blanks before it
			t.replace(span{len(strings.TrimRight(t.body[:s.from], " \t")), end}, "")
		default:
			t.replace(span{s.from, end + len(t.body[end:until]) - len(strings.TrimLeft(t.body[end:until], " \t"))}, "")
		}
	}
	if last := len(spans) - 1; kept >= 0 && kept < last && t.comma(spans[last].to, brackets.to-1) < 0 {
		comma := t.comma(spans[kept].to, spans[kept+1].from)
		t.replace(span{comma, comma + 1}, "")
	}
}

// textOf is the text of a scalar as package document reads it.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// comment returns the comment of a line with one key and value, with the spaces before it.
func comment(line string) string {
	quote := rune(0)
	before := ' '
	for i, c := range line {
		switch {
		case quote != 0:
			if c == quote && (quote != '"' || before != '\\') {
				quote = 0
			}
		case c == '"' || c == '\'':
			if strings.ContainsRune(" [{,:", before) {
				quote = c
			}
		case c == '#' && (before == ' ' || before == '\t'):
			head := strings.TrimRight(line[:i], " \t")
			return line[len(head):]
		}
		before = c
	}
	return ""
}
