// Package setup is the windows that change the settings: Settings, the file to export to or import
// from, and the question whether to adopt settings from a link or file.
package setup

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/desktop/ui/setup"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// The kinds of window.
const (
	settingsKind = "settings"
	pathKind     = "path"
	joinKind     = "join"
)

// Program is what the windows ask of the program.
type Program interface {
	// These wait for the program's state; false when the program ends.
	Input() (setup.Input, bool)
	Shown() (settings.Own, bool)
	// Save and Adopt keep settings and connect with them. They wait.
	Save(r setup.Result) error
	Adopt(now settings.Own) error

	// Saved is called when the window is closed after Save.
	Saved()
	// Showing says whether the settings are open: they show the state of the connection themselves.
	Showing(on bool)
	// Restore undoes what a test popup has changed.
	Restore()
	// Test shows a test popup.
	Test(kind string, delays protocol.Popups)
	// Try tries the connection. Done is called on Fyne's goroutine.
	Try(r setup.Result, done func(outcome setup.Outcome, text string))
	// TestCall has the hub place a test call, at which the agent's phone may ring. Done is called on
	// Fyne's goroutine.
	TestCall(phone bool, done func(outcome setup.Outcome, text string))
	// ChangePassword opens the window for it.
	ChangePassword()
	// Refused says that settings from a link or file were not adopted.
	Refused(text string)
	// Do runs a function on Fyne's goroutine.
	Do(f func())
}

// Windows belong to Fyne's goroutine.
type Windows struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	form    *setup.Form
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Windows {
	return &Windows{texts: texts, windows: windows, program: program}
}

// Open opens the settings, at the tab of links if asked. An open window is kept, as the agent may
// have typed into it.
func (w *Windows) Open(links bool) {
	if w.windows.Shown(settingsKind) {
		w.windows.Window(settingsKind).RequestFocus()
		if links {
			w.form.ShowLinks()
		}
		return
	}
	if !w.windows.CanOpen() {
		return
	}
	in, ok := w.program.Input()
	if !ok {
		return
	}
	var form *setup.Form
	form = setup.New(w.texts.Now(), in, setup.Actions{
		Save:   w.save,
		Cancel: func() { w.program.Restore(); w.hide() },
		Test:   w.program.Test, Connect: w.program.Try, TestCall: w.program.TestCall,
		ChangePassword: func() { w.afterKey(w.program.ChangePassword) },
		Export:         func() { w.afterKey(func() { w.export(form) }) },
		Import:         func() { w.afterKey(func() { w.importFile(form) }) },
	})
	w.form = form
	if links {
		form.ShowLinks()
	}
	closed := func() { w.program.Restore(); w.program.Showing(false) }
	if !w.windows.Open(settingsKind, w.texts.Say("settings.title"), form.Content(), fyne.NewSize(680, 800), closed) {
		return
	}
	w.program.Showing(true)
	if !links {
		form.Begin(w.windows.Window(settingsKind))
	}
}

func (w *Windows) hide() {
	w.windows.Hide(settingsKind)
	w.program.Showing(false)
}

// Repair opens the settings for a problem that they can solve, unless the agent is at it already.
func (w *Windows) Repair() {
	if !w.windows.Shown(joinKind) {
		w.Open(false)
	}
}

func (w *Windows) save(r setup.Result) error {
	if err := w.program.Save(r); err != nil {
		return err
	}
	w.hide()
	w.program.Saved()
	return nil
}
