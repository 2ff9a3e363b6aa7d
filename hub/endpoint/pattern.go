package endpoint

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// An entry of trunks and extensions is a name, such as 701 or mango-office, or a pattern: * is any
// text, ? any character, and x any digit in an entry of digits and x: 7xx. With a technology, such
// as DAHDI/i*, it is only for endpoints of that technology.

// isPattern reports whether an entry may stand for several endpoints.
func isPattern(entry string) bool {
	return strings.ContainsAny(entry, "*?") || shapedPattern(entry) && !isDigits(entry)
}

// shapedPattern matches 7xx, 7XX and 701.
func shapedPattern(entry string) bool {
	return entry != "" && strings.Trim(entry, "0123456789xX") == "" && strings.ContainsAny(entry, "0123456789")
}

// pattern is an entry that may match several endpoints.
type pattern struct {
	entry  string
	inside bool
	match  *regexp.Regexp
	weight int // how exact it is
}

func newPattern(entry string, inside bool) pattern {
	p := pattern{entry: entry, inside: inside}
	digits := shapedPattern(entry)
	var expression strings.Builder
	for _, c := range entry {
		switch {
		case c == '*':
			expression.WriteString(".*")
		case c == '?':
			expression.WriteString(".")
			p.weight++
		case digits && (c == 'x' || c == 'X'):
			expression.WriteString("[0-9]")
			p.weight++
		default:
			expression.WriteString(regexp.QuoteMeta(string(c)))
			p.weight += 2
		}
	}
	p.match = regexp.MustCompile("^(?s:" + expression.String() + ")$")
	return p
}

// matches reports whether an entry for name or for its technology matches.
func (p pattern) matches(n Name) bool {
	if strings.Contains(p.entry, "/") {
		return p.match.MatchString(n.String())
	}
	return p.match.MatchString(n.Endpoint)
}

// exactFirst sorts patterns so that the first match decides: the more exact one, then trunks.
func exactFirst(patterns []pattern) {
	slices.SortStableFunc(patterns, func(a, b pattern) int { return cmp.Compare(b.weight, a.weight) })
}
