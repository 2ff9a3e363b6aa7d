// Package number is the window about a number from a tel: link.
package number

import (
	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

const kind = "number"

// Program is what the window asks of the program.
type Program interface {
	// Page is the page that the CID-Link opens, empty without one. It waits; false when the program
	// ends.
	Page(number string) (page string, ok bool)
	Browse(page string)
	Copy(text string)
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	content func() fyne.CanvasObject
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it about a number.
func (w *Window) Open(number string) {
	if !w.windows.CanOpen() {
		return
	}
	page, ok := w.program.Page(number)
	if !ok {
		return
	}
	do := ui.NumberActions{
		Copy:  func() { w.program.Copy(number) },
		Close: func() { w.windows.Hide(kind) },
	}
	if page != "" {
		do.CID = func() { w.program.Browse(page) }
	}
	w.content = func() fyne.CanvasObject { return ui.NewNumber(w.texts, model.Written(number), do) }
	w.windows.Open(kind, w.texts.Say("number.title"), w.content(), fyne.NewSize(420, 170), nil)
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if w.windows.Shown(kind) {
		w.windows.Replace(kind, w.texts.Say("number.title"), w.content())
	}
}
