package setup

import (
	"traybell/assets/translations"
	"traybell/desktop/ui/control"

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

// NewPath asks for a file path. what is the title of the button.
func NewPath(texts *translations.Texts, what, path string, do PathActions) fyne.CanvasObject {
	entry, failed := widget.NewEntry(), control.NewNote()
	entry.SetText(path)
	entry.CursorColumn = len([]rune(path))
	entry.OnChanged = func(string) { failed.Set("", theme.ColorNameError) }
	browse := widget.NewButtonWithIcon(texts.Say("path.browse"), theme.FolderOpenIcon(), func() {
		do.Browse(entry.SetText)
	})
	take := widget.NewButtonWithIcon(what, theme.ConfirmIcon(), func() {
		failed.Set(do.Take(entry.Text), theme.ColorNameError)
	})
	take.Importance = widget.HighImportance
	return container.NewBorder(nil,
		container.NewHBox(layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), do.Close), take), nil, nil,
		container.NewVBox(widget.NewLabel(texts.Say("path.file")),
			control.Tight(container.NewBorder(nil, nil, nil, browse, entry), failed)))
}
