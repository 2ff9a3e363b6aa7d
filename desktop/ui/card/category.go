package card

import (
	"fyne.io/fyne/v2"

	"traybell/shared/protocol"
)

// CategoryIcon is a category's picture as it is on cards, for windows: told apart by its shape as well as by its colour.
func CategoryIcon(of protocol.Color, onDark bool) fyne.Resource {
	p := light
	if onDark {
		p = dark
	}
	icon, shade := category(p, of)
	return icons{}.get(icon, shade, p.surface)
}
