package control

import (
	"traybell/desktop/ui/wording"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Wrapped is a text on as many lines as it takes.
func Wrapped(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// Lead is a bold sentence, the first of a window or a step.
func Lead(text string) *widget.Label {
	l := Wrapped(text)
	l.TextStyle.Bold = true
	return l
}

// Heading is the title of a group.
func Heading(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.TextStyle.Bold = true
	return l
}

// Fingerprint shows a fingerprint with eight bytes per line.
func Fingerprint(title, fingerprint string) fyne.CanvasObject {
	text := widget.NewLabel(wording.Fingerprint(fingerprint))
	text.TextStyle.Monospace = true
	text.Selectable = true
	return Tight(Caption(title), text)
}
