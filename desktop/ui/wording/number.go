package wording

import (
	"cmp"

	"traybell/assets/translations"
	"traybell/shared/protocol"
)

// Number is the first form of a number that the hub has sent, with a word for one that it hides.
func Number(texts *translations.Texts, forms ...string) string {
	shown := cmp.Or(forms...)
	if shown == protocol.HiddenNumber {
		return texts.Say("card.hidden")
	}
	return shown
}
