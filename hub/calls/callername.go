package calls

import (
	"regexp"
	"strings"
	"unicode"

	"traybell/shared/phone"
)

var numberInText = regexp.MustCompile(`[+(]?\d[\d ().-]{5,}\d`)

// sameDigits is how many digits at the end two forms of a number have in common.
const sameDigits = 7

// callerName returns what a CallerID name says about the caller: nothing if it is only a number, as
// FreePBX sends it, or a word for no name. A prefix of the dialplan ("Sales:79161234567") stays
// without the number. A number stays if the CallerID has no other.
func callerName(name, number string) string {
	if name == "" {
		return ""
	}
	name = strings.TrimSpace(strings.Trim(strings.TrimSpace(plain(name)), `"`))
	if phone.Absent(name) {
		return ""
	}
	own := digitsOf(number)
	if own == "" {
		return name
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !saysName(name[i+1:]) {
		name = strings.TrimSpace(name[:i])
	}
	if !saysName(name) {
		return ""
	}
	if len(own) >= sameDigits && len(digitsOf(name)) >= sameDigits {
		end := own[len(own)-sameDigits:]
		without := numberInText.ReplaceAllStringFunc(name, func(found string) string {
			if strings.HasSuffix(digitsOf(found), end) {
				return " "
			}
			return found
		})
		if without != name {
			name = strings.Trim(strings.Join(strings.Fields(without), " "), " ,;:|/-<>()[]")
		}
	}
	return name
}

// saysName reports whether a text is more than a number or a word for no name.
func saysName(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if address, ok := strings.CutPrefix(text, "sip:"); ok {
		text, _, _ = strings.Cut(address, "@")
	}
	return !phone.Absent(text) && strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.Is(unicode.So, r)
	})
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
