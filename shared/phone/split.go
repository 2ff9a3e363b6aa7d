package phone

import (
	"regexp"
	"strings"
	"unicode"
)

// minStored is the least number of digits of a number among others in a field: the 68 in
// "123-45-67/68" is a second line, not a number.
const minStored = 3

// Numbers parses a directory's field that may contain several numbers, separated by commas,
// semicolons, bars, slashes or line breaks. A field that is a single number is not split:
// "030/1234567", "+7 495 123-45-67, доб. 12". Words next to a number ("моб.", "(secretary)") are
// removed, parts without a number left out. CallerID rules are not applied, and Display is empty.
func (r *Reader) Numbers(field string) []Number {
	if len(field) > 20*maxLength {
		field = strings.ToValidUTF8(field[:20*maxLength], "")
	}
	terse := Reader{region: r.region, code: r.code, trunk: r.trunk, terse: true}
	return terse.numbers(nil, field, []string{"\r\n", ";|", ",", "/"})
}

// numbers parses text or, if it is not a single number, its parts between the first separators.
func (r *Reader) numbers(found []Number, text string, separators []string) []Number {
	text = strings.TrimFunc(text, blank)
	if text == "" {
		return found
	}
	if len(separators) == 0 || !strings.ContainsAny(text, strings.Join(separators, "")) {
		n := r.Read(bareText(text))
		if n.Kind == Withheld || n.Kind == External && n.E164 == "" && countDigits(n.Local) < minStored {
			return found
		}
		return append(found, n)
	}
	if n := r.Read(bareText(text)); n.E164 != "" && !r.list(text) {
		return append(found, n)
	}
	parts := glue(strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(separators[0], c) }))
	if len(parts) == 1 {
		return r.numbers(found, parts[0], separators[1:])
	}
	for _, part := range parts {
		if countDigits(digits(part)) >= minStored {
			found = r.numbers(found, part, separators[1:])
		}
	}
	return found
}

// list reports whether text with slashes is several numbers although it can be parsed as one: each
// part is a valid number.
func (r *Reader) list(text string) bool {
	parts := strings.Split(text, "/")
	for _, part := range parts {
		if r.Read(part).E164 == "" {
			return false
		}
	}
	return len(parts) > 1
}

// extensionFirst matches a part that is only an extension.
var extensionFirst = regexp.MustCompile(
	`(?i)^[\s\p{Zs}(]*(?:ext|доб|вн|доп|dw|durchwahl|nst|nebenstelle|int|#|x|х)` +
		`[a-zа-я]*[.:=#\s\p{Zs}]*[0-9]{1,8}\)?[\s\p{Zs}]*$`,
)

// glue appends extensions to the numbers before them.
func glue(parts []string) []string {
	out := parts[:0]
	for _, part := range parts {
		if len(out) > 0 && extensionFirst.MatchString(part) {
			out[len(out)-1] += ";" + strings.TrimFunc(part, blank)
			continue
		}
		out = append(out, part)
	}
	return out
}

// labelled matches a number of at least six digits that is separated from the words around it.
var labelled = regexp.MustCompile(
	`(?:^|[\s\p{Zs}:.(])(\+?\(?[0-9][-0-9\s\p{Zs}().+/]{4,}[0-9])` +
		`(?:[\s\p{Zs};,]*(?i:(?:;ext=|ext|доб|вн|доп|dw|nst|int|#|x|х)[a-zа-я]*[.:=\s\p{Zs}]*([0-9]{1,8})))?` +
		`(?:$|[\s\p{Zs}(),:])`,
)

// bareText removes the words next to a stored number. Text without such words, URIs, names with
// digits (alice101) and text with further numbers are returned unchanged.
func bareText(text string) string {
	if !strings.ContainsFunc(text, unicode.IsLetter) || strings.ContainsAny(text, "@<") {
		return text
	}
	if number, _ := cutExtension(text); !strings.ContainsFunc(number, unicode.IsLetter) {
		return text
	}
	text = digits(text)
	found := labelled.FindStringSubmatch(text)
	if found == nil || countDigits(found[1]) <= maxInternal || countDigits(text)-countDigits(found[0]) >= minStored {
		return text
	}
	if found[2] != "" {
		return found[1] + ";ext=" + found[2]
	}
	return found[1]
}
