package desk

import (
	"context"
	"sync/atomic"

	"traybell/shared/protocol"
)

// counters count since the start. Any goroutine may add.
type counters struct{ seen, shown, made, queued, failed atomic.Uint64 }

// Stats counts events since the start, and what is live now.
type Stats struct {
	Told    uint64                 // calls sent to agents, counted for each agent
	Shown   uint64                 // popups that desktops reported on the screen
	Made    uint64                 // tickets made, and calls added to tickets
	Queued  uint64                 // presses whose agents were put off
	Failed  uint64                 // presses that failed
	Pending int                    // presses in progress, or waiting for the help desk
	Calls   map[protocol.State]int // live calls, by state
}

// Stats waits for the loop.
func (d *Desk) Stats(ctx context.Context) (Stats, error) {
	c := &d.counters
	s := &Stats{
		Told: c.seen.Load(), Shown: c.shown.Load(), Made: c.made.Load(), Queued: c.queued.Load(),
		Failed: c.failed.Load(), Calls: map[protocol.State]int{},
	}
	if err := d.wait(ctx, func(l *loop) {
		s.Pending = len(l.presses.byCall)
		for _, c := range l.calls {
			if c.State != protocol.Ended {
				s.Calls[c.State]++
			}
		}
	}); err != nil {
		return Stats{}, err
	}
	return *s, nil
}
