package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// attempt attempts a task once. over means that there is no further attempt. stop is done when the
// hub stops.
func (r *Runner) attempt(stop context.Context, t *Task) (over bool, err error) {
	if err := await(stop, r, t, r.turns, nil); err != nil {
		return true, err
	}
	defer func() { r.turns <- struct{}{} }()
	ctx, cancel := context.WithTimeout(stop, r.Pace.Attempt)
	defer cancel()
	before := t.Progress.UncertainSince
	if over, err := r.prepare(ctx, t); over || err != nil {
		return over, err
	}
	if err = t.Do(ctx); err == nil {
		return true, nil
	}
	switch o := r.Classify(err); {
	case o.Uncertain:
		done, blind := r.look(ctx, t)
		if done {
			return true, nil
		}
		t.Progress.UncertainSince = r.Now()
		if o.Done {
			t.done = err
		}
		if blind && stop.Err() == nil { // otherwise the next hub ends it
			return true, undecided(err)
		}
		return false, err
	case o.Refused:
		return true, err
	default:
		t.Progress.UncertainSince = before
		// A failure without a retry ends fresh work: an agent waits for it.
		return t.Fresh && !o.Retry, err
	}
}

// prepare checks whether an earlier attempt succeeded, and stores that an attempt begins: the hub
// may be killed during it. over without an error means that the work is done.
func (r *Runner) prepare(ctx context.Context, t *Task) (over bool, err error) {
	before, now := t.Progress.UncertainSince, r.Now()
	if t.Fresh {
		if t.Claim.Until.Sub(now) >= r.Pace.Attempt {
			return false, nil
		}
		err := r.keep(ctx, t, r.NewClaim())
		return errors.Is(err, ErrTaken), err
	}
	done, blind, err := r.find(ctx, t)
	switch {
	case done:
		return true, nil
	case blind && !before.IsZero():
		return true, undecided(err)
	case err != nil && !blind:
		return false, err // whether the work is done is unknown
	case now.Sub(before) < r.Pace.Settle:
		return false, ErrSettling
	case t.done != nil:
		return true, undecided(t.done)
	}
	t.Progress.UncertainSince, t.Progress.Next = r.Now(), time.Time{}
	if err := r.keep(ctx, t, r.NewClaim()); err != nil {
		t.Progress.UncertainSince = before
		return errors.Is(err, ErrTaken), err
	}
	return false, nil
}

// find checks whether the work is done. blind means that this cannot be found out.
func (r *Runner) find(ctx context.Context, t *Task) (done, blind bool, err error) {
	if t.Find == nil {
		return false, true, nil
	}
	done, err = t.Find(ctx)
	if err != nil {
		return false, r.Classify(err).CannotLookUp, err
	}
	return done, false, nil
}

// look searches for uncertain work repeatedly for a while: it may still be in progress. After its
// database had stalled, Znuny showed a ticket only in the second search.
func (r *Runner) look(ctx context.Context, t *Task) (done, blind bool) {
	deadline := time.Now().Add(r.Pace.Look)
	for wait := r.Pace.Look / 50; ; wait *= 2 {
		done, blind, _ = r.find(ctx, t)
		if done || blind || time.Now().Add(wait).After(deadline) {
			return done, blind
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, false
		}
	}
}

func undecided(err error) error {
	if err == nil {
		return ErrUndecided
	}
	return fmt.Errorf("%w: %w", ErrUndecided, err)
}
