// Package task is the window for tasks without a call.
package task

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/desktop/ui/task"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "task"

// Program is what the window asks of the program.
type Program interface {
	// Task waits; ok is false without agent states and when the program ends.
	Task() (in task.Content, ok bool)
	// Request calls done on Fyne's goroutine; failure is a sentence, empty on success.
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	form    *task.Form
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it.
func (w *Window) Open() {
	if w.windows.CanOpen() && w.build() {
		w.windows.Open(kind, w.texts.Say("task.title"), w.form.Content(), fyne.NewSize(420, 280), nil)
	}
}

func (w *Window) build() bool {
	in, ok := w.program.Task()
	if !ok {
		return false
	}
	w.form = task.New(w.texts.Now(), in, task.Actions{
		Begin: func(project, kind string) {
			w.program.Request(protocol.TaskBegin, protocol.BeginTask{Project: project, Kind: kind}, w.answered)
		},
		End: func(note string) {
			w.program.Request(protocol.TaskEnd, protocol.EndTask{Note: note}, w.answered)
		},
		Close: func() { w.windows.Hide(kind) },
	})
	return true
}

// answered shows why the hub refused; the new state comes by itself.
func (w *Window) answered(_ protocol.Message, failure string) { w.form.Fail(failure) }

// Refresh shows what the agent does now.
func (w *Window) Refresh() {
	if !w.windows.Shown(kind) {
		return
	}
	if in, ok := w.program.Task(); ok {
		w.form.Show(in)
	}
}

// Translate builds the open window in the current language. What the agent wrote is kept.
func (w *Window) Translate() {
	if !w.windows.Shown(kind) {
		return
	}
	note := w.form.Note()
	if w.build() {
		w.form.SetNote(note)
		w.windows.Replace(kind, w.texts.Say("task.title"), w.form.Content())
	}
}
