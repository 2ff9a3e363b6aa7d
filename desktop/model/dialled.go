package model

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// The schemes of phone links: tel (RFC 3966), and the older callto.
const (
	SchemeTel    = "tel"
	SchemeCallto = "callto"
)

const (
	longestAddress = 1024 // bytes
	longestNumber  = 32   // characters: fifteen digits (E.164) and what a PBX takes in front
)

// The errors of Dialled. They are for the log; the agent reads one sentence for all.
var (
	ErrNotDialled   = errors.New("not a tel: or callto: address")
	ErrLongAddress  = errors.New("address too long")
	ErrControl      = errors.New("control characters in the number")
	ErrNoDigits     = errors.New("no digits in the number")
	ErrNotANumber   = errors.New("letters or signs that no phone number has")
	ErrLongNumber   = errors.New("number too long")
	ErrBadEscape    = errors.New("bad % escape in the number")
	errPlusInMiddle = errors.New("a + inside the number")
)

// Dialled parses an address such as tel:+7-495-123-45-67 or callto:84951234567 and returns the
// number to dial: digits, *, # and a leading +. Grouping and parameters (;phone-context=, ;ext=,
// ?call) are dropped; anything else is refused, as links are not trusted and half a number is worse
// than none.
func Dialled(address string) (string, error) {
	if len(address) > longestAddress {
		return "", ErrLongAddress
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(address), ":")
	if !ok || !slices.Contains([]string{SchemeTel, SchemeCallto}, strings.ToLower(scheme)) {
		return "", ErrNotDialled
	}
	rest = strings.TrimPrefix(rest, "//")
	if i := strings.IndexAny(rest, ";?"); i >= 0 {
		rest = rest[:i]
	}
	text, err := url.PathUnescape(rest)
	if err != nil {
		return "", ErrBadEscape
	}
	var number strings.Builder
	for _, c := range strings.TrimSuffix(strings.TrimSpace(text), "/") {
		switch {
		case c >= '0' && c <= '9', c == '*', c == '#':
			number.WriteRune(c)
		case c == '+':
			if number.Len() > 0 {
				return "", errPlusInMiddle
			}
			number.WriteRune(c)
		case unicode.IsControl(c) || c == unicode.ReplacementChar:
			return "", ErrControl
		case !strings.ContainsRune("()[]-./~ \u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2212", c):
			return "", ErrNotANumber
		}
	}
	switch {
	case !strings.ContainsAny(number.String(), "0123456789"):
		return "", ErrNoDigits
	case number.Len() > longestNumber:
		return "", ErrLongNumber
	}
	return number.String(), nil
}

// Written groups a number for reading: those of Russia and North America in their usual form,
// others in threes after the country code. A table of all numbering plans would be a fifth of the
// program.
func Written(number string) string {
	digits := strings.TrimPrefix(number, "+")
	if strings.Trim(digits, "0123456789") != "" {
		return number // a code such as *21*… has no groups
	}
	national := len(digits) == 11
	switch {
	case national && (strings.HasPrefix(number, "+7") || strings.HasPrefix(number, "8")):
		return number[:len(number)-10] + " " + digits[1:4] + " " + digits[4:7] + "-" + digits[7:9] + "-" + digits[9:]
	case national && strings.HasPrefix(number, "+1"):
		return "+1 " + digits[1:4] + " " + digits[4:7] + "-" + digits[7:]
	case strings.HasPrefix(number, "+") && len(digits) > 6:
		code := countryCode(digits)
		return "+" + code + " " + threes(digits[len(code):])
	case len(digits) > 5:
		return threes(digits)
	}
	return number
}

// countryCode is the country code of an international number (ITU-T E.164): 1 and 7 have one digit,
// those below two, the rest three.
func countryCode(digits string) string {
	const two = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 " +
		"81 82 84 86 90 91 92 93 94 95 98 "
	switch {
	case digits[0] == '1' || digits[0] == '7':
		return digits[:1]
	case strings.Contains(two, digits[:2]+" "):
		return digits[:2]
	}
	return digits[:3]
}

// threes groups digits by three, the last four together if needed.
func threes(digits string) string {
	var groups []string
	for len(digits) > 4 {
		groups, digits = append(groups, digits[:3]), digits[3:]
	}
	return strings.Join(append(groups, digits), " ")
}
