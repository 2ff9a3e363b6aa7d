package phone

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dialable reports whether a directory's field, parsed by Numbers, contains a number that can be
// dialled in some region. Empty fields, a single hyphen, words for no number ("unknown", "n/a"),
// addresses (sip:sales@example.com) and names of phones (alice101) are not errors: it returns true
// for them.
func Dialable(field string) bool {
	if plain(field) || strings.Contains(field, "@") {
		return true
	}
	text := undress(field)
	if Absent(text) || !hasSubstance(text) || isAccount(text) {
		return true
	}
	var anywhere Reader // no region: only the digits count
	for _, n := range anywhere.Numbers(field) {
		if strings.Trim(n.Local, "+*#0123456789") == "" {
			return true
		}
	}
	return false
}

// plain reports whether a field consists of digits and grouping characters only, as nearly all do.
func plain(field string) bool {
	digits := 0
	for i := range len(field) {
		switch c := field[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c != ' ' && c != '+' && c != '-' && c != '(' && c != ')':
			return false
		}
	}
	return digits >= minStored && len(field) <= maxLength
}

// isAccount reports whether text looks like the name of an internal phone: a letter first, and
// digits in the same word.
func isAccount(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(first) && strings.ContainsAny(text, "0123456789") && !strings.ContainsFunc(text,
		unicode.IsSpace)
}
