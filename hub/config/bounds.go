package config

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Bounds of what hub.yml may be made of, far above any honest file. The parser is recursive and
// keeps a few hundred bytes for every mark: two hundred thousand brackets in each other would take
// all memory there is.
const (
	maxDepth    = 32      // sections in sections; ours are five deep
	maxMarks    = 400_000 // brackets, commas, quotes, colons and lines: ten thousand agents have three quarters of that
	maxKeys     = 5_000   // of one section: the parser's time grows with their square
	maxProblems = 100     // told of one file
)

// tooMuch refuses a text that is made of too many pieces, before anything looks at them.
func tooMuch(file string, text []byte) *Problem {
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "]", "{", "}", `"`, "'", ": ", "- ", "? ", "!", "&", "*"} {
		marks += bytes.Count(text, []byte(mark))
	}
	if marks <= maxMarks {
		return nil
	}
	return &Problem{
		File: file,
		Text: fmt.Sprintf("this cannot be a hub.yml: it has %d lines, brackets, commas and quotes, where %d are the "+
			"most",
			marks, maxMarks),
	}
}

// tooDeep finds where sections, lists or brackets stand too deep in each other, or a section has
// too many keys.
func tooDeep(file string, tokens token.Tokens) *Problem {
	var open []opened // the brackets that are not closed, or else the sections around this line
	marks, line := 0, 0
	for _, t := range tokens {
		if t.Position == nil {
			continue
		}
		if t.Position.Line != line {
			line, marks = t.Position.Line, 0
			if len(open) == 0 || open[len(open)-1].bracket == 0 {
				open = begin(open, t)
			}
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open = append(open, opened{bracket: t.Type})
		case token.SequenceEndType, token.MappingEndType:
			if len(open) > 0 && open[len(open)-1].bracket != 0 {
				open = open[:len(open)-1]
			}
		case token.CollectEntryType:
			if len(open) > 0 && open[len(open)-1].bracket == token.MappingStartType {
				open[len(open)-1].keys++
			}
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			marks++
		default:
		}
		var text string
		switch {
		case len(open) > maxDepth || marks > maxDepth:
			text = fmt.Sprintf("more than %d sections or lists stand in each other here, which no key of hub.yml "+
				"wants; a bracket was probably not closed, or a line is indented too far",
				maxDepth)
		case len(open) > 0 && open[len(open)-1].keys > maxKeys:
			text = fmt.Sprintf("this section has more than %d keys, which is more than any section of hub.yml can have",
				maxKeys)
		default:
			continue
		}
		return &Problem{File: file, Line: line, Column: max(1, t.Position.Column), Text: text}
	}
	return nil
}

// opened is a section of lines, or what a bracket opened.
type opened struct {
	bracket token.Type // 0: lines
	column  int
	keys    int
}

// begin takes a line's first token: it ends the sections that are indented further.
func begin(open []opened, t *token.Token) []opened {
	if t.Type == token.CommentType {
		return open
	}
	for len(open) > 0 && open[len(open)-1].column > t.Position.Column {
		open = open[:len(open)-1]
	}
	if len(open) == 0 || open[len(open)-1].column < t.Position.Column {
		open = append(open, opened{column: t.Position.Column})
	}
	if t.Type != token.SequenceEntryType {
		open[len(open)-1].keys++
	} else {
		open[len(open)-1].keys = 0
	}
	return open
}
