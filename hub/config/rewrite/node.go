package rewrite

import (
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// mapping is a section of keys.
type mapping struct {
	flow   bool // in brackets
	span        // with the brackets
	column int  // of the keys, from 0, unless flow
	end    int  // the line after its last key, unless flow
	pairs  []pair
}

// pair is a key and its value.
type pair struct {
	name  string
	key   span
	value span // empty if there is none
	node  ast.Node
	from  int // its lines
	to    int
}

// list is a sequence.
type list struct {
	flow  bool
	span  // with the brackets
	items []item
}

// item is an entry of a list.
type item struct {
	span     // of its value
	node     ast.Node
	from, to int // its lines, from that of the dash
	dash     int // its column, from 0
}

// pairsOf returns the pairs of a mapping; ok is false for any other node.
func pairsOf(n ast.Node) (pairs []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func isFlow(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.IsFlowStyle
	case *ast.SequenceNode:
		return n.IsFlowStyle
	}
	return false
}

// mapping reads a section, which ends before a line.
func (f *file) mapping(n ast.Node, until int) mapping {
	values, _ := pairsOf(n)
	m := mapping{flow: isFlow(n)}
	if m.flow {
		m.span = f.brackets(n)
	}
	for i, v := range values {
		token := v.Key.GetToken()
		key := f.at(token.Position)
		p := pair{name: token.Value, key: span{key, f.keyEnd(key)}, node: v.Value, from: f.line(key)}
		if i == 0 {
			m.column = token.Position.Column - 1
		}
		colon := f.at(v.Start.Position) + 1
		if f.err != nil {
			return m
		}
		end := until
		if i+1 < len(values) {
			end = values[i+1].Key.GetToken().Position.Line - 1
		}
		p.to = max(p.from+1, f.last(p.from+1, end))
		if !m.flow {
			p.to = max(p.to, f.textEnd(v.Value, end, m.column))
		}
		p.value = f.value(v.Value, colon, p.to, m.flow)
		m.pairs = append(m.pairs, p)
		m.end = p.to
	}
	return m
}

// keyEnd is the end of a key.
func (f *file) keyEnd(from int) int {
	if from < len(f.body) && (f.body[from] == '"' || f.body[from] == '\'') {
		return f.scalarEnd(from, true)
	}
	if n := strings.IndexByte(f.body[from:], ':'); n >= 0 {
		return from + len(strings.TrimRight(f.body[from:from+n], " \t"))
	}
	f.fail("a key has no colon")
	return from
}

// textEnd is the line after a node whose last value is a block of text, which may look like a
// comment; 0 for any other node.
func (f *file) textEnd(n ast.Node, until, column int) int {
	switch n := n.(type) {
	case *ast.LiteralNode:
		return f.literalEnd(f.line(f.at(n.Start.Position)), until, column)
	case *ast.MappingNode, *ast.MappingValueNode:
		if values, _ := pairsOf(n); !isFlow(n) && len(values) > 0 {
			last := values[len(values)-1]
			return f.textEnd(last.Value, until, last.Key.GetToken().Position.Column-1)
		}
	case *ast.SequenceNode:
		if len(n.Entries) > 0 && !n.IsFlowStyle {
			last := n.Entries[len(n.Entries)-1]
			return f.textEnd(last.Value, until, last.Start.Position.Column-1)
		}
	}
	return 0
}

// literalEnd is the line after a block of text whose header is in a line.
func (f *file) literalEnd(header, until, column int) int {
	to := header + 1
	for line := to; line < min(until, len(f.starts)); line++ {
		switch {
		case f.blank(line):
		case f.indent(line) > column:
			to = line + 1
		default:
			return to
		}
	}
	return to
}

// value is the span of a value after a colon or dash; it ends before a line at the latest.
func (f *file) value(n ast.Node, after, until int, flow bool) span {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		rest := strings.TrimLeft(f.body[after:f.end(f.line(after))], " \t")
		from := f.end(f.line(after)) - len(rest)
		for _, word := range []string{"null", "Null", "NULL", "~"} {
			if strings.HasPrefix(rest, word) {
				return span{from, from + len(word)}
			}
		}
		return span{after, after}
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		if isFlow(n) {
			return f.brackets(n)
		}
		return span{f.start(n), f.end(until - 1)}
	case *ast.LiteralNode:
		return span{f.at(n.Start.Position), f.end(until - 1)}
	}
	from := f.start(n)
	to := f.scalarEnd(from, flow)
	if c := f.body[min(from, len(f.body)-1)]; !flow && c != '"' && c != '\'' && f.line(from) < until-1 {
		last := until - 1 // a plain text of several lines
		to = f.scalarEnd(f.offset(last)+f.indent(last), false)
	}
	return span{from, to}
}

// start is where a node begins.
func (f *file) start(n ast.Node) int {
	if pairs, ok := pairsOf(n); ok && !isFlow(n) && len(pairs) > 0 {
		return f.at(pairs[0].Key.GetToken().Position)
	}
	if token := n.GetToken(); token != nil {
		at := f.at(token.Position)
		for at < len(f.body) && f.body[at] == '\t' { // the parser counts it as a part of the value
			at++
		}
		// Blanks after a plain text move its position to the right.
		if _, isText := n.(ast.ScalarNode); isText && strings.IndexByte(`"'|>`, f.body[min(at, len(f.body)-1)]) < 0 {
			text, _, _ := strings.Cut(token.Value, "\n")
			for back := at; back > f.offset(f.line(at)); back-- {
				if strings.HasPrefix(f.body[back:], text) {
					return back
				}
			}
		}
		return at
	}
	f.fail("a value has no position")
	return 0
}

// brackets is the span of a list or section in brackets.
func (f *file) brackets(n ast.Node) span {
	var s span
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.Start != nil && n.End != nil {
			s = span{f.at(n.Start.Position), f.at(n.End.Position) + 1}
		}
	case *ast.SequenceNode:
		if n.Start != nil && n.End != nil {
			s = span{f.at(n.Start.Position), f.at(n.End.Position) + 1}
		}
	}
	if s.to <= s.from || strings.IndexByte("[{", f.body[s.from]) < 0 || strings.IndexByte("]}", f.body[s.to-1]) < 0 {
		f.fail("brackets are not closed")
		return span{}
	}
	return s
}

// list reads a list, which ends before a line.
func (f *file) list(n *ast.SequenceNode, until int) list {
	l := list{flow: n.IsFlowStyle}
	if l.flow {
		l.span = f.brackets(n)
		for _, v := range n.Values {
			if v == nil || reflect.ValueOf(v).IsNil() {
				f.fail("an entry is empty")
				return l
			}
			from := f.start(v)
			s := span{from, 0}
			if isFlow(v) {
				s = f.brackets(v)
			} else {
				s.to = f.scalarEnd(from, true)
			}
			l.items = append(l.items, item{span: s, node: v, from: f.line(from), to: f.line(max(s.to-1, 0)) + 1})
		}
		return l
	}
	for i, e := range n.Entries {
		dash := f.at(e.Start.Position)
		to := until
		if i+1 < len(n.Entries) {
			to = n.Entries[i+1].Start.Position.Line - 1
		}
		if f.err != nil || e.Value == nil || reflect.ValueOf(e.Value).IsNil() {
			f.fail("an entry is empty")
			return l
		}
		it := item{node: e.Value, from: f.line(dash), dash: e.Start.Position.Column - 1}
		it.to = max(it.from+1, f.last(it.from+1, to))
		it.to = max(it.to, f.textEnd(e.Value, to, it.dash))
		it.span = f.value(e.Value, dash+1, it.to, false)
		l.items = append(l.items, it)
	}
	return l
}

// within extends an entry's lines by the comments below that are indented more than its column.
func (f *file) within(to, column int) int {
	for to < len(f.starts) && f.comment(to) && f.indent(to) > column {
		to++
	}
	return to
}

// above returns the first of the comment lines directly above a line, at the same column.
func (f *file) above(line, column, least int) int {
	for line > least && f.comment(line-1) && f.indent(line-1) == column {
		line--
	}
	return line
}
