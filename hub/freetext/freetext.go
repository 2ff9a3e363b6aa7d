// Package freetext cleans what agents type.
package freetext

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"traybell/hub/fail"
	"traybell/shared/protocol"
)

// Clean trims a text and replaces its control characters except line feeds. Characters that only
// hide or reorder others are removed, but not the joiners of scripts and emoji. A text of more than
// longest characters is an error, which names it: "comment".
func Clean(name, text string, longest int) (string, error) {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case c == '\u2028' || c == '\u2029':
			return '\n'
		case unicode.IsControl(c) && c != '\n':
			return ' '
		case unicode.Is(unicode.Cf, c) && c != '\u200c' && c != '\u200d':
			return -1
		}
		return c
	}, text))
	if utf8.RuneCountInString(text) > longest {
		return "", fail.New(protocol.TextTooLong, strconv.Itoa(longest)).
			Explain("The %s is longer than %d characters.", name, longest)
	}
	return text, nil
}
