package directory

import (
	"math/bits"
	"strconv"
	"strings"

	"traybell/shared/phone"
)

// key has the digits of a number from the last to the first, four bits each, so that numbers with
// the same end are adjacent in order. A digit is 1 to 10; 0 ends the number. A key has the last
// fifteen digits, the maximum of E.164. The lowest four bits are the kind of the number.
type key uint64

const (
	public   key = 1 // E.164
	local    key = 2 // incomplete or mistyped
	internal key = 3 // an extension
	kinds    key = 15

	keyDigits = 15
)

func makeKey(digits string, kind key) key {
	var k key
	kept := 0
	for i := len(digits) - 1; i >= 0 && kept < keyDigits; i-- {
		k = k<<4 | key(digits[i]-'0'+1)
		kept++
	}
	return k<<(4*(keyDigits-kept)+4) | kind
}

// shared returns the number of common digits at the end of two numbers.
func (k key) shared(other key) int {
	same := keyDigits
	if differ := (k ^ other) &^ kinds; differ != 0 {
		same = bits.LeadingZeros64(uint64(differ)) / 4
	}
	return min(same, k.digits(), other.digits())
}

func (k key) digits() int {
	if k&^kinds == 0 {
		return 0
	}
	return keyDigits - (bits.TrailingZeros64(uint64(k&^kinds))/4 - 1)
}

// text returns the digits of the number.
func (k key) text() string {
	digits := make([]byte, k.digits())
	k &^= kinds
	for i := range digits {
		digits[len(digits)-1-i] = byte('0' + k>>(4*keyDigits) - 1)
		k <<= 4
	}
	return string(digits)
}

// first returns the first digit: of an E.164 number the part of the world.
func (k key) first() key {
	return k >> (4 * (keyDigits + 1 - k.digits())) & 15
}

// suffix returns the range [from, to) of the keys with the same last digits.
func (k key) suffix(digits int) (from, to key) {
	step := key(1) << (4 * (keyDigits + 1 - digits))
	from = k &^ (step - 1)
	return from, from + step
}

// keyOf returns the key of a number, or a name if the number is a name of the PBX. ok is false for
// a withheld number.
func keyOf(n phone.Number) (k key, name string, ok bool) {
	switch {
	case n.E164 != "":
		return makeKey(n.Key()[1:], public), "", true
	case n.Kind == phone.Internal && digitsOnly(n.Local):
		return makeKey(n.Local, internal), "", true
	case n.Kind == phone.Internal:
		return 0, n.Local, n.Local != ""
	case n.Kind == phone.External && digitsOnly(strings.TrimPrefix(n.Local, "+")):
		return makeKey(strings.TrimPrefix(n.Local, "+"), local), "", true
	case n.Kind == phone.External:
		return 0, n.Local, n.Local != ""
	}
	return 0, "", false
}

func digitsOnly(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// packExtension returns the digits after a 1: "012" is 1012; 0: none.
func packExtension(digits string) uint32 {
	if digits == "" || len(digits) > 8 {
		return 0
	}
	packed, err := strconv.ParseUint("1"+digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(packed)
}
