package screen

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/shared/protocol"
)

// Events are called on Fyne's goroutine and must not block.
type Events struct {
	OK       func(call, customer string) // OK was pressed; customer is a login or empty
	Append   func(call, ticket string)   // add the call to a ticket
	Open     func(url string)
	Script   func(call string) // open the page of the call's line
	Show     func(call string) // show the hidden number
	Copy     func(text string)
	Category func(call string) // the category icon was pressed; nil: not supported
	Note     func(call string) // the field for a note was pressed; nil: not supported
	Control  func(call string, what protocol.Control)
	Transfer func(call string) // ask where to transfer a call
	Tones    func(call string) // ask for the digits to send
	Close    func(card string) // the agent closed the card
	// the agent takes care of the alarm of a queue, and its card closes
	Acknowledge func(card string)
	Shown       func(shown protocol.ShownCall) // the call's popup is visible
	Gone        func(card string)              // the card was closed or has timed out: the model may drop it
}

// reported is what was reported for a card, once per turn.
type reported struct {
	turn        time.Time
	shown, gone bool
}

// do runs a function on Fyne's goroutine and waits for it, unless the presenter is closed: Fyne may
// have ended then.
func (b *board) do(f func()) bool {
	done := make(chan struct{})
	b.opts.Do(func() {
		defer close(done)
		if !b.closing() {
			f()
		}
	})
	select {
	case <-done:
		return !b.closing()
	case <-b.quit:
		return false
	}
}

// notify runs a callback on Fyne's goroutine without waiting.
func (b *board) notify(f func(string), arg string) {
	if f != nil {
		b.opts.Do(func() { f(arg) })
	}
}

// reportShown reports that a call's popup is visible, once per turn. how says where.
func (b *board) reportShown(c model.Card, how func() (as protocol.ShownAs, monitor string)) {
	t, known := b.reported[c.ID]
	if !known || t.shown { // unknown: it only fades out
		return
	}
	t.shown = true
	b.reported[c.ID] = t
	if report := b.opts.Events.Shown; c.Kind != model.Warn && report != nil {
		shown := protocol.ShownCall{Call: c.ID}
		shown.As, shown.Monitor = how()
		b.opts.Do(func() { report(shown) })
	}
}

// reportGone reports closed cards.
func (b *board) reportGone() {
	for id, t := range b.reported {
		gone := b.machine.Phase(id) == popup.Gone
		if gone == t.gone {
			continue
		}
		t.gone = gone
		b.reported[id] = t
		if gone {
			b.notify(b.opts.Events.Gone, id)
		}
	}
}
