// Package about is the window that says what the program is and how it is doing.
package about

import (
	"reflect"

	"traybell/assets/translations"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

const kind = "about"

// Program is what the window asks of the program.
type Program interface {
	About() (ui.About, bool) // waits; false when the program ends
	Collect(about string)    // for support; returns at once
	Copy(text string)
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	shown   ui.About
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it.
func (w *Window) Open() {
	if !w.windows.CanOpen() {
		return
	}
	if now, ok := w.program.About(); ok {
		w.shown = now
		w.windows.Open(kind, w.texts.Say("about.title"), w.content(), fyne.NewSize(600, 600), nil)
	}
}

func (w *Window) content() fyne.CanvasObject {
	return ui.NewAbout(w.texts, w.shown, w.program.Copy, w.program.Collect, func() { w.windows.Hide(kind) })
}

// Refresh updates the open window if anything has changed, as a new content loses what is selected.
func (w *Window) Refresh() {
	if !w.windows.Shown(kind) {
		return
	}
	if now, ok := w.program.About(); ok && !reflect.DeepEqual(now, w.shown) {
		w.shown = now
		w.Translate()
	}
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if w.windows.Shown(kind) {
		w.windows.Replace(kind, w.texts.Say("about.title"), w.content())
	}
}
