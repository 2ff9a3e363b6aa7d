package screen

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
)

// Events is what the presenter tells. All are called on Fyne's goroutine and must not wait.
type Events struct {
	OK       func(call, customer string) // OK was pressed; customer is a login or empty
	Append   func(call, ticket string)   // the call is to be added to that ticket
	Open     func(url string)
	Copy     func(text string)
	Category func(call string) // the category's icon was pressed; nil: it cannot be
	Close    func(card string) // the agent closed the card
	Shown    func(call string) // the call's popup is on the screen now
	Gone     func(card string) // the card has left the screen, by itself or closed: the model may forget it
}

// told remembers what was said of a card, so that it is said once a turn.
type told struct {
	turn        time.Time
	shown, gone bool
}

// do runs something on Fyne's goroutine and waits for it, unless the presenter is closed meanwhile:
// then nobody may be there to run it.
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

// tell runs a callback on Fyne's goroutine without waiting for it.
func (b *board) tell(f func(string), arg string) {
	if f != nil {
		b.opts.Do(func() { f(arg) })
	}
}

// shown tells that a call's popup is up, once a turn.
func (b *board) shown(c model.Card) {
	t, known := b.told[c.ID]
	if !known || t.shown { // not known: it only fades out
		return
	}
	t.shown = true
	b.told[c.ID] = t
	if c.Kind != model.Warn {
		b.tell(b.opts.Events.Shown, c.ID)
	}
}

// report tells which cards have gone.
func (b *board) report() {
	for id, t := range b.told {
		gone := b.machine.Phase(id) == popup.Gone
		if gone == t.gone {
			continue
		}
		t.gone = gone
		b.told[id] = t
		if gone {
			b.tell(b.opts.Events.Gone, id)
		}
	}
}
