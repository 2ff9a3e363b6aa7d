// Package masked masks phone numbers in a text. It is separate from package phone because the
// desktop does not need the numbering plans of all countries.
package masked

import (
	"regexp"
	"strings"
)

// telephone matches numbers of seven digits or more, written without spaces or grouped after a +.
// The first alternatives match Uniqueids and timestamps, which are not masked.
var telephone = regexp.MustCompile(`[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:]+)?|` +
	`\+[0-9](?:[ ()-]{0,2}[0-9]){6,}|[0-9]{7,}`)

// Numbers masks each phone number in a text except its first two and last two digits.
func Numbers(text string) string {
	return telephone.ReplaceAllStringFunc(text, func(found string) string {
		if strings.ContainsAny(found, ".") || len(found) > 7 && found[4] == '-' && found[7] == '-' {
			return found
		}
		digits := 0
		for _, r := range found {
			if '0' <= r && r <= '9' {
				digits++
			}
		}
		at := 0
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return r
			}
			at++
			if at > 2 && at <= digits-2 {
				return '*'
			}
			return r
		}, found)
	})
}
