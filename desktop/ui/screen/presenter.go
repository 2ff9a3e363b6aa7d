// Package screen puts cards on the screen: it steps popup's state machine, has cards painted, and moves, fades and hides the windows that
// show them.
//
// A Presenter owns its windows and runs on one goroutine of its own; painting and everything that a press sets off runs on Fyne's goroutine (Options.Do).
// The Set… methods only leave a note and return at once, from any goroutine. Windows and cards are made when they are needed
// first and used again ever after, so a thousand popups need no more memory than six.
package screen

import (
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
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
	host   platform.Host
	opts   Options
	log    *slog.Logger
	quit   chan struct{} // closed by Close
	close  sync.Once
	ended  chan struct{}
	wake   chan struct{}
	inputs chan input

	mu   sync.Mutex
	note note

	// What follows belongs to the presenter's goroutine.
	set      note // what is in force
	machine  *popup.Machine
	slots    map[string]*slot // by card
	free     []*slot
	more     *slot // the line that counts the others
	told     map[string]told
	monitor  string             // the one in use
	monitors []platform.Monitor // as last asked for; nil: ask
	watched  bool               // the host tells when they change
}

// New starts a presenter on a host. It does not own the host: close the presenter first.
func New(host platform.Host, o Options) *Presenter {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if !o.Corner.Valid() {
		o.Corner = popup.BottomRight
	}
	if o.Popups == (protocol.Popups{}) {
		o.Popups = settings.Default().Popups
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Presenter{
		host: host, opts: o, log: o.Log, quit: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1), inputs: make(chan input, 16),
		note:    note{popups: o.Popups, look: o.Look, corner: o.Corner, monitor: o.Monitor},
		machine: popup.New(), slots: map[string]*slot{}, told: map[string]told{},
	}
	go p.run()
	return p
}

// Close takes everything off the screen and ends the presenter. It may be called on Fyne's goroutine.
func (p *Presenter) Close() {
	p.close.Do(func() { close(p.quit) })
	<-p.ended
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
	for {
		now := time.Now()
		timer.Stop()
		if next := p.step(now); !next.IsZero() {
			timer.Reset(next.Sub(now))
		}
		select {
		case <-p.quit:
			return
		case <-p.wake:
			p.take()
		case in := <-p.inputs:
			p.input(in)
		case <-changes:
			p.monitors = nil
		case <-timer.C:
		}
	}
}
