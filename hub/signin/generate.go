package signin

import (
	"crypto/rand"
	"strings"
)

// letters of generated passwords, without those that look alike.
const letters = "abcdefghjkmnpqrstuvwxyz23456789"

// Generate returns a password of twelve letters, 59 bits, in groups of four.
func Generate() string {
	var b strings.Builder
	var one [1]byte
	for n := 0; n < 12; {
		rand.Read(one[:]) // never fails
		if int(one[0]) >= 256/len(letters)*len(letters) {
			continue // keeps all letters equally likely
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(one[0])%len(letters)])
		n++
	}
	return b.String()
}
