package wording

import "strings"

// Fingerprint formats a fingerprint ("AB:CD:…") with eight bytes per line.
func Fingerprint(f string) string {
	bytes := strings.Split(f, ":")
	var lines []string
	for len(bytes) > 8 {
		lines, bytes = append(lines, strings.Join(bytes[:8], " ")), bytes[8:]
	}
	return strings.Join(append(lines, strings.Join(bytes, " ")), "\n")
}
