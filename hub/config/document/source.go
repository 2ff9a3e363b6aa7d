package document

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// source is the text of the file, the positions of its keys, and its secrets.
type source struct {
	file    string
	lines   [][]rune
	places  map[string]place   // by key
	texts   map[string]written // values that are texts, by key
	hidden  map[int][]span     // by line, from 1
	secrets []string           // longest first
	known   map[string]bool    // secrets and guessed; true: one of secrets
	guessed []string           // values that may be secrets, those of unknown keys; longest first
	mixed   bool               // secrets and guessed are not sorted
	parsed  bool               // hidden has all secrets
	hooks   bool               // hideSecrets is in the section Webhooks

	sections map[string]bool // keys of lists of sections
}

type place struct{ line, column int }

// span is [from, to) in characters from 0.
type span struct{ from, to int }

// toEnd is beyond the end of every line.
const toEnd = 1 << 30

func newSource(file string, text []byte) *source {
	s := &source{
		file: file, places: map[string]place{}, texts: map[string]written{}, hidden: map[int][]span{},
		known: map[string]bool{},
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		s.lines = append(s.lines, []rune(strings.TrimSuffix(line, "\r")))
	}
	return s
}

// problem locates a text at a key, or at the nearest section around it.
func (s *source) problem(key, text string) Problem {
	p := Problem{File: s.file, Key: key, Text: s.scrubText(text)}
	for at := key; at != ""; at = parent(at) {
		if found, ok := s.places[at]; ok {
			p.Line, p.Column = found.line, found.column
			break
		}
	}
	return p
}

// problemIn locates a text at a character of the key's value, from 0.
func (s *source) problemIn(key string, at int, text string) Problem {
	p := s.problem(key, text)
	if found, ok := s.inside(key, at); ok {
		p.Line, p.Column = found.line, found.column
	}
	return p
}

// parent of a.b[1].c is a.b[1], then a.b, then a, then "".
func parent(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

var (
	secretKey = regexp.MustCompile(`(?i)pass|pasw|pwd|secret|dsn|token|credential|private`)

	// secretText finds "password: …" in text that is not parsed: comments, invalid files, values
	secretText = regexp.MustCompile(`(?i)([\w-]*(?:pass|pasw|pwd|secret|dsn|token|credential)[\w-]*` +
		`["']?[ \t]*[:=][ \t]*)(\S.*)`)
	userInfo = regexp.MustCompile(`://[^/\s@]*@`)
	// urlPath finds the path of a URL in text that is not parsed
	urlPath = regexp.MustCompile(`(?i)(\burl["']?[ \t]*:[ \t]*["']?[\w+.-]+://[^/?#\s"']*)[/?#][^\s"',}\]]+`)
	host    = regexp.MustCompile(`^(?:[^/?#]*://)?[^/?#]*`)
	anyKey  = regexp.MustCompile(`([\w-]+)["']?[ \t]*:(?:[ \t]+|$)`)
	hash    = regexp.MustCompile(`\$argon2[^\s"']*`)
)

// isSecret reports whether a key's name means a secret.
func isSecret(key string) bool {
	return secretKey.MatchString(key) && !strings.HasSuffix(key, "_file")
}

// hideText masks what looks like a secret in a text.
func hideText(text string) string {
	text = userInfo.ReplaceAllString(text, "://"+stars+"@")
	text = hash.ReplaceAllString(text, stars)
	m := secretText.FindStringSubmatchIndex(text)
	if m == nil {
		return text
	}
	name := strings.TrimRight(text[m[2]:m[3]], "\"' \t:=")
	value := text[m[4]:m[5]]
	switch {
	case strings.HasSuffix(name, "_file"):
		return text[:m[3]] + hideText(value)
	case strings.HasPrefix(value, stars):
		return text[:m[4]] + stars + hideText(value[len(stars):])
	}
	return text[:m[4]] + stars
}

// scrub replaces the known secrets in a text.
func (s *source) scrub(text string) string {
	s.order()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, stars)
	}
	return text
}

// quoted is a text from the file in a problem; see Quote.
var quoted = regexp.MustCompile(`"[^"\n]*"`)

// scrubText replaces the known secrets in a text about the file, and what may be one in its quotes.
func (s *source) scrubText(text string) string {
	return quoted.ReplaceAllStringFunc(s.scrub(text), s.scrubQuoted)
}

// scrubQuoted replaces what may be a secret in a text from the file.
func (s *source) scrubQuoted(text string) string {
	s.order()
	for _, guess := range s.guessed {
		text = strings.ReplaceAll(text, guess, stars)
	}
	return text
}

// remember adds a secret and each of its lines for scrub, except very short ones, which would
// garble all texts.
func (s *source) remember(text string) {
	for _, part := range append(strings.Split(text, "\n"), text) {
		if part = strings.TrimSpace(part); len(part) >= 4 && !s.known[part] {
			s.known[part], s.mixed = true, true
			s.secrets = append(s.secrets, part)
		}
	}
}

// guess adds a value that may be a secret, as remember does. Such a value may be any word, so it is
// masked only in what is quoted from the file.
func (s *source) guess(text string) {
	for _, part := range append(strings.Split(text, "\n"), text) {
		if part = strings.TrimSpace(part); len(part) >= 4 {
			if _, found := s.known[part]; !found {
				s.known[part], s.mixed = false, true
				s.guessed = append(s.guessed, part)
			}
		}
	}
}

// order sorts the secrets. After loading they are sorted, so any goroutine may call scrub.
func (s *source) order() {
	if s.mixed {
		longest := func(a, b string) int { return len(b) - len(a) }
		slices.SortStableFunc(s.secrets, longest)
		slices.SortStableFunc(s.guessed, longest)
		s.mixed = false
	}
}

// hide masks a secret and everything in it.
func (s *source) hide(n ast.Node) { s.mask(n, s.remember) }

// hideUnknown masks what may be a secret, and everything in it.
func (s *source) hideUnknown(n ast.Node) { s.mask(n, s.guess) }

// mask masks a value and everything in it, and notes its texts.
func (s *source) mask(n ast.Node, note func(text string)) {
	switch n := n.(type) {
	case nil, *ast.AliasNode:
	case *ast.MappingNode:
		for _, v := range n.Values {
			s.mask(v.Value, note)
		}
	case *ast.MappingValueNode:
		s.mask(n.Value, note)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			s.mask(v, note)
		}
	case *ast.AnchorNode:
		s.mask(n.Value, note)
	case *ast.TagNode:
		s.mask(n.Value, note)
	case *ast.LiteralNode:
		if n.Value != nil {
			note(n.Value.Value)
			s.hideToken(n.Start, n.Value.GetToken())
		}
	default:
		if t := n.GetToken(); t != nil {
			note(t.Value)
			s.hideToken(t, t)
		}
	}
}

// hideToken masks from the start of first to the start of the token after last.
func (s *source) hideToken(first, last *token.Token) {
	if first == nil || last == nil || first.Position == nil {
		return
	}
	endLine, endColumn := len(s.lines)+1, 1
	if next := last.Next; next != nil && next.Position != nil {
		endLine, endColumn = next.Position.Line, max(1, next.Position.Column)
	}
	line, column := first.Position.Line, max(1, first.Position.Column)
	if endLine <= line {
		// only a comma is between two hidden values: a long list is one span
		if spans := s.hidden[line]; len(spans) > 0 && spans[len(spans)-1].to <= column-1 &&
			column-1 <= spans[len(spans)-1].to+2 {
			spans[len(spans)-1].to = endColumn - 1
			return
		}
		s.hidden[line] = append(s.hidden[line], span{column - 1, endColumn - 1})
		return
	}
	s.hidden[line] = append(s.hidden[line], span{column - 1, toEnd})
	for line++; line < endLine; line++ {
		s.hidden[line] = append(s.hidden[line], span{0, toEnd})
	}
	s.hidden[endLine] = append(s.hidden[endLine], span{0, endColumn - 1})
}

// hideSecrets masks the values of all secret keys of a document.
func (s *source) hideSecrets(n ast.Node) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			s.hideSecrets(v)
		}
	case *ast.MappingValueNode:
		if t := n.Key.GetToken(); t != nil && isSecret(t.Value) {
			s.hideValue(n.Value, s.sections[t.Value])
			return
		}
		if t := n.Key.GetToken(); t != nil && t.Value == "url" {
			s.hidePath(n.Value)
			return
		}
		before := s.hooks
		s.hooks = before || n.Key.GetToken() != nil && n.Key.GetToken().Value == Webhooks
		defer func() { s.hooks = before }()
		s.hideSecrets(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			s.hideSecrets(v)
		}
	case *ast.AnchorNode:
		s.hideSecrets(n.Value)
	case *ast.TagNode:
		s.hideSecrets(n.Value)
	}
}

// Webhooks is the section whose URLs are secrets: with the path, anyone may send events.
const Webhooks = "webhooks"

// hidePath masks the query of a URL, and the path of one of a webhook.
func (s *source) hidePath(n ast.Node) {
	t := n.GetToken()
	if t == nil || t.Position == nil || t.Position.Line > len(s.lines) {
		return
	}
	host := public(t.Value, s.hooks)
	path := len([]rune(t.Value[len(host):]))
	if path < 2 {
		return
	}
	line, column := s.lines[t.Position.Line-1], max(0, t.Position.Column-1)
	before, _, here := strings.Cut(string(line[min(column, len(line)):]), t.Value)
	if !here { // it is written in another way
		s.hideToken(t, t)
		return
	}
	from := column + len([]rune(before+host))
	s.hidden[t.Position.Line] = append(s.hidden[t.Position.Line], span{from + 1, from + path})
}

// public returns what of a URL may be shown.
func public(url string, webhook bool) string {
	if webhook {
		return host.FindString(url)
	}
	before, _, _ := strings.Cut(url, "?")
	return before
}

// PublicURL returns a URL of a section with stars for what is secret.
func PublicURL(url string, webhook bool) string {
	if shown := public(url, webhook); len(url) > len(shown)+1 {
		return shown + url[len(shown):len(shown)+1] + stars
	}
	return url
}

// hideValue masks the value of a secret key. A section, and a list of them, may hold secrets, but
// is none.
func (s *source) hideValue(n ast.Node, section bool) {
	list, ok := n.(*ast.SequenceNode)
	if !ok || !section {
		s.hide(n)
		return
	}
	for _, v := range list.Values {
		switch v.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			s.hideSecrets(v)
		default:
			s.hide(v)
		}
	}
}

// hideUnread masks secrets in a file that is not valid YAML: everything after a secret or unknown
// key, up to the next line with a key.
func (s *source) hideUnread(known map[string]bool) {
	hiding := false
	for i, line := range s.lines {
		text := string(line)
		if hiding {
			s.hidden[i+1] = append(s.hidden[i+1], span{0, toEnd})
		}
		for _, m := range anyKey.FindAllStringSubmatchIndex(text, -1) {
			name := text[m[2]:m[3]]
			at := len([]rune(text[:m[1]]))
			if hiding = isSecret(name) || !known[name]; hiding {
				s.hidden[i+1] = append(s.hidden[i+1], span{at, toEnd})
				if value := strings.Trim(text[m[1]:], " \t\"'"); isSecret(name) {
					s.remember(value)
				} else {
					s.guess(value)
				}
				break
			}
			s.hidden[i+1] = nil
		}
	}
}

// tabbed reports whether a line is indented with a tab, which YAML does not allow.
func (s *source) tabbed(line int) bool {
	if line < 1 || line > len(s.lines) {
		return false
	}
	text := string(s.lines[line-1])
	return strings.Contains(text[:len(text)-len(strings.TrimLeft(text, " \t"))], "\t")
}

// excerpt sets the excerpt of a problem: the line before, the line, and a marker under the column.
func (s *source) excerpt(p *Problem) {
	if p.Line < 1 || p.Line > len(s.lines) {
		return
	}
	width := len(strconv.Itoa(p.Line))
	var b strings.Builder
	write := func(number, text string) {
		b.WriteString("  ")
		b.WriteString(strings.Repeat(" ", width-len(number)) + number)
		b.WriteString(strings.TrimRight(" | "+text, " "))
		b.WriteString("\n")
	}
	if p.Line > 1 {
		text, _ := s.shown(p.Line-1, 1)
		write(strconv.Itoa(p.Line-1), text)
	}
	text, marker := s.shown(p.Line, p.Column)
	write(strconv.Itoa(p.Line), text)
	write("", strings.Repeat(" ", marker)+"^")
	p.Excerpt = strings.TrimSuffix(b.String(), "\n")
}

// masked returns a line without secrets, and the new position of a column, from 0.
func (s *source) masked(line, column int) (clean []rune, marker int) {
	source := s.lines[line-1]
	var out []rune
	masked := false
	for i, r := range source {
		if i == column-1 {
			marker = len(out)
		}
		blank := r == ' ' || r == '\t'
		if s.isHidden(line, i) && (masked || !blank) {
			if !masked {
				out = append(out, []rune(stars)...)
			}
			masked = true
			continue
		}
		masked = false
		if !strconv.IsPrint(r) {
			r = ' '
		}
		out = append(out, r)
	}
	if column > len(source) {
		marker = len(out)
	}
	hide := func(text []rune) []rune {
		hidden := hideText(string(text))
		if !s.parsed {
			hidden = urlPath.ReplaceAllString(hidden, "$1/"+stars)
		}
		return []rune(s.scrubQuoted(s.scrub(hidden)))
	}
	return hide(out), len(hide(out[:marker]))
}

// shown returns a line without secrets, shortened, and the new position of a column, from 0.
func (s *source) shown(line, column int) (text string, marker int) {
	const before, most = 100, 150
	clean, marker := s.masked(line, column)
	from := max(0, marker-before)
	if from > len(clean) {
		from = len(clean)
	}
	to := min(len(clean), from+most)
	text = string(clean[from:to])
	if from > 0 {
		text = "…" + string(clean[from+1:to])
	}
	if to < len(clean) {
		text += "…"
	}
	return text, min(marker-from, len([]rune(text)))
}

func (s *source) isHidden(line, i int) bool {
	return slices.ContainsFunc(s.hidden[line], func(h span) bool { return h.from <= i && i < h.to })
}
