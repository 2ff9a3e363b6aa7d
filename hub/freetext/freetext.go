// Package freetext cleans what agents type.
package freetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/fail"
)

// Clean trims a text and replaces its control characters except line feeds. A text of more than
// longest characters is an error, which names it: "comment".
func Clean(name, text string, longest int) (string, error) {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			return ' '
		}
		return c
	}, text))
	if utf8.RuneCountInString(text) > longest {
		return "", fail.New(fail.Invalid, "The %s is longer than %d characters.", name, longest)
	}
	return text, nil
}
