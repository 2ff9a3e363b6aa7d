// Package password is the window in which agents change their password.
package password

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "password"

// Program is what the window asks of the program.
type Program interface {
	// ChangePassword changes it at the hub. Done is called on Fyne's goroutine; failure is a
	// sentence, empty on success.
	ChangePassword(current, next string, done func(problem protocol.Problem, failure string))
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it. An open window is kept, as the agent may have typed into it.
func (w *Window) Open() {
	if w.windows.Shown(kind) {
		w.windows.Window(kind).RequestFocus()
		return
	}
	if !w.windows.CanOpen() {
		return
	}
	close := func() { w.windows.Hide(kind) }
	form := ui.NewPasswordForm(w.texts.Now(), ui.PasswordActions{
		Change: func(current, next string, done func(protocol.Problem, string)) {
			w.program.ChangePassword(current, next, func(problem protocol.Problem, failure string) {
				if failure == "" {
					close()
					return
				}
				done(problem, failure)
			})
		},
		Close: close,
	}, func(to fyne.Focusable) { w.windows.Focus(kind, to) })
	w.windows.Open(kind, w.texts.Say("password.title"), form.Content(), fyne.NewSize(560, 270), nil)
}
