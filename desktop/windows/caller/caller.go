// Package caller is the window about a call's caller: the category, and blocking.
package caller

import (
	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "caller"

// Program is what the window asks of the program.
type Program interface {
	// Caller waits; ok is false for an unknown call and when the program ends.
	Caller(call string) (caller ui.Caller, number string, ok bool)
	// Request asks the hub. Done is called on Fyne's goroutine; failure is a sentence.
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts, windows, program}
}

// Open opens it about a call.
func (w *Window) Open(call string) {
	if !w.windows.CanOpen() {
		return
	}
	in, number, ok := w.program.Caller(call)
	if !ok || number == "" {
		return
	}
	tall := float32(600)
	if !in.MayBlock {
		tall = 420
	}
	form := ui.NewCallerForm(w.texts, in, ui.CallerActions{
		Note: func(color protocol.Color, comment string, done func(string)) {
			w.program.Request(protocol.CategorySet,
				protocol.SetCategory{Number: number, Color: color, Comment: comment},
				func(_ protocol.Message, failure string) { done(failure) })
		},
		Block: func(reason string, done func(*protocol.Block, string, string)) {
			w.program.Request(protocol.CallerBlock, protocol.BlockCaller{Number: number, Reason: reason},
				blocked(nil, done))
		},
		Unblock: func(was *protocol.Block, done func(*protocol.Block, string, string)) {
			w.program.Request(protocol.CallerUnblock, protocol.BlockCaller{Number: number}, blocked(was, done))
		},
		Close: func() { w.windows.Hide(kind) },
	})
	w.windows.Open(kind, w.texts.Say("category.title"), form.Content(), fyne.NewSize(500, tall), nil)
}

// blocked reads the answer to caller.block and caller.unblock; was is the state before.
func blocked(was *protocol.Block, done func(*protocol.Block, string, string)) func(protocol.Message, string) {
	return func(m protocol.Message, failure string) {
		var now protocol.BlockedCaller
		if failure == "" {
			if err := m.Decode(&now); err != nil {
				failure = err.Error()
			}
		}
		switch {
		case failure != "":
			done(was, "", failure)
		case now.Blocked:
			done(&protocol.Block{By: now.By, At: now.At, Reason: now.Reason, Failed: now.Failed}, now.Text, "")
		default:
			done(nil, now.Text, "")
		}
	}
}
