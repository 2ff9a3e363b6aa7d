// Package trust is the window about the hub's certificate, when it is new and when it has changed.
package trust

import (
	"context"

	"traybell/assets/translations"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

const kind = "trust"

// Window belongs to Fyne's goroutine, except Ask.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	do      func(func())
	refused func(server, fingerprint string)
	renewed func(fingerprint string)
}

// New opens nothing yet. Do runs a function on Fyne's goroutine. Refused is called if there is no
// window to ask in, renewed if the agent trusts a changed certificate.
func New(texts *translations.Texts, windows *ui.Windows, do func(func()),
	refused func(server, fingerprint string), renewed func(fingerprint string),
) *Window {
	return &Window{texts, windows, do, refused, renewed}
}

// Ask shows a fingerprint and waits for the agent's answer, on any other goroutine.
func (w *Window) Ask(ctx context.Context, server, fingerprint string) bool {
	answer := make(chan bool, 1)
	say := func(trusted bool) {
		select {
		case answer <- trusted:
		default:
		}
	}
	w.do(func() {
		if !w.windows.CanOpen() {
			w.refused(server, fingerprint)
			say(false)
			return
		}
		content := ui.NewTrust(w.texts, server, fingerprint, func(trusted bool) {
			w.windows.Hide(kind)
			say(trusted)
		})
		w.open(content, fyne.NewSize(520, 300), func() { say(false) })
	})
	select {
	case trusted := <-answer:
		return trusted
	case <-ctx.Done():
		w.do(func() { w.windows.Hide(kind) })
		return false
	}
}

// Changed says that the hub has another certificate, which the agent may trust from then on.
func (w *Window) Changed(server, old, now string) {
	if !w.windows.CanOpen() {
		return
	}
	hide := func() { w.windows.Hide(kind) }
	w.open(ui.NewDistrust(w.texts, server, old, now, func() {
		hide()
		w.renewed(now)
	}, hide), fyne.NewSize(560, 460), nil)
}

func (w *Window) open(content fyne.CanvasObject, size fyne.Size, closed func()) {
	w.windows.Open(kind, w.texts.Say("trust.title"), content, size, closed)
}
