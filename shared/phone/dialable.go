package phone

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dialable tells whether a directory's field, as Numbers reads it, has a number in it that can be
// dialled, of whatever region. An empty field, a lone hyphen, the words for a withheld number
// ("unknown"), addresses (sip:sales@example.com) and names of phones (alice101) are nobody's
// mistake and count as if they had one.
func Dialable(field string) bool {
	if plain(field) || strings.Contains(field, "@") {
		return true
	}
	text := undress(field)
	if withheld[strings.ToLower(text)] || !hasSubstance(text) || isAccount(text) {
		return true
	}
	var anywhere Reader // of no region: whether there are digits enough is the same in all
	for _, n := range anywhere.Numbers(field) {
		if strings.Trim(n.Local, "+*#0123456789") == "" {
			return true
		}
	}
	return false
}

// plain tells whether a field is nothing but digits and what groups them, as nearly all are.
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

// isAccount tells whether text is named as a phone of the house may be: a letter first, and digits
// in the same word.
func isAccount(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(first) && strings.ContainsAny(text, "0123456789") && !strings.ContainsFunc(text,
		unicode.IsSpace)
}
