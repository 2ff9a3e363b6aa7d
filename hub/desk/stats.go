package desk

import (
	"context"
	"sync/atomic"

	"traybell/shared/protocol"
)

// counters count since the start; any goroutine may add.
type counters struct{ told, shown, made, queued, failed atomic.Uint64 }

// Stats is what happened since the start, and how things are now.
type Stats struct {
	Told    uint64                 // calls shown to agents, counted for each agent
	Shown   uint64                 // popups of which a desktop said that they are on the screen
	Made    uint64                 // tickets made, and calls added to tickets
	Queued  uint64                 // presses that were told that the ticket comes later
	Failed  uint64                 // presses of which nothing came
	Pending int                    // presses whose ticket is being made, or waits for the help desk
	Calls   map[protocol.State]int // calls under way, by state
}

// Stats may be asked from any goroutine; it waits for the loop.
func (d *Desk) Stats(ctx context.Context) (Stats, error) {
	c := &d.counters
	s := Stats{
		Told: c.told.Load(), Shown: c.shown.Load(), Made: c.made.Load(), Queued: c.queued.Load(),
		Failed: c.failed.Load(),
		Calls:  map[protocol.State]int{},
	}
	err := d.wait(ctx, func() {
		s.Pending = len(d.presses)
		for _, l := range d.calls {
			if l.call.State != protocol.Ended {
				s.Calls[l.call.State]++
			}
		}
	})
	return s, err
}

// countTold counts to how many agents more a call is shown. It runs on the loop.
func (d *Desk) countTold(l *live) {
	if n := len(l.told); n > l.counted {
		d.counters.told.Add(uint64(n - l.counted)) //nolint:gosec // more than none
		l.counted = n
	}
}

// countEnd counts what came of a press.
func (d *Desk) countEnd(state TicketState) {
	if state == TicketMade {
		d.counters.made.Add(1)
	} else {
		d.counters.failed.Add(1)
	}
}
