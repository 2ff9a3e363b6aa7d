package desk

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"traybell/hub/helpdesk"
)

// Pace is how patiently the help desk is asked. A zero field means the value named.
type Pace struct {
	Answer time.Duration // after which who pressed is told that the ticket comes later: 5 s
	Look   time.Duration // how long a ticket whose answer was lost is looked for at once: 5 s
	// how long after a lost answer the ticket may still come into being; only then another is made:
	// 1 minute
	Settle time.Duration
	// the first pause between two attempts: 1 s; each is twice the one before, give or take a
	// quarter
	First   time.Duration
	Longest time.Duration // 1 minute
	AtOnce  int           // how many requests the help desk gets at once: 8
}

func (p Pace) orDefault() Pace {
	return Pace{
		Answer: cmp.Or(p.Answer, 5*time.Second), Look: cmp.Or(p.Look, 5*time.Second),
		Settle: cmp.Or(p.Settle, time.Minute),
		First:  cmp.Or(p.First, time.Second), Longest: cmp.Or(p.Longest, time.Minute), AtOnce: cmp.Or(p.AtOnce, 8),
	}
}

// pause is how long to wait after that many attempts.
func (p Pace) pause(tries int) time.Duration {
	d := p.First
	for range tries - 1 {
		if d *= 2; d >= p.Longest {
			d = p.Longest
			break
		}
	}
	return d*3/4 + time.Duration(rand.Int64N(int64(d/2)+
		1)) //nolint:gosec // it only keeps many from coming at the same moment
}

// errand is something that the help desk is to do once: a ticket, or a note to one. It is asked for
// until it is done or refused.
type errand struct {
	what  string // for the log
	find  func(ctx context.Context) (helpdesk.Ticket, bool, error)
	make  func(ctx context.Context) (helpdesk.Ticket, error)
	keep  func(ctx context.Context, e *errand, next time.Time, err error) error // how far it is
	late  func(err error)                                                       // it will take longer
	fresh bool                                                                  // it was never asked for before
	// the last time that it was asked for without a certain answer; zero: never
	dark  time.Time
	tries int
}

// pursue asks for an errand until it is done, refused, or the desk stops; then it is ErrStopped,
// and all that is needed to go on is in the store.
func (d *Desk) pursue(ctx context.Context, e *errand) (helpdesk.Ticket, error) {
	for {
		ticket, over, err := d.attempt(ctx, e)
		switch {
		case err == nil, over:
			return ticket, err
		case ctx.Err() != nil:
			return helpdesk.Ticket{}, ErrStopped
		}
		e.fresh = false
		e.tries++
		wait := d.pace.pause(e.tries)
		d.Log.Warn("the help desk will be asked again", "what", e.what, "tries", e.tries,
			"in", wait.Round(time.Millisecond), "error", err)
		if kerr := e.keep(ctx, e, d.Now().Add(wait), err); kerr != nil {
			d.Log.Error("how far a request to the help desk is could not be kept", "what", e.what, "error", kerr)
		}
		if e.late != nil {
			e.late(err)
		}
		if !d.rest(ctx, wait) {
			return helpdesk.Ticket{}, ErrStopped
		}
	}
}

// rest waits; it is false where the desk stops meanwhile.
func (d *Desk) rest(ctx context.Context, wait time.Duration) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errSettling = &helpdesk.Error{Reason: "The help desk did not say whether it made the ticket.", Retry: true}

// attempt asks once. over tells that there is no use in asking again.
func (d *Desk) attempt(ctx context.Context, e *errand) (ticket helpdesk.Ticket, over bool, err error) {
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	case <-ctx.Done():
		return helpdesk.Ticket{}, false, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, helpDeskTime)
	defer cancel()
	before := e.dark
	if !e.fresh {
		ticket, ok, err := e.find(ctx)
		switch {
		case err != nil:
			return helpdesk.Ticket{}, false, err // whatever the reason, it cannot be told whether it is done
		case ok:
			return ticket, true, nil
		case d.Now().Sub(e.dark) < d.pace.Settle:
			return helpdesk.Ticket{}, false, errSettling
		}
		// Kept before it is asked: the hub may be killed while it is.
		e.dark = d.Now()
		if err := e.keep(ctx, e, e.dark, nil); err != nil {
			e.dark = before
			return helpdesk.Ticket{}, false, err
		}
	}
	ticket, err = e.make(ctx)
	var h *helpdesk.Error
	switch known := errors.As(err, &h); {
	case err == nil:
		return ticket, true, nil
	case !known || h.Uncertain:
		if ticket, ok := d.find(ctx, e); ok {
			return ticket, true, nil
		}
		e.dark = d.Now()
		return helpdesk.Ticket{}, false, err
	case h.Refused:
		return helpdesk.Ticket{}, true, err
	default:
		e.dark = before // nothing came of it
		// What is wrong with the help desk as a whole is told to who presses; what waits already
		// goes on waiting.
		return helpdesk.Ticket{}, e.fresh && !h.Retry, err
	}
}

// find looks for what was asked for in the dark, again and again for a while: it may still be under
// way (a Znuny whose database had stood still showed a ticket only after the first search for it
// had found none).
func (d *Desk) find(ctx context.Context, e *errand) (helpdesk.Ticket, bool) {
	deadline := time.Now().Add(d.pace.Look)
	for wait := d.pace.Look / 50; ; wait *= 2 {
		ticket, ok, _ := e.find(ctx)
		if ok || time.Now().Add(wait).After(deadline) {
			return ticket, ok
		}
		if !d.rest(ctx, wait) {
			return helpdesk.Ticket{}, false
		}
	}
}
