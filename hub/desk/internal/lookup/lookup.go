// Package lookup looks up who calls, in the background.
package lookup

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"traybell/hub/caller"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Patience is after which a caller is shown as unknown for now.
const Patience = 800 * time.Millisecond

// Lookup is what to look up.
type Lookup struct {
	Call   string // its ID
	Number phone.Number
	Known  []protocol.Customer // colleagues: no directory is asked
	Inside bool                // a phone of the company calls
}

// Desk looks up callers. Its methods may be called from any goroutine.
type Desk struct {
	Callers caller.Lookup
	Numbers func() *phone.Reader
	Traces  *trace.Writer // nil: no traces are kept
	Work    *sync.WaitGroup
	Log     *slog.Logger
	Now     func() time.Time
}

// Look asks the directory and the store, and passes the answer to found. If that takes too long,
// found first gets an unknown caller.
func (d Desk) Look(ctx context.Context, what Lookup, found func(caller.Found)) {
	answer := make(chan caller.Found, 1)
	d.Work.Go(func() { answer <- d.find(ctx, what) })
	late := time.NewTimer(Patience)
	defer late.Stop()
	for {
		select {
		case f := <-answer:
			found(f)
			return
		case <-ctx.Done():
			return
		case <-late.C:
			found(caller.Nothing(what.Number, what.Known))
			d.Traces.Step(what.Call, trace.Step{What: trace.Late, After: Patience})
		}
	}
}

// find looks up the readings of a number, most plausible first. The first that a customer has is
// used, else the first with a category or a block, else the first.
func (d Desk) find(ctx context.Context, what Lookup) caller.Found {
	readings := d.Numbers().Readings(what.Number)
	customers := what.Known
	if began := d.Now(); len(customers) == 0 {
		var err error
		if readings, customers, err = d.Callers.Customers(ctx, readings); err != nil && ctx.Err() == nil {
			d.Log.Warn("cannot look up caller", "call", what.Call, "error", err)
		}
		d.Traces.Step(what.Call, trace.LookedStep(customers, d.Now().Sub(began), err))
	}
	return d.Callers.Noted(ctx, what.Call, readings, customers)
}

// Again looks up the number of a known call again. ok is false if it still has no customer; the
// first lookup traced and logged as much.
func (d Desk) Again(ctx context.Context, number phone.Number, call string) (f caller.Found, ok bool) {
	readings, customers, err := d.Callers.Customers(ctx, d.Numbers().Readings(number))
	if err != nil || len(customers) == 0 {
		return caller.Found{}, false
	}
	return d.Callers.Noted(ctx, call, readings, customers), true
}
