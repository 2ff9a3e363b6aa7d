package dialplan

import (
	"regexp"
	"strings"

	"traybell/shared/phone"
)

// patternParts are the characters of a dialplan pattern after its "_".
var patternParts = regexp.MustCompile(`\[[^\]]*\]|.`)

// International returns what a number or pattern of Allowed without a plus has to be, since numbers are
// compared in international form: "_+7XXXXXXXXXX" for "_8XXXXXXXXXX" in Russia. It is empty if the pattern
// matches no valid number, such as that of short numbers, or has a plus already.
func International(read *phone.Reader, pattern string) string {
	body, isPattern := strings.CutPrefix(pattern, "_")
	if pattern == "*" || strings.HasPrefix(body, "+") {
		return ""
	}
	parts := strings.Split(body, "")
	open := []int{0} // how many digits . or ! at the end may stand for
	if isPattern {
		parts = patternParts.FindAllString(body, -1)
		if n := len(parts); n > 0 && (parts[n-1] == "." || parts[n-1] == "!") {
			open = nil
			for _, digits := range []int{11, 10, 12, 9, 13, 8, 7} { // most numbers as dialled have 11
				if digits >= n {
					open = append(open, digits-n+1)
				}
			}
		}
	}
	for _, more := range open {
		for _, fill := range []string{"9", "4951234567", "2125550123", "301234567", "2", "5"} {
			if meant := as(read, parts, isPattern, fill, more); meant != "" {
				if isPattern {
					return "_" + meant
				}
				return meant
			}
		}
	}
	return ""
}

// as reads an example of a pattern, whose wildcards are the digits of fill in turn, and returns the
// international form of the pattern if the example is a valid number.
func as(read *phone.Reader, parts []string, isPattern bool, fill string, more int) string {
	var example strings.Builder
	next := 0
	digit := func() {
		example.WriteByte(fill[next%len(fill)])
		next++
	}
	for i, p := range parts {
		switch {
		case !isPattern || len(p) == 1 && p >= "0" && p <= "9":
			example.WriteString(p)
		case strings.ContainsAny(p[:1], "XxZzNn"):
			digit()
		case p[0] == '[' && len(p) > 2:
			example.WriteByte(p[1])
		case i == len(parts)-1 && strings.ContainsAny(p, ".!"):
			for range more {
				digit()
			}
		default:
			return ""
		}
	}
	number := read.Typed(example.String()).E164
	// the end that the form of the example shares with the number stays as in the pattern
	same := 0
	for same < example.Len() && same < len(number) &&
		example.String()[example.Len()-1-same] == number[len(number)-1-same] {
		same++
	}
	fixed := example.Len() - same // digits that are written in another way
	if number == "" || fixed > len(parts) {
		return ""
	}
	for _, p := range parts[:fixed] {
		if isPattern && (p < "0" || p > "9" || len(p) > 1) {
			return "" // they are not the same for all numbers of the pattern
		}
	}
	return number[:len(number)-same] + strings.Join(parts[fixed:], "")
}
