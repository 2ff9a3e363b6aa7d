// Package caller is the window about a call's caller: the category, and blocking.
package caller

import (
	"reflect"
	"strings"

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

	call  string // its ID
	shown ui.Caller
	form  *ui.CallerForm
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
	if w.windows.Shown(kind) && w.call == call && w.form.Touched() { // keep what the agent has typed
		w.windows.Window(kind).RequestFocus()
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
	w.call = call
	w.build(in, number)
	w.windows.Open(kind, w.texts.Say("category.title"), w.form.Content(), fyne.NewSize(500, tall), nil)
}

// Refresh shows what has changed about the caller. What the agent has begun to change stays.
func (w *Window) Refresh() {
	if !w.windows.Shown(kind) {
		return
	}
	in, number, ok := w.program.Caller(w.call)
	switch {
	case !ok || reflect.DeepEqual(in, w.shown):
	case w.form.Touched():
		w.shown = in
		w.form.Update(in)
	default:
		w.rebuild(in, number)
	}
}

// Translate builds the open window in the current language, unless the agent has begun to change
// something.
func (w *Window) Translate() {
	if !w.windows.Shown(kind) || w.form.Touched() {
		return
	}
	if in, number, ok := w.program.Caller(w.call); ok {
		w.rebuild(in, number)
	}
}

func (w *Window) rebuild(in ui.Caller, number string) {
	w.build(in, number)
	w.windows.Replace(kind, w.texts.Say("category.title"), w.form.Content())
}

func (w *Window) build(in ui.Caller, number string) {
	w.shown = in
	w.form = ui.NewCallerForm(w.texts.Now(), in, ui.CallerActions{
		Note: func(color protocol.Color, comment string, done func(string)) {
			w.program.Request(protocol.CategorySet,
				protocol.SetCategory{Number: number, Color: color, Comment: comment},
				func(_ protocol.Message, failure string) { done(failure) })
		},
		Block: func(reason string, done func(*protocol.Block, string, string)) {
			w.program.Request(protocol.CallerBlock, protocol.BlockCaller{Number: number, Reason: reason},
				w.blocked(nil, done))
		},
		Unblock: func(was *protocol.Block, done func(*protocol.Block, string, string)) {
			w.program.Request(protocol.CallerUnblock, protocol.BlockCaller{Number: number}, w.blocked(was, done))
		},
		Close: func() { w.windows.Hide(kind) },
	})
}

// blocked reads the answer to caller.block and caller.unblock; was is the state before.
func (w *Window) blocked(was *protocol.Block,
	done func(*protocol.Block, string, string),
) func(protocol.Message, string) {
	return func(m protocol.Message, failure string) {
		var now protocol.BlockedCaller
		if failure == "" {
			if err := m.Decode(&now); err != nil {
				failure = err.Error()
			}
		}
		text := w.texts.Hub(string(now.Problem), strings.Join(now.Failed, ", "), now.Text)
		switch {
		case failure != "":
			done(was, "", failure)
		case now.Blocked:
			done(&protocol.Block{By: now.By, At: now.At, Reason: now.Reason, Failed: now.Failed}, text, "")
		default:
			done(nil, text, "")
		}
	}
}
