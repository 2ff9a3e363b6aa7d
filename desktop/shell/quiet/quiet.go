// Package quiet hides cards during do-not-disturb and those of disabled kinds. It reports the
// reason to the hub, whose trace explains missing popups.
package quiet

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// tick is the interval at which the end of do-not-disturb is checked by the wall clock: timers stop
// while the computer sleeps.
const tick = 15 * time.Second

// Preferences store do-not-disturb across restarts.
type Preferences interface {
	Own() settings.Own
	Update(change func(own *settings.Own))
}

// Config configures a Quiet.
type Config struct {
	Preferences Preferences
	Post        func(func())             // runs a function on the owner's goroutine
	Tell        func(protocol.ShownCall) // reports a popup to the hub
	Forget      func(card string)        // drops a card that will not be shown
	Changed     func(on bool)            // do-not-disturb was switched
}

// Quiet belongs to one goroutine.
type Quiet struct {
	Config

	hidden map[string]bool      // calls without a popup during do-not-disturb
	off    map[string]time.Time // cards whose popups are off, and the last turn reported to the hub
	watch  uint64               // of the current watch

	cardless map[string]protocol.Hidden // calls without a card that were reported to the hub
}

// New returns a filter. Watch starts the watch of do-not-disturb.
func New(c Config) *Quiet {
	return &Quiet{Config: c, hidden: map[string]bool{}, off: map[string]time.Time{}}
}

// Set begins or ends do-not-disturb.
func (q *Quiet) Set(choice settings.QuietFor) {
	until := choice.From(time.Now())
	q.Preferences.Update(func(own *settings.Own) { own.Quiet = until })
	q.Watch()
	q.Changed(until.On)
}

// Watch ends do-not-disturb in time. Call it again after the settings have changed.
func (q *Quiet) Watch() {
	q.watch++
	number, now := q.watch, q.Preferences.Own().Quiet
	if !now.On || now.Until.IsZero() {
		return
	}
	if !q.Holds() {
		q.Set(settings.QuietOff)
		return
	}
	time.AfterFunc(min(time.Until(now.Until.Round(0)), tick), func() {
		q.Post(func() {
			if number == q.watch {
				q.Watch()
			}
		})
	})
}

// Holds reports whether do-not-disturb is on.
func (q *Quiet) Holds() bool { return q.Preferences.Own().Quiet.Active(time.Now()) }

// Filter returns the cards for the screen. During do-not-disturb it hides calls, and delays
// messages; warnings and the results of the agent's presses are shown.
func (q *Quiet) Filter(cards []model.Card, in settings.Effective) []model.Card {
	shown := cards
	if !q.Holds() {
		clear(q.hidden)
	} else {
		shown = q.undisturbed(cards)
	}
	q.tellOff(shown, in)
	return shown
}

func (q *Quiet) undisturbed(cards []model.Card) []model.Card {
	var shown []model.Card
	here := map[string]bool{}
	for _, c := range cards {
		switch {
		case c.Kind != model.Warn:
			here[c.ID] = true
			if !q.hidden[c.ID] {
				q.hidden[c.ID] = true
				q.Tell(protocol.ShownCall{Call: c.Call.ID, Hidden: protocol.HiddenQuiet})
			}
		case c.Title == model.TitleMissed:
			q.Forget(c.ID) // the tray has a mark for it
		case c.Title != model.TitleMessage:
			shown = append(shown, c)
		}
	}
	for id := range q.hidden {
		if !here[id] {
			delete(q.hidden, id)
		}
	}
	return shown
}
