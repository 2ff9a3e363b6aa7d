package protocol

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Fingerprint is the SHA-256 of a certificate in DER, in upper-case hex with colons, as browsers
// and openssl show it. Desktops pin it.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// SameFingerprint compares two fingerprints as people copy them: in either case, with colons,
// spaces or neither.
func SameFingerprint(a, b string) bool {
	plain := strings.NewReplacer(":", "", " ", "", "\n", "", "\t", "")
	a, b = plain.Replace(a), plain.Replace(b)
	return a != "" && strings.EqualFold(a, b)
}
