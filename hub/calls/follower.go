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
	// OnSkip is called for a channel that is not followed because there are MaxChannels or MaxParts
	// already, for each event about it; first says that there was room before. nil: ignored
	OnSkip func(first bool)

	skipped uint64 // the tracker's, as reported
	full    int    // channels when some were skipped; 0 after half of them have ended
}

// Events returns the names of the events that a Tracker reads.
func (f *Follower) Events() []string { return Events() }

// Snapshots returns the names of the list actions that Resync wants the rows of.
func (f *Follower) Snapshots() []string { return Snapshots() }

// Connected starts a new connection.
func (f *Follower) Connected(epoch uint64, heard time.Time) { f.Tracker.Connected(epoch, heard) }

// Late says that the next events happened at unknown times after since; zero: their times are known.
func (f *Follower) Late(since time.Time) { f.Tracker.Late(since) }

// Resync applies a snapshot.
func (f *Follower) Resync(rows, since []wire.Message, at time.Time) {
	f.pass(f.Tracker.Resync(rows, since, at), time.Time{})
}

// Event applies an event.
func (f *Follower) Event(m wire.Message, at time.Time) {
	f.pass(f.Tracker.Apply(m, at), m.Read())
}

// Beat hands on the changes that were held back.
func (f *Follower) Beat(at time.Time) { f.pass(f.Tracker.Data.release(at), time.Time{}) }

func (f *Follower) pass(changes []Change, read time.Time) {
	for _, c := range changes {
		c.Read = read
		f.OnChange(c)
	}
	for ; f.skipped < f.Tracker.skipped; f.skipped++ {
		if f.OnSkip != nil {
			f.OnSkip(f.full == 0)
		}
		f.full = max(f.full, len(f.Tracker.channels))
	}
	if len(f.Tracker.channels) < f.full/2 {
		f.full = 0
	}
}
