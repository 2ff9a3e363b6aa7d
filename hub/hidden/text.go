package hidden

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"traybell/shared/protocol"
)

// Text returns a text as agents see it: without hidden numbers, in whatever notation.
func (b *Book) Text(text string) string {
	if !b.on() {
		return text
	}
	return b.mask(text, nil)
}

// Found reports whether a search that found fields finds them also as agents see them: a hidden
// number is not guessed digit by digit. Each word of the search is in one of the fields.
func (b *Book) Found(search string, fields ...string) bool {
	words := strings.Fields(strings.ToLower(search))
	if len(words) == 0 || !b.on() {
		return true
	}
	hidden := false
	seen := make([]string, len(fields))
	for i, field := range fields {
		seen[i] = b.mask(field, nil)
		hidden = hidden || seen[i] != field
		seen[i] = strings.ToLower(seen[i])
	}
	return !hidden || !slices.ContainsFunc(words, func(word string) bool {
		return !slices.ContainsFunc(seen, func(text string) bool { return strings.Contains(text, word) })
	})
}

// group is a run of digits in a text, and whether only what separates the digits of a number is
// between it and the one before.
type group struct {
	start, end int
	joined     bool
}

// mask replaces the hidden numbers in a text. Of those that are known, their ends are enough.
func (b *Book) mask(text string, known []string) string {
	var out strings.Builder
	done := 0
	groups := split(text)
	for j, last := range groups {
		of := ""
		for i := j; i >= 0 && len(of) < longest; i-- {
			of = text[groups[i].start:groups[i].end] + of
			if e, hidden := b.find(of); hidden || ends(known, of) {
				start := begin(text, groups, i, digits(e.key))
				out.WriteString(text[done:max(start, done)])
				out.WriteString(protocol.HiddenNumber)
				done = last.end
				break
			}
			if !groups[i].joined || groups[i].start < done {
				break
			}
		}
	}
	if done == 0 {
		return b.address(text)
	}
	return b.address(out.String() + text[done:])
}

// longest is more digits than a number has, with prefixes.
const longest = 24

// begin is where the number begins whose digits begin with a group: its country code or trunk prefix
// may be a group before.
func begin(text string, groups []group, i int, number string) int {
	if i > 0 && groups[i].joined {
		switch before := text[groups[i-1].start:groups[i-1].end]; {
		case before == "0", before == "8", before == "00", len(before) <= 3 && strings.HasPrefix(number, before):
			i--
		}
	}
	start := groups[i].start
	if plus(text, start) {
		start--
	}
	return start
}

func plus(text string, at int) bool { return at > 0 && text[at-1] == '+' }

// ends reports whether digits are one of the numbers, or the end of one.
func ends(numbers []string, of string) bool {
	for _, n := range numbers {
		if len(of) >= shortestEnd-1 && strings.HasSuffix(n, of) {
			return true
		}
	}
	return false
}

// split returns the runs of digits in a text.
func split(text string) (groups []group) {
	for at := 0; at < len(text); {
		if !digit(text[at]) {
			at++
			continue
		}
		g := group{start: at}
		for at < len(text) && digit(text[at]) {
			at++
		}
		g.end = at
		if n := len(groups); n > 0 {
			g.joined = separates(text[groups[n-1].end:g.start])
		}
		groups = append(groups, g)
	}
	return groups
}

// separates reports whether a text may be between the digits of a number.
func separates(text string) bool {
	if utf8.RuneCountInString(text) > 3 {
		return false
	}
	return strings.Trim(text, " -()./\u00a0\u2009\u2010\u2011\u2013") == ""
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// address returns a text, or nothing of a URL that has a hidden number in another way.
func (b *Book) address(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	plain, err := url.PathUnescape(text)
	if err != nil || plain == text || strings.Contains(plain, "%") {
		return text
	}
	if b.mask(plain, nil) != plain {
		return ""
	}
	return text
}
