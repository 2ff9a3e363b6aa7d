package roster

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// keys of an agent in the order of writing.
var keys = []string{"login", "name", "extensions", "password", "teams", "rights"}

// value returns the value of a key as YAML; empty: omit the key.
func (a *planned) value(key string) string {
	switch key {
	case "login":
		return scalar(a.want.Login)
	case "name":
		return scalar(a.want.Name)
	case "extensions":
		quoted := make([]string, len(a.want.Extensions)) // so that 0101 and 1e2 stay strings
		for i, e := range a.want.Extensions {
			quoted[i] = inQuotes(e)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case "password":
		return inQuotes(a.want.Password.Reveal())
	case "teams":
		return names(a.want.Teams)
	case "rights":
		return names(a.want.Rights)
	}
	return ""
}

func names(list []string) string {
	if len(list) == 0 {
		return ""
	}
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = scalar(n)
	}
	return "[" + strings.Join(out, ", ") + "]"
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

// entry returns an agent as YAML, one line per key or in brackets. passwordFile is the value in the
// file.
func (a *planned) entry(indent, passwordFile string, flow bool) []string {
	var pairs []string
	for _, key := range keys {
		value := a.value(key)
		if key == "password" && a.want.PasswordFile != "" && passwordFile != "" {
			key, value = "password_file", scalar(passwordFile)
		}
		if value != "" && (key != "name" || a.want.Name != a.want.Login) {
			pairs = append(pairs, key+": "+value)
		}
	}
	if flow {
		return []string{indent + "- {" + strings.Join(pairs, ", ") + "}"}
	}
	for i := range pairs {
		if i == 0 {
			pairs[i] = indent + "- " + pairs[i]
		} else {
			pairs[i] = indent + "  " + pairs[i]
		}
	}
	return pairs
}

// change returns the edits of an existing agent.
func (a *planned) change(s section, e entry) []edit {
	if isFlow(e.node) {
		return []edit{a.changeFlow(s, e)}
	}
	pairs := pairsOf(e.node)
	var edits []edit
	var more []string
	indent := strings.Repeat(" ", e.dash+2)
	for _, key := range a.what {
		value := a.value(key)
		if value == "" {
			value = "[]"
		}
		n := slices.IndexFunc(pairs, func(v *ast.MappingValueNode) bool {
			name := v.Key.GetToken().Value
			return name == key || key == "password" && name == "password_file"
		})
		if n < 0 {
			if len(pairs) > 0 {
				indent = strings.Repeat(" ", pairs[0].Key.GetToken().Position.Column-1)
			}
			more = append(more, indent+key+": "+value)
			continue
		}
		at := pairs[n].Key.GetToken().Position
		from, until := at.Line-1, e.end
		if n+1 < len(pairs) {
			until = pairs[n+1].Key.GetToken().Position.Line - 1
		}
		to := max(from+1, s.lastOf(from, until))
		line := []rune(strings.TrimSuffix(s.lines[from], "\r"))
		text := string(line[:at.Column-1]) + key + ": " + value
		if to == from+1 {
			text += comment(string(line[at.Column-1:]))
		}
		edits = append(edits, edit{from, to, []string{text}})
	}
	if len(more) > 0 {
		edits = append(edits, edit{e.end, e.end, more})
	}
	slices.SortStableFunc(edits, func(x, y edit) int { return x.from - y.from })
	return edits
}

// changeFlow rewrites an agent in brackets and keeps the text before and after them.
func (a *planned) changeFlow(s section, e entry) edit {
	m := e.node.(*ast.MappingNode) // see isFlow
	first := []rune(s.lines[m.Start.Position.Line-1])
	before := string(first[:m.Start.Position.Column-1])
	inside := a.entry("", written(e.node, "password_file"), true)[0]
	text := before + strings.TrimPrefix(inside, "- ")
	if m.End != nil && m.End.Position.Line == e.end {
		last := []rune(strings.TrimSuffix(s.lines[e.end-1], "\r"))
		text += string(last[min(m.End.Position.Column, len(last)):])
	}
	lines := []string{text}
	if from := m.Start.Position.Line - 1; from > e.start { // the dash is on an earlier line
		return edit{from, e.end, lines}
	}
	return edit{e.start, e.end, lines}
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
