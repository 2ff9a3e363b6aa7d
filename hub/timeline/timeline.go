// Package timeline keeps when the hub ran, when its PBXs worked and with which rights, and when the
// agents were signed in. It explains the calls of which there is no trace. A Recorder owns the
// events that are not saved yet; the goroutine of its Run is the only one that writes.
package timeline

import (
	"context"
	"log/slog"
	"time"

	"traybell/hub/batch"
	"traybell/shared/printable"
	"traybell/shared/protocol"
)

// Event is a change of a subject's state.
type Event struct {
	At      time.Time
	Subject Subject
	Who     string             // an agent's login, or a PBX's id; empty for the hub
	What    What               //
	Where   string             // of In and Out: the desktop
	Code    protocol.CloseCode // of Out: as in the close frame; 0: there was none
	Text    string             // of Out, Away: the reason; of Rights: what is missing
}

// Subject is what an event is about.
type Subject string

// The subjects.
const (
	Hub   Subject = "hub"
	PBX   Subject = "pbx"
	Agent Subject = "agent"
)

// What is a state of a subject.
type What string

// The states.
const (
	Up      What = "up"      // the hub has started; its earlier sessions and connections are over
	Down    What = "down"    // the hub stops
	Working What = "working" // the hub sees the calls of the PBX
	Away    What = "away"    // the hub has no connection to the PBX
	Rights  What = "rights"  // the rights that the manager user lacks are known; empty: none is missing
	In      What = "in"      // an agent signed in
	Out     What = "out"     // a session ended
)

// Store keeps events.
type Store interface {
	// KeepEvents inserts events, all or none.
	KeepEvents(ctx context.Context, events []Event) error
	// ForgetEvents deletes the events before a time, but the last one of each state of a subject, and
	// the oldest if there are more than most, or more than ofOne of a subject.
	ForgetEvents(ctx context.Context, before time.Time, most, ofOne int) error
}

// Kept reads events.
type Kept interface {
	// EventsOf returns the last events of a subject until a time, newest first.
	EventsOf(ctx context.Context, subject Subject, who string, until time.Time, limit int) ([]Event, error)
}

const (
	gather      = time.Second
	retryPause  = 2 * time.Second
	mostWaiting = 10_000
	mostKept    = 200_000
	mostOfOne   = 2_000
	longestText = 500                // bytes
	retain      = 8 * 24 * time.Hour // longer than traces
	forgetEvery = 10 * time.Minute
)

// Recorder takes events from any goroutine without blocking and writes them in batches.
type Recorder struct {
	store      Store
	log        *slog.Logger
	now        func() time.Time
	loop       *batch.Loop
	events     *batch.Queue[Event]
	lastForgot time.Time // of Run
}

// NewRecorder returns a recorder; Run starts it.
func NewRecorder(store Store, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{
		store: store, log: log, now: now, loop: batch.New(gather), events: batch.NewQueue[Event](mostWaiting),
	}
}

// Add adds an event of this moment. While the database is away, the first mostWaiting wait.
func (r *Recorder) Add(e Event) {
	e.At = r.now()
	e.Text, e.Where = printable.Cut(e.Text, longestText), printable.Cut(e.Where, longestText)
	r.events.Add(e)
	r.loop.Wake()
}

// Run writes until ctx ends, and then writes what is left.
func (r *Recorder) Run(ctx context.Context) { r.loop.Run(ctx, r.turn) }

func (r *Recorder) turn(ctx context.Context) (next time.Duration) {
	if ctx.Err() != nil {
		return 0 // Run calls again with a context that lives on
	}
	w, err := r.events.Write(ctx, r.store.KeepEvents, func(refused Event, why error) {
		r.log.Error("event of the timeline refused by the database, dropping it", "subject", refused.Subject,
			"who", refused.Who, "error", why)
	})
	switch {
	case w.Fails:
		r.log.Error("cannot save the timeline, retrying", "events", w.Left, "error", err)
	case w.Works:
		r.log.Info("the timeline is saved again")
	}
	if w.Dropped > 0 {
		r.log.Warn("events of the timeline dropped: too many wait for the database", "events", w.Dropped)
	}
	if err != nil {
		return retryPause
	}
	if now := r.now(); now.Sub(r.lastForgot) >= forgetEvery {
		r.lastForgot = now
		if err := r.store.ForgetEvents(ctx, now.Add(-retain), mostKept, mostOfOne); err != nil && ctx.Err() == nil {
			r.log.Error("cannot delete old events of the timeline", "error", err)
		}
	}
	return 0
}
