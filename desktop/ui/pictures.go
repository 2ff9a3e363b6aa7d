package ui

import (
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2/theme"
)

// Icons of a call's direction: down for incoming, up for outgoing, both ways for internal, a
// bouncing arrow for missed, a bent one for answered elsewhere.
func incomingPicture() *theme.ThemedResource {
	return control.Picture("incoming", `<path fill="#000000" d="M19.1 3.5 20.5 4.9 9.4 16H17v2H6V7h2v7.6z"/>`)
}

func outgoingPicture() *theme.ThemedResource {
	return control.Picture("outgoing", `<path fill="#000000" d="M4.9 20.5 3.5 19.1 14.6 8H7V6h11v11h-2V9.4z"/>`)
}

func internalPicture() *theme.ThemedResource {
	return control.Picture("internal", `<path fill="#000000" d="M7 6 1.5 11.5 7 17V13h10v4l5.5-5.5L17 6v4H7z"/>`)
}

func missedPicture() *theme.ThemedResource {
	return control.Picture("missed", `<path fill="#000000" d="M19.6 6.4 12 14 6.4 8.4H10v-2H3v7h2V9.8l7 7 9-9z"/>`)
}

func elsewherePicture() *theme.ThemedResource {
	return control.Picture("elsewhere",
		`<path fill="#000000" d="M14 3v4.5h-1C8 7.5 5 11 5 16v5h2v-5c0-4 2.2-6.5 6-6.5h1V14l6-5.5z"/>`)
}
