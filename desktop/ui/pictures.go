package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// picture is an icon on a 24 × 24 grid in the text's colour, for what the theme lacks.
func picture(name, paths string) *theme.ThemedResource {
	return theme.NewThemedResource(fyne.NewStaticResource(name+".svg",
		[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+paths+`</svg>`)))
}

func lockPicture() *theme.ThemedResource {
	return picture("lock",
		`<path fill="#000000" d="M12 2a5 5 0 0 0-5 5v3H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-8`+
			`a2 2 0 0 0-2-2h-1V7a5 5 0 0 0-5-5zm0 2a3 3 0 0 1 3 3v3H9V7a3 3 0 0 1 3-3z"/>`)
}

// Icons of a call's direction: down for incoming, up for outgoing, both ways for internal, a
// bouncing arrow for missed, a bent one for answered elsewhere.
func incomingPicture() *theme.ThemedResource {
	return picture("incoming", `<path fill="#000000" d="M19.1 3.5 20.5 4.9 9.4 16H17v2H6V7h2v7.6z"/>`)
}

func outgoingPicture() *theme.ThemedResource {
	return picture("outgoing", `<path fill="#000000" d="M4.9 20.5 3.5 19.1 14.6 8H7V6h11v11h-2V9.4z"/>`)
}

func internalPicture() *theme.ThemedResource {
	return picture("internal", `<path fill="#000000" d="M7 6 1.5 11.5 7 17V13h10v4l5.5-5.5L17 6v4H7z"/>`)
}

func missedPicture() *theme.ThemedResource {
	return picture("missed", `<path fill="#000000" d="M19.6 6.4 12 14 6.4 8.4H10v-2H3v7h2V9.8l7 7 9-9z"/>`)
}

func elsewherePicture() *theme.ThemedResource {
	return picture("elsewhere",
		`<path fill="#000000" d="M14 3v4.5h-1C8 7.5 5 11 5 16v5h2v-5c0-4 2.2-6.5 6-6.5h1V14l6-5.5z"/>`)
}
