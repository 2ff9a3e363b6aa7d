// Package colleagues is the window of colleagues and what they do.
package colleagues

import (
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/desktop/ui/colleagues"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "colleagues"

// Program is what the window asks of the program. The functions that are passed are called on Fyne's
// goroutine; failure is a sentence, empty on success.
type Program interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
	Dial(in protocol.DialNumber, done func(failure string))
	MayDial() bool
	Do(f func()) // runs a function on Fyne's goroutine
}

// again is the pause before the hub is asked once more after a failure.
const again = 3 * time.Second

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	view    *colleagues.View
	turn    int // of building: answers to an earlier one are dropped
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
	w.build()
	if w.windows.Open(kind, w.texts.Say("colleagues.title"), w.view.Content(), fyne.NewSize(440, 560), nil) {
		w.ask(w.turn, 0)
	}
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if w.windows.Shown(kind) {
		w.build()
		w.windows.Replace(kind, w.texts.Say("colleagues.title"), w.view.Content())
		w.ask(w.turn, 0)
	}
}

func (w *Window) build() {
	w.turn++
	do := colleagues.Actions{
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
}

// ask asks what the colleagues do. While the window is open, the hub answers each time that something
// has changed.
func (w *Window) ask(turn int, after uint64) {
	if turn != w.turn || !w.windows.Shown(kind) {
		return
	}
	w.program.Request(protocol.ColleaguesList, protocol.ListColleagues{After: after},
		func(m protocol.Message, failure string) {
			var list protocol.Colleagues
			if failure == "" {
				if err := m.Decode(&list); err != nil {
					failure = err.Error()
				}
			}
			if turn != w.turn {
				return
			}
			w.view.Show(list.Colleagues, failure)
			if failure != "" {
				time.AfterFunc(again, func() { w.program.Do(func() { w.ask(turn, 0) }) })
				return
			}
			w.ask(turn, list.Version)
		})
}
