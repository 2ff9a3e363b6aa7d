// Package jobs runs durable work: it is stored before it begins and retried until it is done or
// refused, across restarts. One hub at a time claims each task, so that several hubs on one
// database do not do it twice.
//
// It owns neither goroutines nor storage: Run works in the caller's goroutine, and a Task stores
// its progress with its work.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	keepTime = 5 * time.Second // one write
	// mostDoubled limits how often a pause is doubled.
	mostDoubled = 32
)

// Pace is how often and how long a runner tries. Zero fields use the defaults named here.
type Pace struct {
	Attempt time.Duration // one attempt, with the lookups before and after it: 30 s
	Look    time.Duration // how long uncertain work is searched for after an attempt: 5 s
	// Settle is how long after an uncertain attempt the work may still appear; the next attempt
	// waits for it: 1 minute.
	Settle  time.Duration
	First   time.Duration // the pause after the first attempt, then doubled, ± 25 %: 1 s
	Longest time.Duration // no pause is longer: 1 minute
	AtOnce  int           // attempts at a time: 8
}

func (p Pace) orDefault() Pace {
	return Pace{
		Attempt: cmp.Or(p.Attempt, 30*time.Second), Look: cmp.Or(p.Look, 5*time.Second),
		Settle: cmp.Or(p.Settle, time.Minute),
		First:  cmp.Or(p.First, time.Second), Longest: cmp.Or(p.Longest, time.Minute), AtOnce: cmp.Or(p.AtOnce, 8),
	}
}

// pauses returns the pauses that follow that many failed attempts.
func (p Pace) pauses(tries int) *backoff.ExponentialBackOff {
	const jitter = 0.25
	longest := time.Duration(float64(p.Longest) / (1 + jitter))
	b := &backoff.ExponentialBackOff{
		InitialInterval: min(p.First, longest), RandomizationFactor: jitter, Multiplier: 2, MaxInterval: longest,
	}
	for range min(tries, mostDoubled) {
		b.NextBackOff()
	}
	return b
}

// Options configure a Runner.
type Options struct {
	Pace  Pace
	Owner string        // of claims; see LoadOwner
	Lease time.Duration // how long a claim lasts unless it is renewed: 2 minutes; at least two attempts
	// Classify returns the meaning of an error of Find or Do. nil: every error is uncertain.
	Classify func(error) Outcome
	Log      *slog.Logger
	Now      func() time.Time // default: time.Now
}

// Runner runs tasks. It is safe for concurrent use.
type Runner struct {
	Options
	turns chan struct{} // one token for each attempt that may run
}

// New creates a runner.
func New(o Options) *Runner {
	o.Pace = o.Pace.orDefault()
	o.Lease = max(cmp.Or(o.Lease, 2*time.Minute), 2*o.Pace.Attempt)
	if o.Classify == nil {
		o.Classify = func(error) Outcome { return Outcome{Uncertain: true} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Runner{Options: o, turns: make(chan struct{}, o.Pace.AtOnce)}
	for range o.Pace.AtOnce {
		r.turns <- struct{}{}
	}
	return r
}

// NewClaim returns a claim of this runner's owner that begins now.
func (r *Runner) NewClaim() Claim {
	return Claim{Owner: r.Owner, Until: r.Now().Add(r.Lease)}
}

// Run attempts a task until it is done, refused or undecided, or ctx ends. A task that is not fresh
// first waits for Progress.Next, at most Pace.Longest.
func (r *Runner) Run(ctx context.Context, t *Task) error {
	if t.Fresh {
		t.Progress = Progress{}
	}
	if wait := t.Progress.Next.Sub(r.Now()); wait > 0 && !t.Fresh {
		if err := r.rest(ctx, t, min(wait, r.Pace.Longest)); err != nil {
			return err
		}
	}
	pauses := r.Pace.pauses(t.Progress.Tries)
	for {
		over, err := r.attempt(ctx, t)
		switch {
		case err == nil, over:
			return err
		case ctx.Err() != nil:
			return ErrStopped
		}
		t.Fresh, t.failed = false, err
		t.Progress.Tries++
		if t.Parks {
			return r.park(ctx, t)
		}
		wait := max(pauses.NextBackOff(), r.Classify(err).Wait)
		t.Progress.Next = r.Now().Add(wait)
		r.Log.Warn("attempt failed", "job", t.Name, "tries", t.Progress.Tries, "retry_in", wait.Round(time.Millisecond),
			"error", err)
		if kerr := r.keep(ctx, t, r.NewClaim()); errors.Is(kerr, ErrTaken) {
			return kerr
		} else if kerr != nil {
			r.Log.Error("cannot store the progress of a job", "job", t.Name, "error", kerr)
		}
		if t.Late != nil {
			t.Late(err)
		}
		if err := r.rest(ctx, t, wait); err != nil {
			return err
		}
	}
}

// park releases the claim of a failed task.
func (r *Runner) park(ctx context.Context, t *Task) error {
	if err := r.keep(ctx, t, Claim{}); err != nil {
		r.Log.Error("cannot store the progress of a job", "job", t.Name, "error", err)
	}
	return fmt.Errorf("%w: %w", ErrParked, t.failed)
}

// keep stores the progress with a new claim. Fresh work is stored as uncertain: it is done right
// after, and a hub that is killed then must leave a trace of it.
func (r *Runner) keep(ctx context.Context, t *Task, claim Claim) error {
	progress := t.Progress
	if t.Fresh {
		progress.UncertainSince = r.Now()
	}
	err := Keep(ctx, func(ctx context.Context) error { return t.Keep(ctx, progress, claim, t.failed) })
	if err == nil {
		t.Claim = claim
	}
	return err
}

// Keep runs a write that a stopping hub still makes. It takes at most five seconds.
func Keep(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	return write(ctx)
}

// rest waits for that long, or for a nudge.
func (r *Runner) rest(ctx context.Context, t *Task, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	return await(ctx, r, t, timer.C, t.Nudge)
}

// await waits for an event or a nudge and renews the task's claim so that at least half of the lease
// is left. It returns ErrStopped or ErrTaken if the task must be left alone, or the nudge's error.
func await[T any](ctx context.Context, r *Runner, t *Task, event <-chan T, nudge <-chan error) error {
	for {
		renew := time.NewTimer(max(t.Claim.Until.Sub(r.Now())-r.Lease/2, r.Lease/8))
		select {
		case <-event:
			renew.Stop()
			return nil
		case err := <-nudge:
			renew.Stop()
			return err
		case <-renew.C:
			if err := r.keep(ctx, t, r.NewClaim()); errors.Is(err, ErrTaken) {
				return err
			} else if err != nil {
				r.Log.Error("cannot renew the claim of a job", "job", t.Name, "error", err)
			}
		case <-ctx.Done():
			renew.Stop()
			return ErrStopped
		}
	}
}
