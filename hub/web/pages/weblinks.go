package pages

import (
	"regexp"
	"strings"
)

// webPart is a part of a text: plain, or an address on the web.
type webPart struct {
	Text string
	Link bool
}

var webAddress = regexp.MustCompile(`\bhttps?://[^\s<>"']+`)

// webParts splits a text into its addresses and what is between them. The mark at the end of a sentence
// is not part of an address.
func webParts(text string) (parts []webPart) {
	for text != "" {
		at := webAddress.FindStringIndex(text)
		if at == nil {
			return append(parts, webPart{Text: text})
		}
		if at[0] > 0 {
			parts = append(parts, webPart{Text: text[:at[0]]})
		}
		address := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)")
		parts = append(parts, webPart{Text: address, Link: true})
		text = text[at[0]+len(address):]
	}
	return parts
}
