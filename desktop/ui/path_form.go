package ui

import (
	"traybell/assets/translations"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// PathActions are called by the buttons, on Fyne's goroutine.
type PathActions struct {
	// called with the typed path; a failure is shown in the window
	Take   func(path string) (failure string)
	Browse func(chosen func(path string))
	Close  func()
}

// NewPathForm asks for a file path. what is the title of the button.
func NewPathForm(texts *translations.Texts, what, path string, do PathActions) fyne.CanvasObject {
	entry, failed := widget.NewEntry(), newNote()
	entry.SetText(path)
	entry.CursorColumn = len([]rune(path))
	entry.OnChanged = func(string) { failed.set("", theme.ColorNameError) }
	browse := widget.NewButtonWithIcon(texts.Say("path.browse"), theme.FolderOpenIcon(), func() {
		do.Browse(entry.SetText)
	})
	take := widget.NewButtonWithIcon(what, theme.ConfirmIcon(), func() {
		failed.set(do.Take(entry.Text), theme.ColorNameError)
	})
	take.Importance = widget.HighImportance
	return container.NewBorder(nil,
		container.NewHBox(layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), do.Close), take), nil, nil,
		container.NewVBox(label(texts.Say("path.file")),
			tight(container.NewBorder(nil, nil, nil, browse, entry), failed)))
}
