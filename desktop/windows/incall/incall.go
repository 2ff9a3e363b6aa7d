// Package incall has the windows for what an agent does during a call: the transfer, and the keypad.
package incall

import (
	"slices"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui"
	"traybell/desktop/windows/colleagues"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const (
	transferKind = "transfer"
	tonesKind    = "tones"
)

// Program is what the windows ask of the program.
type Program interface {
	colleagues.Hub
	// Controlled waits; ok is false for a call with which the agent can do nothing, and when the
	// program ends.
	Controlled(call string) (c model.Card, ok bool)
	// Control waits until the hub is asked; false for what the call does not offer, or while another
	// action waits for its answer.
	Control(call string, what protocol.Control, with string) (asked bool)
}

// Windows belong to Fyne's goroutine.
type Windows struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program

	transferred, toned string // calls of the open windows
	transfer           *ui.TransferForm
	tones              *ui.TonesForm
	follower           *colleagues.Follower // of the transfer's window
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Windows {
	w := &Windows{texts: texts, windows: windows, program: program}
	w.follower = &colleagues.Follower{
		Hub: program, Open: func() bool { return windows.Shown(transferKind) },
		Show: func(all []protocol.Colleague, failure string) { w.transfer.Colleagues(all, failure) },
	}
	return w
}

// Transfer opens the window that asks where a call is to go.
func (w *Windows) Transfer(call string) { w.TransferTo(call, "") }

// TransferTo opens the same window with a number.
func (w *Windows) TransferTo(call, to string) {
	if c, ok := w.program.Controlled(call); ok && w.windows.CanOpen() {
		w.transferred = call
		w.buildTransfer(c, to)
		if w.windows.Open(
			transferKind,
			w.texts.Say("transfer.title"),
			w.transfer.Content(),
			fyne.NewSize(460, 480),
			nil,
		) {
			w.follower.Begin()
			w.windows.Window(transferKind).Canvas().Focus(w.transfer.Focus())
		}
	}
}

// Tones opens the keypad.
func (w *Windows) Tones(call string) {
	if c, ok := w.program.Controlled(call); ok && w.windows.CanOpen() {
		w.toned = call
		w.buildTones(c, "")
		if w.windows.Open(tonesKind, w.texts.Say("tones.title"), w.tones.Content(), fyne.NewSize(260, 330), nil) {
			w.windows.Window(tonesKind).Canvas().Focus(w.tones.Focus())
		}
	}
}

// Refresh shows what the hub answers, and closes a window that has no more use.
func (w *Windows) Refresh() {
	if w.windows.Shown(transferKind) {
		c, ok := w.program.Controlled(w.transferred)
		if !ok || w.transfer.Show(c) {
			w.windows.Hide(transferKind)
		}
	}
	if w.windows.Shown(tonesKind) {
		c, ok := w.program.Controlled(w.toned)
		if !ok || !slices.Contains(c.Call.Can, protocol.ControlDTMF) {
			w.windows.Hide(tonesKind)
			return
		}
		w.tones.Show(c)
	}
}

// Translate builds the open windows in the current language. What the agent typed is kept.
func (w *Windows) Translate() {
	if w.windows.Shown(transferKind) {
		if c, ok := w.program.Controlled(w.transferred); ok {
			w.buildTransfer(c, w.transfer.Typed())
			w.windows.Replace(transferKind, w.texts.Say("transfer.title"), w.transfer.Content())
			w.follower.Begin()
		}
	}
	if w.windows.Shown(tonesKind) {
		if c, ok := w.program.Controlled(w.toned); ok {
			w.buildTones(c, w.tones.Sent())
			w.windows.Replace(tonesKind, w.texts.Say("tones.title"), w.tones.Content())
		}
	}
}

func (w *Windows) buildTransfer(c model.Card, typed string) {
	call := w.transferred
	w.transfer = ui.NewTransferForm(w.texts.Now(), c, typed, ui.TransferActions{
		Do:    func(what protocol.Control, to string) bool { return w.program.Control(call, what, to) },
		Close: func() { w.windows.Hide(transferKind) },
	})
}

func (w *Windows) buildTones(c model.Card, sent string) {
	call := w.toned
	w.tones = ui.NewTonesForm(w.texts.Now(), c, sent, ui.TonesActions{
		Send:  func(digit string) { w.program.Control(call, protocol.ControlDTMF, digit) },
		Close: func() { w.windows.Hide(tonesKind) },
	})
}
