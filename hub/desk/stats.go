package desk

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"traybell/hub/cdr"
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
	Longest time.Duration          // of the loop's turns of the last one to two minutes
	Ended   map[cdr.Outcome]uint64 // calls that ended; without those merged into others

	Waiting struct{ Turns, Steps, Records int } // queued: for the loop; to be written, of traces and records
}

// Stats waits for the loop.
func (d *Desk) Stats(ctx context.Context) (Stats, error) {
	c := &d.counters
	s := &Stats{
		Told: c.seen.Load(), Shown: c.shown.Load(), Made: c.made.Load(), Queued: c.queued.Load(),
		Failed: c.failed.Load(), Calls: map[protocol.State]int{}, Longest: d.longest.Recent(time.Now()),
	}
	s.Waiting.Turns = d.queue.Waiting()
	if d.traces != nil {
		s.Waiting.Steps = d.traces.Waiting()
	}
	if d.records != nil {
		s.Waiting.Records = d.records.Waiting()
	}
	if err := d.wait(ctx, func(l *loop) {
		s.Ended = maps.Clone(l.ended.results)
		s.Pending = len(l.presses.byCall)
		for c := range l.live {
			if c.TestFor == "" {
				s.Calls[c.State]++
			}
		}
	}); err != nil {
		return Stats{}, err
	}
	return *s, nil
}

// LiveCall is a call in progress.
type LiveCall struct {
	PBX    string
	Call   protocol.Call
	Agents []string // sorted logins of those who see or saw it
}

// SeenBy reports whether an agent sees or saw the call.
func (c LiveCall) SeenBy(login string) bool { return slices.Contains(c.Agents, login) }

// Live returns the calls in progress, oldest first.
func (d *Desk) Live(ctx context.Context) ([]LiveCall, error) {
	live := []LiveCall{}
	if err := d.wait(ctx, func(l *loop) {
		for _, c := range inOrder(maps.Keys(l.live)) {
			live = append(live, LiveCall{c.PBX, c.seen(), slices.Sorted(maps.Keys(c.seenBy))})
		}
	}); err != nil {
		return nil, err
	}
	return live, nil
}
