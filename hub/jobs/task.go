package jobs

import (
	"context"
	"errors"
	"time"
)

// Claim is who works on a piece of work. It lapses, so that the work of a hub that died is taken
// over. The zero Claim is that of work which is free.
type Claim struct {
	Owner string
	Until time.Time
}

// FreeFor reports whether an owner may take work that has this claim.
func (c Claim) FreeFor(owner string, now time.Time) bool {
	return c.Owner == "" || c.Owner == owner || !now.Before(c.Until)
}

// Progress is how far a task is. It is kept with the work, and a later hub goes on from it.
type Progress struct {
	Tries int       // failed attempts
	Next  time.Time // when it is tried again; zero while it is being tried
	// UncertainSince is when Do was last called without a certain answer. It is kept before every
	// call, so that a hub that is killed leaves it set. Zero: every call failed for certain.
	UncertainSince time.Time
}

// Outcome is what an error means for a task. An error with no field set is a certain failure that a
// retry does not help: it ends a fresh task, while one that waits already goes on waiting.
type Outcome struct {
	Retry     bool // nothing was done, and a later attempt may succeed
	Uncertain bool // the work may have been done
	Refused   bool // the same request fails again
	// CannotLookUp is an error of Find: whether the work was done cannot be found out, now or
	// later.
	CannotLookUp bool
}

// Task is one piece of work that must be done once.
type Task struct {
	Name     string // for the log
	Fresh    bool   // it was never attempted: no look-up comes before the first attempt
	Progress Progress
	Claim    Claim // as it is stored with the work; the runner renews it

	// Find looks whether the work is done. nil: this cannot be found out.
	Find func(ctx context.Context) (done bool, err error)
	// Do does the work once.
	Do func(ctx context.Context) error
	// Keep stores the progress and the claim; err is what the last attempt of this Run failed with,
	// nil before there is one. It returns ErrTaken when another owner has claimed the work. It is
	// also called while the hub stops.
	Keep func(ctx context.Context, p Progress, claim Claim, err error) error
	// Late is called after every failed attempt that is followed by another. May be nil.
	Late func(err error)
	// Parks says that the task waits for an event instead of time: after a failed attempt the
	// runner keeps it with a zero Claim and returns ErrParked. At the event it is claimed from the
	// store and run again, by any hub that sees the event.
	Parks bool

	failed error // what the last attempt of this Run failed with
}

// Errors that Run returns, apart from those of Find and Do. Test them with errors.Is.
var (
	// ErrStopped: the hub stops. The progress is in the store and the next hub goes on.
	ErrStopped = errors.New("the hub is stopping")
	// ErrTaken: the claim lapsed and another owner took the work.
	ErrTaken = errors.New("another hub has taken over the work")
	// ErrParked: the attempt failed, and the task waits for its event. It wraps the attempt's
	// error.
	ErrParked = errors.New("waiting for the next event")
	// ErrUndecided: the last attempt may have succeeded, and this cannot be looked up. The task is
	// over; whether to make another attempt is for people to decide. It wraps the attempt's error.
	ErrUndecided = errors.New("whether it succeeded is unknown and cannot be looked up")
	// ErrSettling is what a task waits with while an uncertain attempt may still take effect.
	ErrSettling = errors.New("an earlier attempt may still succeed")
)
