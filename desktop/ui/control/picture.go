package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Picture is an icon on a 24 × 24 grid in the text's colour, for what the theme lacks.
func Picture(name, paths string) *theme.ThemedResource {
	return theme.NewThemedResource(fyne.NewStaticResource(name+".svg",
		[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+paths+`</svg>`)))
}
