package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// NumberActions are called by the buttons, on Fyne's goroutine.
type NumberActions struct {
	Copy  func()
	CID   func() // nil: no such link
	Close func()
}

// NewNumber creates the window for a tel: link with the formatted number. Enter copies it.
func NewNumber(texts *translations.Texts, number string, do NumberActions) fyne.CanvasObject {
	shown := widget.NewLabel(number)
	shown.SizeName, shown.TextStyle.Bold = theme.SizeNameHeadingText, true
	shown.Selectable, shown.Truncation = true, fyne.TextTruncateEllipsis
	dup := widget.NewButtonWithIcon(texts.Say("button.copy"), theme.ContentCopyIcon(), nil)
	dup.OnTapped = func() {
		do.Copy()
		dup.SetText(texts.Say("card.copied"))
	}
	dup.Importance = widget.HighImportance
	buttons := container.NewHBox(widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer())
	if do.CID != nil {
		buttons.Add(widget.NewButtonWithIcon(texts.Say("number.cid"), theme.SearchIcon(), do.CID))
	}
	buttons.Add(dup)
	return container.NewBorder(nil, buttons, nil, nil, control.Tight(shown, control.Wrapped(texts.Say("number.what"))))
}
