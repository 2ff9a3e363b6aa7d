package model

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// The schemes of addresses that name a number to call: RFC 3966's tel, and callto, which pages
// wrote before there was one.
const (
	SchemeTel    = "tel"
	SchemeCallto = "callto"
)

// longestAddress is how much of an address is read, in bytes; longestNumber how many characters a
// number has at most. A number of the public network has fifteen digits (E.164), what a PBX takes
// in front of one a few more.
const (
	longestAddress = 1024
	longestNumber  = 32
)

// What can be wrong with an address that should name a number. They are for the log; the agent
// reads one sentence for all.
var (
	ErrNotDialled   = errors.New("not a tel: or callto: address")
	ErrLongAddress  = errors.New("longer than any number's address")
	ErrControl      = errors.New("control characters in a number")
	ErrNoDigits     = errors.New("no digits in the number")
	ErrNotANumber   = errors.New("letters or signs that no telephone has")
	ErrLongNumber   = errors.New("more digits than a number has")
	ErrBadEscape    = errors.New("a broken % in the number")
	errPlusInMiddle = errors.New("a + inside the number")
)

// Dialled reads an address such as tel:+7-495-123-45-67 or callto:84951234567 and returns what is
// dialled: digits, *, # and a leading +. What only groups the digits is taken out; parameters
// (;phone-context=, ;ext=, ?call) are left aside. Anything else in it is refused: what a page wrote
// as a link is not to be trusted, and half a number is worse than none.
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

// Written groups a dialled number for people to read: numbers of Russia and North America as they
// are written there, others in threes behind the country's code. It needs no table of the world's
// numbering plans, which would be a fifth of the program.
func Written(number string) string {
	digits := strings.TrimPrefix(number, "+")
	if strings.Trim(digits, "0123456789") != "" {
		return number // *21*… and the like mean something sign by sign
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

// countryCode is the beginning of an international number by ITU-T E.164's list: 1 and 7 stand
// alone, of the others those below have two digits, the rest three.
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

// threes groups digits by three; what would be a lone digit at the end stays with the group before
// it.
func threes(digits string) string {
	var groups []string
	for len(digits) > 4 {
		groups, digits = append(groups, digits[:3]), digits[3:]
	}
	return strings.Join(append(groups, digits), " ")
}
