package helpdesk

import "strings"

// Mentions reports whether a text contains an id that is not part of a longer one: "main:1.2" is not
// in "main:1.25".
func Mentions(text, id string) bool {
	for rest := text; id != ""; {
		i := strings.Index(rest, id)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(id):]
		if !inID(before, len(before)-1) && !inID(after, 0) && (!strings.HasPrefix(after, ".") || !inID(after, 1)) {
			return true
		}
		rest = rest[i+1:]
	}
	return false
}

// inID reports whether the byte at an index belongs to an id. A dot may also end a sentence.
func inID(text string, at int) bool {
	if at < 0 || at >= len(text) {
		return false
	}
	c := text[at]
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == ':' || c == '-' || c == '_'
}
