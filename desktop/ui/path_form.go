package ui

import (
	"traybell/assets/translations"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// PathActions are what the buttons do, on Fyne's goroutine.
type PathActions struct {
	// with what stands in the field; where it fails, the window says so and stays
	Take   func(path string) (failure string)
	Browse func(chosen func(path string))
	Close  func()
}

// NewPathForm asks for a file, whose path can be typed. What is the button's name.
func NewPathForm(texts *translations.Texts, what, path string, do PathActions) fyne.CanvasObject {
	entry, failed := widget.NewEntry(), newNote()
	entry.SetText(path)
	entry.CursorColumn = len([]rune(path))
	entry.OnChanged = func(string) { failed.say("", theme.ColorNameError) }
	browse := widget.NewButtonWithIcon(texts.Say("path.browse"), theme.FolderOpenIcon(), func() {
		do.Browse(entry.SetText)
	})
	take := widget.NewButtonWithIcon(what, theme.ConfirmIcon(), func() {
		failed.say(do.Take(entry.Text), theme.ColorNameError)
	})
	take.Importance = widget.HighImportance
	return container.NewBorder(nil,
		container.NewHBox(layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), do.Close), take), nil, nil,
		container.NewVBox(label(texts.Say("path.file")),
			tight(container.NewBorder(nil, nil, nil, browse, entry), failed)))
}
