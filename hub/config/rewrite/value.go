package rewrite

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Value is what a key has: a text, a word such as true, a list of texts, a section, or a list of
// sections.
type Value struct {
	of       kind
	text     string
	list     []string
	pairs    []Pair
	sections [][]Pair
}

// kind is what a value is.
type kind int

const (
	aText kind = iota
	aWord
	aList
	aSection
	aListOfSections
)

// String is a text.
func String(text string) Value { return Value{text: text} }

// Word is a value that YAML does not read as a text, such as true or 3.
func Word(word string) Value { return Value{of: aWord, text: word} }

// List is a list of texts.
func List(texts []string) Value { return Value{of: aList, list: texts} }

// Nested joins pairs whose keys begin with the same words, with dots between them, into sections.
func Nested(pairs []Pair) (joined []Pair) {
	for _, p := range pairs {
		head, rest, dotted := strings.Cut(p.Key, ".")
		if !dotted {
			joined = append(joined, p)
			continue
		}
		i := slices.IndexFunc(joined, func(j Pair) bool { return j.Key == head })
		if i < 0 {
			i = len(joined)
			joined = append(joined, Pair{head, Value{of: aSection}})
		}
		joined[i].Value.pairs = append(joined[i].Value.pairs, Pair{rest, p.Value})
	}
	for i := range joined {
		joined[i].Value.pairs = Nested(joined[i].Value.pairs)
	}
	return joined
}

// Pair is a key with its value.
type Pair struct {
	Key   string
	Value Value
}

// String is the pair on one line.
func (p Pair) String() string { return p.Key + ": " + p.Value.line() }

// line is the value on one line.
func (v Value) line() string {
	var texts []string
	switch v.of {
	case aText:
		return scalar(v.text)
	case aWord:
		return v.text
	case aSection:
		return inBrackets(v.pairs)
	case aList:
		texts = scalars(v.list)
	case aListOfSections:
		for _, pairs := range v.sections {
			texts = append(texts, inBrackets(pairs))
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// plainScalar matches strings that need no quotes in YAML.
var plainScalar = regexp.MustCompile(`^\p{L}[\p{L}\p{M}\p{N}_.@-]*( [\p{L}\p{M}\p{N}_.@-]+)*$`)

func scalar(text string) string {
	if plainScalar.MatchString(text) && !slices.Contains([]string{
		"true", "false", "null", "yes", "no", "on", "off", "y", "n",
	}, strings.ToLower(text)) {
		return text
	}
	return inQuotes(text)
}

// inQuotes quotes a text as JSON does, which YAML reads.
func inQuotes(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string, to memory
	return strings.TrimSuffix(b.String(), "\n")
}

// like is a text on one line, in the quotes of the value in its place.
func like(was, text string) string {
	switch {
	case strings.HasPrefix(was, "'") && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case strings.HasPrefix(was, `"`):
		return inQuotes(text)
	}
	return scalar(text)
}

// block returns the header and the lines of a text of several lines; ok is false if it has one line
// or needs quotes.
func (v Value) block() (header string, lines []string, ok bool) {
	text, ended := strings.CutSuffix(v.text, "\n")
	if v.of != aText || !strings.Contains(v.text, "\n") || text == "" || strings.ContainsAny(text[:1], " \n") ||
		strings.HasSuffix(text, "\n") || strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && !unicode.IsPrint(r)
	}) {
		return "", nil, false
	}
	header = "|-"
	if ended {
		header = "|"
	}
	return header, strings.Split(text, "\n"), true
}

// lines returns a pair as lines at an indentation.
func (p Pair) lines(indent int) []string {
	space := strings.Repeat(" ", indent)
	switch p.Value.of {
	case aSection:
		return append([]string{space + p.Key + ":"}, linesOf(p.Value.pairs, indent+2)...)
	case aListOfSections:
		lines := []string{space + p.Key + ":"}
		for _, pairs := range p.Value.sections {
			lines = append(lines, Entry(indent+2, pairs)...)
		}
		return lines
	default:
	}
	header, text, ok := p.Value.block()
	if !ok {
		return []string{space + p.String()}
	}
	return append([]string{space + p.Key + ": " + header}, indented(text, indent+2)...)
}

// indented indents the lines that are not empty.
func indented(lines []string, indent int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			out[i] = strings.Repeat(" ", indent) + line
		}
	}
	return out
}

// inBrackets returns pairs as a section on one line.
func inBrackets(pairs []Pair) string {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = p.String()
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// Entry returns the lines of an entry of a list, whose dash is at a column.
func Entry(column int, pairs []Pair) []string {
	var out []string
	for _, p := range pairs {
		out = append(out, p.lines(column+2)...)
	}
	if len(out) > 0 {
		out[0] = strings.Repeat(" ", column) + "- " + out[0][column+2:]
	}
	return out
}

// keyOf is a name as a key.
func keyOf(name string) string {
	if plainKey.MatchString(name) {
		return name
	}
	return inQuotes(name)
}

var plainKey = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_-]*$`)
