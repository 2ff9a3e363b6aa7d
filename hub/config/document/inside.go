package document

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// written is where a value that is a text begins, how it is quoted, and what it is.
type written struct {
	place

	quote token.Type
	value string
}

// textAt notes where a text is.
func (s *source) textAt(key string, n ast.Node) {
	switch n := n.(type) {
	case *ast.StringNode:
		if t := n.Token; t != nil && t.Position != nil {
			s.texts[key] = written{place{t.Position.Line, max(1, t.Position.Column)}, t.Type, n.Value}
		}
	case *ast.LiteralNode:
		if n.Start != nil && n.Start.Position != nil && n.Value != nil {
			s.texts[key] = written{place{n.Start.Position.Line + 1, 1}, n.Start.Type, n.Value.Value}
		}
	}
}

// colon returns the text that YAML reads as a section in a flow, as in [09:00-18:00]; "" if it is one.
func (s *source) colon(n ast.Node) string {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) == 1 {
		n = m.Values[0]
	}
	m, ok := n.(*ast.MappingValueNode)
	if !ok {
		return ""
	}
	t := m.Key.GetToken()
	if t == nil || t.Position == nil || t.Position.Line > len(s.lines) {
		return ""
	}
	line := s.lines[t.Position.Line-1]
	return withColon.FindString(string(line[min(len(line), max(0, t.Position.Column-1)):]))
}

// withColon is a plain value with a colon.
var withColon = regexp.MustCompile(`^[\w.+-]+:[\w:.+-]+`)

// inside returns the place of a character of a text, from 0. YAML folds blanks and line breaks, but
// keeps all other characters in order: they are counted.
func (s *source) inside(key string, at int) (place, bool) {
	t, ok := s.texts[key]
	if !ok {
		return place{}, false
	}
	var last place
	before := 0
	end := len([]rune(strings.TrimRightFunc(t.value, unicode.IsSpace)))
	for i, r := range []rune(t.value) {
		if i < at && !unicode.IsSpace(r) {
			before++
		}
	}
	column := t.column - 1
	if t.quote == token.SingleQuoteType || t.quote == token.DoubleQuoteType {
		column++
	}
	for line := t.line; line <= len(s.lines); line++ {
		for runes := s.lines[line-1]; column < len(runes); column++ {
			if unicode.IsSpace(runes[column]) {
				continue
			}
			if before == 0 {
				return place{line, column + 1}, true
			}
			last = place{line, column + 2}
			before--
			if column+1 < len(runes) && (t.quote == token.DoubleQuoteType && runes[column] == '\\' ||
				t.quote == token.SingleQuoteType && runes[column] == '\'' && runes[column+1] == '\'') {
				column++ // two characters are one
			}
			if before == 0 && at >= end {
				return last, true
			}
		}
		column = 0
	}
	return place{}, false
}
