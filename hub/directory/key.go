package directory

import (
	"math/bits"
	"strconv"
	"strings"

	"traybell/shared/phone"
)

// key is a number's digits from the last to the first, four bits each, so that numbers with the
// same end stand side by side. A digit is kept as 1 to 10, 0 means that the number is over. Fifteen
// digits are kept, the most that E.164 allows; of a longer one the last fifteen. The lowest four
// bits say how the number is to be understood.
type key uint64

const (
	public   key = 1 // E.164
	local    key = 2 // could not be read: a part of a number, or a mistyped one
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

// shared counts the digits that two numbers have in common at their ends.
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

// first is the number's first digit: of an E.164 one, its part of the world.
func (k key) first() key {
	return k >> (4 * (keyDigits + 1 - k.digits())) & 15
}

// suffix is the least key that ends as k does in so many digits, and the least behind all of those.
func (k key) suffix(digits int) (from, to key) {
	step := key(1) << (4 * (keyDigits + 1 - digits))
	from = k &^ (step - 1)
	return from, from + step
}

// keyOf returns what a number is found by; name is set instead where it is a name of the house. ok
// is false for a withheld number.
func keyOf(n phone.Number) (k key, name string, ok bool) {
	switch {
	case n.E164 != "":
		return makeKey(n.E164[1:], public), "", true
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
