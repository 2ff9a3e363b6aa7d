// Package masked makes telephone numbers in a text unreadable. It stands alone, as the desktop
// needs no more of numbers than this: package phone reads them, and brings the numbering plans of
// the whole world.
package masked

import (
	"regexp"
	"strings"
)

// telephone finds what is a number of seven digits or more, written in one or after a + in groups.
// The first alternatives are Uniqueids and moments, which are left alone.
var telephone = regexp.MustCompile(`[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:]+)?|\+[0-9](?:[ ()-]{0,2}[0-9]){6,}|[0-9]{7,}`)

// Numbers leaves of each telephone number in a text the first two and the last two digits.
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
