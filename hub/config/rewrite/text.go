// Package rewrite changes entries in the text of a YAML file: those of a list, such as agents, and
// the named ones of a section, such as ticket_templates. All other bytes stay: comments, order,
// quotes, indentation, line ends. It knows the text alone; the caller parses the result to verify
// that it says what was meant.
package rewrite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// ErrUnsafe means that a file has a form that this package cannot change.
var ErrUnsafe = errors.New("this form of YAML cannot be changed safely")

// Text is a YAML file with changes that are not applied yet. All of them refer to the file as it
// was parsed.
type Text struct {
	file
	bom    string
	ending string
	root   mapping
	edits  []edit
}

// span is [from, to) in bytes.
type span struct{ from, to int }

// edit replaces a span.
type edit struct {
	span
	with string // with \n
}

// Parse reads a file that package document accepts.
func Parse(text []byte) (t *Text, err error) {
	body := strings.TrimPrefix(string(text), "\ufeff")
	t = &Text{bom: string(text[:len(text)-len(body)]), ending: "\n", file: file{body: body, starts: []int{0}}}
	if i := strings.IndexByte(body, '\n'); i > 0 && body[i-1] == '\r' {
		t.ending = "\r\n"
	}
	for i := range len(body) {
		if body[i] == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	defer func() {
		if recover() != nil { // the parser may panic on invalid input
			err = ErrUnsafe
		}
	}()
	// the parser miscounts lines that end with \r\n
	file, err := parser.ParseBytes([]byte(strings.ReplaceAll(body, "\r\n", "\n")), 0)
	if err != nil {
		return nil, err
	}
	for _, doc := range file.Docs {
		switch doc.Body.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			t.root = t.mapping(doc.Body, len(t.starts))
		}
	}
	return t, t.err
}

// Bytes returns the text with all changes.
func (t *Text) Bytes() ([]byte, error) {
	if t.err != nil {
		return nil, t.err
	}
	slices.SortStableFunc(t.edits, func(a, b edit) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var b strings.Builder
	b.WriteString(t.bom)
	at := 0
	for _, e := range t.edits {
		if e.from < at {
			return nil, fmt.Errorf("%w: two changes of one place", ErrUnsafe)
		}
		b.WriteString(t.body[at:e.from])
		b.WriteString(strings.ReplaceAll(e.with, "\n", t.ending))
		at = e.to
	}
	b.WriteString(t.body[at:])
	return []byte(b.String()), nil
}

// replace plans to replace a span.
func (t *Text) replace(s span, with string) { t.edits = append(t.edits, edit{s, with}) }

// insert plans to insert lines before a line.
func (t *Text) insert(line int, lines []string) {
	with := strings.Join(lines, "\n") + "\n"
	if line < len(t.starts) && (t.starts[line] < len(t.body) || strings.HasSuffix(t.body, "\n")) {
		t.replace(span{t.starts[line], t.starts[line]}, with)
		return
	}
	end := len(t.body)
	if end > 0 && t.body[end-1] != '\n' { // the last line has no end
		with = "\n" + strings.TrimSuffix(with, "\n")
	}
	t.replace(span{end, end}, with)
}
