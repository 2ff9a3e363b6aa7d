// Package screen shows cards on the screen: it steps the state machine of package popup, has cards
// painted, and moves, fades and hides their windows.
//
// A Presenter owns its windows and runs on a separate goroutine. Painting and actions run on
// Fyne's goroutine (Options.Do). Setters return at once and are safe for concurrent use. Windows
// and cards are reused, so that a thousand popups need no more memory than six.
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

// Options configure a presenter. What can change later has a setter.
type Options struct {
	Look    card.Look
	Popups  protocol.Popups // zero: settings.Default
	Corner  popup.Corner    // empty: BottomRight
	Monitor string          // name; empty: the monitor with the pointer
	Do      func(func())    // runs a function on Fyne's goroutine without waiting; nil: fyne.Do
	Log     *slog.Logger    // nil: discard
	Events  Events
}

// Presenter shows cards in windows.
type Presenter struct {
	*board
	host   platform.Host
	inputs chan input

	// The fields below belong to the presenter's goroutine.
	slots    map[string]*slot // by card
	free     []*slot
	more     *slot              // the line that counts hidden cards
	monitor  string             // current monitor
	monitors []platform.Monitor // last known; nil: unknown
	watched  bool               // the host reports changes
	ground   ground             // of the last step
	unfolded string             // the card that the agent has unfolded last
	// rearrange lets cards move in the next step although the pointer is over one
	rearrange bool
	typing    typing
}

// New starts a presenter on a host. It does not own the host: close the presenter first.
func New(host platform.Host, o Options) *Presenter {
	p := &Presenter{board: newBoard(o), host: host, inputs: make(chan input, 16), slots: map[string]*slot{}}
	go p.run()
	return p
}

func (p *Presenter) run() {
	defer close(p.ended)
	defer p.closeAll()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var changes <-chan struct{}
	if w, ok := p.host.(platform.Watcher); ok {
		changes, p.watched = w.Changes(), true
	}
	p.apply()
	p.warmUp()
	var applied time.Time    // time of the last apply
	var due <-chan time.Time // fires when changes since then are due; nil: no changes
	for {
		if p.closing() { // what do has left behind on Fyne's goroutine may still change slots
			return
		}
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
			if wait := popup.Frame - now.Sub(applied); wait > 0 { // apply changes at most once per frame
				due = time.After(wait)
				continue
			}
			applied = now
			p.apply()
		case <-due:
			due, applied = nil, time.Now()
			p.apply()
		case in := <-p.inputs:
			p.input(in)
		case <-changes:
			p.monitors = nil
		case <-timer.C:
		}
	}
}

// apply applies the setters' state.
func (p *Presenter) apply() {
	if p.board.apply(p.host.CanFade()) {
		for _, s := range p.all() {
			s.stale = true
		}
	}
	for _, c := range p.active.cards {
		if s := p.slots[c.ID]; s != nil && looksDifferent(s.card, c) {
			s.card, s.stale = c, true
		}
	}
}

// looksDifferent reports whether two cards look different. Since is not visible.
func looksDifferent(a, b model.Card) bool {
	a.Since = b.Since
	return !reflect.DeepEqual(a, b)
}
