package document

import (
	"bytes"
	"errors"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// parse returns the tree of a text for a struct. Its problems have their excerpts.
func parse(file string, text []byte, keys reflect.Type) (ast.Node, *source, *Problem) {
	if problem := tooMuch(file, text); problem != nil {
		return nil, nil, problem
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // the parser miscounts lines that end with \r\n
	src := newSource(file, text)
	tree, problem := tree(src, text, keys)
	if problem != nil {
		src.excerpt(problem)
		return nil, nil, problem
	}
	src.sections = sectionKeys(keys, map[string]bool{})
	src.hideSecrets(tree)
	src.parsed = true
	return tree, src, nil
}

func tree(src *source, text []byte, keys reflect.Type) (tree ast.Node, problem *Problem) {
	defer func() {
		// the parser may panic on invalid input
		if recover() != nil {
			tree, problem = nil, &Problem{File: src.file, Text: "not valid YAML"}
		}
	}()
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, &Problem{File: src.file, Text: "not a text file: it contains a zero byte; save it as UTF-8"}
	}
	if i := invalid(text); i >= 0 {
		src.hideUnread(AllKeys(keys))
		return nil, &Problem{
			File: src.file, Line: 1 + bytes.Count(text[:i], []byte{'\n'}), Column: 1,
			Text: "this line is not valid UTF-8; save the file as UTF-8",
		}
	}
	tokens := lexer.Tokenize(string(text))
	if problem := tooDeep(src.file, tokens); problem != nil {
		src.hideUnread(AllKeys(keys))
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		src.hideUnread(AllKeys(keys))
		p := &Problem{File: src.file, Text: "not valid YAML"}
		var failure yaml.Error
		if errors.As(err, &failure) {
			p.Text += ": " + src.scrubQuoted(src.scrub(short(failure.GetMessage()))) +
				"; check the indentation, quotes and brackets here and above"
			if t := failure.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, max(1, t.Position.Column)
				if src.tabbed(p.Line) {
					p.Text = "not valid YAML: the line is indented with a tab; use spaces"
				}
			}
		}
		return nil, p
	}
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if _, comment := document.Body.(*ast.CommentGroupNode); comment {
			continue
		}
		if tree != nil {
			src.hideSecrets(tree)
			src.hideSecrets(document.Body)
			p := &Problem{
				File: src.file,
				Text: "more than one document; remove the line --- and all that is not part of the configuration",
			}
			if t := document.Body.GetToken(); t != nil && t.Position != nil {
				p.Line, p.Column = t.Position.Line, 1
			}
			return nil, p
		}
		tree = document.Body
	}
	if tree == nil {
		return nil, &Problem{File: src.file, Text: "the file is empty; start with a copy of hub.example.yml"}
	}
	return tree, nil
}

// invalid returns the offset of the first invalid UTF-8, or -1.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
