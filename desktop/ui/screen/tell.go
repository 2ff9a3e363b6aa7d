package screen

import (
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

// do runs something on Fyne's goroutine and waits for it, unless the presenter is closed meanwhile: then nobody may be there to run it.
func (p *Presenter) do(f func()) bool {
	done := make(chan struct{})
	p.opts.Do(func() {
		defer close(done)
		if !p.closing() {
			f()
		}
	})
	select {
	case <-done:
		return !p.closing()
	case <-p.quit:
		return false
	}
}

// closing tells whether Close was called.
func (p *Presenter) closing() bool {
	select {
	case <-p.quit:
		return true
	default:
		return false
	}
}

// tell runs a callback on Fyne's goroutine without waiting for it.
func (p *Presenter) tell(f func(string), arg string) {
	if f != nil {
		p.opts.Do(func() { f(arg) })
	}
}

// shown tells that a call's popup is up, once a turn.
func (p *Presenter) shown(s *slot) {
	t, known := p.told[s.id]
	if !known || t.shown { // not known: it only fades out
		return
	}
	t.shown = true
	p.told[s.id] = t
	if s.card.Kind != model.Warn {
		p.tell(p.opts.Events.Shown, s.id)
	}
}

// report tells which cards have gone.
func (p *Presenter) report() {
	for id, t := range p.told {
		gone := p.machine.Phase(id) == popup.Gone
		if gone == t.gone {
			continue
		}
		t.gone = gone
		p.told[id] = t
		if gone {
			p.tell(p.opts.Events.Gone, id)
		}
	}
}
