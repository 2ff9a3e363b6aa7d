package calls

import (
	"time"

	"traybell/hub/ami/wire"
)

// Follower applies what a PBX sends to a Tracker and hands the changes on. It is what hub/pbx
// feeds.
type Follower struct {
	Tracker  *Tracker
	OnChange func(Change) // in order, on the goroutine that feeds the follower
}

// Events returns the names of the events that a Tracker reads.
func (f *Follower) Events() []string { return Events() }

// Snapshots returns the names of the list actions that Resync wants the rows of.
func (f *Follower) Snapshots() []string { return Snapshots() }

// Connected starts a new connection.
func (f *Follower) Connected(epoch uint64) { f.Tracker.Connected(epoch) }

// Resync applies a snapshot.
func (f *Follower) Resync(rows, since []wire.Message, at time.Time) {
	f.pass(f.Tracker.Resync(rows, since, at))
}

// Event applies an event.
func (f *Follower) Event(m wire.Message, at time.Time) { f.pass(f.Tracker.Apply(m, at)) }

func (f *Follower) pass(changes []Change) {
	for _, c := range changes {
		f.OnChange(c)
	}
}
