package jobs

import (
	"context"
	"errors"
	"time"
)

// Claim is the owner of a piece of work. It expires, so that another hub takes over the work of a
// dead one. The zero Claim means that the work is free.
type Claim struct {
	Owner string
	Until time.Time
}

// FreeFor reports whether an owner may take work that has this claim.
func (c Claim) FreeFor(owner string, now time.Time) bool {
	return c.Owner == "" || c.Owner == owner || !now.Before(c.Until)
}

// Progress is the progress of a task. It is stored with the work, and a later hub continues from
// it.
type Progress struct {
	Tries int       // failed attempts
	Next  time.Time // time of the next attempt; zero during an attempt
	// UncertainSince is when Do was last called without a certain result. It is stored before every
	// call, so that it survives a kill. Zero: every call certainly failed.
	UncertainSince time.Time
}

// Outcome is the meaning of an error. Without a field set it is a certain failure that a retry does
// not help: it ends a fresh task, while a waiting one keeps waiting.
type Outcome struct {
	Retry     bool // nothing was done, and a later attempt may succeed
	Uncertain bool // the work may have been done
	Refused   bool // the same request fails again
	// Done is set together with Uncertain: the work was done, and is not repeated. If it is not found, Run
	// returns ErrUndecided.
	Done bool
	// Wait is the shortest pause before the next attempt, if the other side asks for one.
	Wait time.Duration
	// CannotLookUp is an error of Find: whether the work was done cannot be found out, now or
	// later.
	CannotLookUp bool
}

// Task is one piece of work that must be done once.
type Task struct {
	Name     string // for the log
	Fresh    bool   // never attempted: the first attempt needs no lookup
	Progress Progress
	Claim    Claim // as it is stored with the work; the runner renews it

	// Find checks whether the work is done. nil: this cannot be found out.
	Find func(ctx context.Context) (done bool, err error)
	// Do does the work once.
	Do func(ctx context.Context) error
	// Keep stores the progress and the claim; err is the error of the last attempt of this Run, or
	// nil. It returns ErrTaken if another owner has claimed the work. It is also called while the
	// hub stops.
	Keep func(ctx context.Context, p Progress, claim Claim, err error) error
	// Late is called after every failed attempt that is followed by another. May be nil.
	Late func(err error)
	// Parks is set if the task waits for an event instead of time: after a failed attempt the
	// runner stores it with a zero Claim and returns ErrParked. At the event any hub claims it from
	// the store and runs it again.
	Parks bool
	// Nudge ends a pause: with nil the next attempt is made now, with an error there is none and Run
	// returns the error. nil: the task is never nudged.
	Nudge <-chan error

	failed error // error of the last attempt of this Run
	done   error // error of an attempt of this Run that was Done
}

// Errors that Run returns, apart from those of Find and Do. Test them with errors.Is.
var (
	// ErrStopped: the hub stops. The progress is stored, and the next hub continues.
	ErrStopped = errors.New("the hub is stopping")
	// ErrTaken: the claim expired and another owner took the work.
	ErrTaken = errors.New("another hub has taken over the work")
	// ErrParked: the attempt failed, and the task waits for its event. It wraps the attempt's
	// error.
	ErrParked = errors.New("waiting for the next event")
	// ErrUndecided: the last attempt may have succeeded, and this cannot be checked. The task is
	// over; a person must decide about another attempt. It wraps the attempt's error.
	ErrUndecided = errors.New("whether it succeeded is unknown and cannot be looked up")
	// ErrSettling is the error of a task that waits while an uncertain attempt may still take
	// effect.
	ErrSettling = errors.New("an earlier attempt may still succeed")
)
