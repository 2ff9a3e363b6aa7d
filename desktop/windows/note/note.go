// Package note is the window for a note on a call.
package note

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

const kind = "note"

// Program is what the window asks of the program.
type Program interface {
	// Note waits; ok is false for an unknown call and when the program ends.
	Note(call string) (in ui.NoteContent, ok bool)
	WriteNote(call, text string) // keeps a text until it is sent
	AddNote(call string)         // adds the kept text to the call's ticket
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program

	call string // of the open window
	form *ui.NoteForm
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it about a call.
func (w *Window) Open(call string) {
	if !w.windows.CanOpen() {
		return
	}
	if !w.build(call) {
		return
	}
	if w.windows.Open(kind, w.texts.Say("note.title"), w.form.Content(), fyne.NewSize(460, 190), nil) {
		w.windows.Window(kind).Canvas().Focus(w.form.Focus())
	}
}

// Refresh shows what has become of the note, such as that the ticket has it.
func (w *Window) Refresh() {
	if !w.windows.Shown(kind) {
		return
	}
	if in, ok := w.program.Note(w.call); ok {
		w.form.Show(in)
	}
}

// build creates the form; false if the call is unknown.
func (w *Window) build(call string) bool {
	in, ok := w.program.Note(call)
	if !ok {
		return false
	}
	w.call = call
	w.form = ui.NewNoteForm(w.texts.Now(), in, ui.NoteActions{
		Keep:  func(text string) { w.program.WriteNote(call, text) },
		Add:   func() { w.program.AddNote(call) },
		Close: func() { w.windows.Hide(kind) },
	})
	return true
}

// Translate builds the open window in the current language. What the agent wrote is kept.
func (w *Window) Translate() {
	if w.windows.Shown(kind) && w.build(w.call) {
		w.windows.Replace(kind, w.texts.Say("note.title"), w.form.Content())
	}
}
