// Package colleagues is the window of colleagues and what they do.
package colleagues

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/desktop/ui/colleagues"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "colleagues"

// Program is what the window asks of the program.
type Program interface {
	Hub
	Dial(in protocol.DialNumber, done func(failure string))
	MayDial() bool
	// Transferable waits; call is one of the agent's that can be transferred, or empty.
	Transferable() (call string)
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts    *translations.Texts
	windows  *ui.Windows
	program  Program
	transfer func(call, to string)
	view     *colleagues.View
	follower *Follower
}

// New opens nothing yet. transfer asks how a call is to go to an extension.
func New(texts *translations.Texts, windows *ui.Windows, program Program, transfer func(call, to string)) *Window {
	w := &Window{texts: texts, windows: windows, program: program, transfer: transfer}
	w.follower = &Follower{
		Hub: program, Open: func() bool { return windows.Shown(kind) },
		Show: func(all []protocol.Colleague, failure string) { w.view.Show(all, failure) },
	}
	return w
}

// Open opens it.
func (w *Window) Open() {
	if !w.windows.CanOpen() {
		return
	}
	w.build()
	if w.windows.Open(kind, w.texts.Say("colleagues.title"), w.view.Content(), fyne.NewSize(440, 560), nil) {
		w.follower.Begin()
	}
}

// Refresh offers what is possible with the agent's call.
func (w *Window) Refresh() {
	if w.windows.Shown(kind) {
		w.view.SetTransferable(w.program.Transferable() != "")
	}
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if w.windows.Shown(kind) {
		w.build()
		w.windows.Replace(kind, w.texts.Say("colleagues.title"), w.view.Content())
		w.follower.Begin()
	}
}

func (w *Window) build() {
	do := colleagues.Actions{
		Transfer: func(extension string) {
			if call := w.program.Transferable(); call != "" {
				w.transfer(call, extension)
			}
		},
		Pickup: func(login string, done func(string)) {
			w.program.Request(protocol.ColleaguePickup, protocol.PickUpColleague{Login: login},
				func(_ protocol.Message, failure string) { done(failure) })
		},
		Message: func(login, text string, done func(string)) {
			w.program.Request(protocol.ColleagueMessage, protocol.SendColleague{To: login, Text: text},
				func(_ protocol.Message, failure string) { done(failure) })
		},
		Close: func() { w.windows.Hide(kind) },
	}
	if w.program.MayDial() {
		do.Call = func(extension string, done func(string)) {
			w.program.Dial(protocol.DialNumber{Number: extension}, done)
		}
	}
	w.view = colleagues.New(w.texts.Now(), do)
	w.view.SetTransferable(w.program.Transferable() != "")
}
