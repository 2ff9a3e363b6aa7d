package document

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Limits for hub.yml, far above any real file. The parser is recursive and keeps a few hundred
// bytes per mark: 200,000 nested brackets would exhaust the memory.
const (
	maxDepth    = 32      // nested sections; ours have five levels
	maxMarks    = 400_000 // brackets, commas, quotes, colons and lines; 10,000 agents need 300,000
	maxKeys     = 5_000   // per section: the parser takes quadratic time
	maxProblems = 100     // listed per file
)

// tooMuch rejects texts with too many marks before the parser reads them.
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
		Text: fmt.Sprintf("not a hub.yml: %d lines, brackets, commas and quotes, the maximum is %d", marks, maxMarks),
	}
}

// tooDeep finds sections, lists or brackets that are nested too deeply, and sections with too many
// keys.
func tooDeep(file string, tokens token.Tokens) *Problem {
	var open []opened // the open brackets, or the sections around this line
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
			text = fmt.Sprintf("more than %d nested sections or lists; a bracket is probably not closed, or a line "+
				"is indented too far", maxDepth)
		case len(open) > 0 && open[len(open)-1].keys > maxKeys:
			text = fmt.Sprintf("this section has more than %d keys", maxKeys)
		default:
			continue
		}
		return &Problem{File: file, Line: line, Column: max(1, t.Position.Column), Text: text}
	}
	return nil
}

// opened is an indented section or an open bracket.
type opened struct {
	bracket token.Type // 0: indented
	column  int
	keys    int
}

// begin handles the first token of a line, which ends the sections with more indentation.
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
