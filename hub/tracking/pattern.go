package tracking

import (
	"fmt"
	"strings"
)

// Patterns are those of Asterisk's dialplan. After "_", X matches 0 to 9, Z 1 to 9, N 2 to 9,
// [1-57] one of these digits, "." one or more characters and "!" any number of characters; both
// only at the end. See docs.asterisk.org, Configuration/Dialplan/Pattern-Matching.

// checkPattern returns what is wrong with a pattern.
func checkPattern(pattern string) error {
	rest := pattern[1:]
	for rest != "" {
		_, after, err := nextSet(rest)
		if err != nil {
			return err
		}
		if (rest[0] == '.' || rest[0] == '!') && after != "" {
			return fmt.Errorf("%q is only allowed at the end of a pattern", rest[:1])
		}
		rest = after
	}
	return nil
}

// Match reports whether a number matches a valid pattern.
func Match(pattern, number string) bool {
	rest := pattern[1:]
	for rest != "" {
		switch rest[0] {
		case '.':
			return number != ""
		case '!':
			return true
		}
		set, after, err := nextSet(rest)
		if err != nil || number == "" || !strings.Contains(set, number[:1]) {
			return false
		}
		rest, number = after, number[1:]
	}
	return number == ""
}

// nextSet returns the characters that the first element of a pattern matches, and the rest.
func nextSet(pattern string) (set, rest string, err error) {
	const digits = "0123456789"
	switch c := pattern[0]; c {
	case 'X', 'x':
		return digits, pattern[1:], nil
	case 'Z', 'z':
		return digits[1:], pattern[1:], nil
	case 'N', 'n':
		return digits[2:], pattern[1:], nil
	case '[':
		inside, after, closed := strings.Cut(pattern[1:], "]")
		if !closed || inside == "" {
			return "", "", fmt.Errorf("%q needs a closing bracket and something inside", pattern)
		}
		for i := 0; i < len(inside); i++ {
			if i+2 < len(inside) && inside[i+1] == '-' {
				if inside[i] > inside[i+2] {
					return "", "", fmt.Errorf("the range %q is reversed", inside[i:i+3])
				}
				for b := int(inside[i]); b <= int(inside[i+2]); b++ {
					set += string([]byte{byte(b)})
				}
				i += 2
				continue
			}
			set += inside[i : i+1]
		}
		return set, after, nil
	default:
		return pattern[:1], pattern[1:], nil
	}
}
