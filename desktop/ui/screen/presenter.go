// Package screen puts cards on the screen: it steps popup's state machine, has cards painted, and
// moves, fades and hides the windows that show them.
//
// A Presenter owns its windows and runs on one goroutine of its own; painting and everything that a
// press sets off runs on Fyne's goroutine (Options.Do). The Set… methods only leave a note and
// return at once, from any goroutine. Windows and cards are made when they are needed first and
// used again ever after, so a thousand popups need no more memory than six.
package screen

import (
	"log/slog"
	"reflect"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// Options are how a presenter begins; what can change later has a setter too.
type Options struct {
	Look    card.Look
	Popups  protocol.Popups // zero: the usual ones
	Corner  popup.Corner    // empty: BottomRight
	Monitor string          // its name; empty: the one with the pointer
	Do      func(func())    // runs something on Fyne's goroutine, soon; nil: fyne.Do
	Log     *slog.Logger    // nil: silent
	Events  Events
}

// Presenter shows cards.
type Presenter struct {
	*board
	host   platform.Host
	inputs chan input

	// What follows belongs to the presenter's goroutine.
	slots    map[string]*slot // by card
	free     []*slot
	more     *slot              // the line that counts the others
	monitor  string             // the one in use
	monitors []platform.Monitor // as last asked for; nil: ask
	watched  bool               // the host tells when they change
	ground   ground             // of the step before
	typing   typing
}

// New starts a presenter on a host. It does not own the host: close the presenter first.
func New(host platform.Host, o Options) *Presenter {
	p := &Presenter{board: newBoard(o), host: host, inputs: make(chan input, 16), slots: map[string]*slot{}}
	go p.run()
	return p
}

func (p *Presenter) run() {
	defer close(p.ended)
	defer p.shut()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var changes <-chan struct{}
	if w, ok := p.host.(platform.Watcher); ok {
		changes, p.watched = w.Changes(), true
	}
	p.take()
	p.warm()
	var taken time.Time      // when notes were brought into force last
	var due <-chan time.Time // when those left since then will be; nil: there are none
	for {
		now := time.Now()
		timer.Stop()
		if next := p.step(now); !next.IsZero() {
			timer.Reset(next.Sub(now))
		}
		wake := p.wake
		if due != nil {
			wake = nil
		}
		select {
		case <-p.quit:
			return
		case <-wake:
			now = time.Now()
			if wait := popup.Frame - now.Sub(taken); wait > 0 { // many at once are shown once
				due = time.After(wait)
				continue
			}
			taken = now
			p.take()
		case <-due:
			due, taken = nil, time.Now()
			p.take()
		case in := <-p.inputs:
			p.input(in)
		case <-changes:
			p.monitors = nil
		case <-timer.C:
		}
	}
}

// take brings the setters' notes into force.
func (p *Presenter) take() {
	if p.board.take(p.host.CanFade()) {
		for _, s := range p.all() {
			s.stale = true
		}
	}
	for _, c := range p.set.cards {
		if s := p.slots[c.ID]; s != nil && different(s.card, c) {
			s.card, s.stale = c, true
		}
	}
}

// different tells whether two cards look different; when a turn began is not seen.
func different(a, b model.Card) bool {
	a.Since = b.Since
	return !reflect.DeepEqual(a, b)
}
