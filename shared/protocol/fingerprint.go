package protocol

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Fingerprint is the SHA-256 of a DER certificate in upper-case hex with colons, as in browsers and
// openssl.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// SameFingerprint compares two fingerprints, ignoring case, colons and spaces.
func SameFingerprint(a, b string) bool {
	plain := strings.NewReplacer(":", "", " ", "", "\n", "", "\t", "")
	a, b = plain.Replace(a), plain.Replace(b)
	return a != "" && strings.EqualFold(a, b)
}
