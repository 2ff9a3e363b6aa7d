package desk

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Trace is what the hub decided about one call, and why, step by step: the answer to "why did I get
// no popup?".
type Trace struct {
	ID        int64 // of the order in which calls were first seen
	CallID    string
	PBX       string
	Direction protocol.Direction
	Number    string // as the PBX presented it
	Name      string // the CallerID name
	DID       string
	Party     string // phone.Number.Key
	At        time.Time
	Steps     []TraceStep
}

// TraceStep is one step. Which fields it has goes by What.
type TraceStep struct {
	At     time.Time     `json:"at"`
	What   TraceWhat     `json:"what"`
	Agents []string      `json:"agents,omitempty"` // logins
	Words  []string      `json:"words,omitempty"`  // extensions, customers, desktops, or how a number was read
	Text   string        `json:"text,omitempty"`
	Why    string        `json:"why,omitempty"`
	After  time.Duration `json:"after,omitempty"` // nanoseconds
}

// TraceWhat says what a step tells.
type TraceWhat string

// The steps.
const (
	TraceSeen   TraceWhat = "seen"   // Text: the state in which it was first seen
	TraceNumber TraceWhat = "number" // Text: as presented; Words: how it was read
	// Text: the tracked number that it came in on, empty where nothing is tracked; Why: whom it is
	// shown to
	TraceLine      TraceWhat = "line"
	TraceUntracked TraceWhat = "untracked" // Text: the number called
	TraceLooked    TraceWhat = "looked"    // Words: who was found; After: how long it took; Why: what failed
	TraceLate      TraceWhat = "late"      // the directories have not answered after that time
	TraceLegs      TraceWhat = "legs"      // Words: "101 ringing"
	TraceTold      TraceWhat = "told"      // it concerns these agents, because
	TraceNotTold   TraceWhat = "not told"  // it does not concern them, or nobody at these extensions (Words), because
	// popups of the kind in Text are switched off in hub.yml; Why: locked, or not
	TraceOff      TraceWhat = "off"
	TraceSent     TraceWhat = "sent"      // to these agents, whose desktops Words are
	TraceAway     TraceWhat = "away"      // these agents are signed in nowhere
	TraceSnapshot TraceWhat = "snapshot"  // an agent signed in while the call went on
	TraceShown    TraceWhat = "shown"     // it is on the agent's screen, After it was sent
	TraceHidden   TraceWhat = "hidden"    // the desktop shows no popup, Why: protocol.Hidden
	TraceState    TraceWhat = "state"     // Text: the state; Why: more about it
	TracePressed  TraceWhat = "pressed"   // Text: the ticket that it is to be added to, if any
	TraceRefused  TraceWhat = "refused"   // a press was
	TraceQueued   TraceWhat = "queued"    // the ticket takes longer
	TraceTicket   TraceWhat = "ticket"    // Text: its number
	TraceNoTicket TraceWhat = "no ticket" // the help desk made none
)

// Traces keeps the traces of calls.
type Traces interface {
	// KeepTraces adds the steps to the traces of their calls, takes over the number and the names,
	// and begins those that there are none of. One without a PBX knows its steps only and is not
	// begun.
	KeepTraces(ctx context.Context, traces []Trace) error
	// ForgetTraces deletes those that began before that moment, and the oldest where there are more
	// than most.
	ForgetTraces(ctx context.Context, before time.Time, most int) error
}

const (
	traceEvery  = time.Second        // how often steps are written
	tracesStay  = 7 * 24 * time.Hour // how long they are kept
	mostTraces  = 50_000             // calls in the database
	mostNotes   = 20_000             // steps that wait to be written
	traceForget = 10 * time.Minute
)

// tracer takes steps from any goroutine without waiting and writes them in batches on its own, run.
type tracer struct {
	traces Traces
	log    *slog.Logger
	now    func() time.Time
	wake   chan struct{}

	failing bool // said once; run's own
	unkept  int  // calls whose steps were lost since then

	mu      sync.Mutex // guards what follows
	pending map[string]*noted
	order   []string // of pending
	notes   int
	lost    int
}

// noted is what waits to be written of a call.
type noted struct {
	Trace
	numbers *phone.Reader // reads its number beside the loop
}

func newTracer(o Options) *tracer {
	return &tracer{traces: o.Traces, log: o.Log, now: o.Now, wake: make(chan struct{}, 1), pending: map[string]*noted{}}
}

// add notes steps of a call. A head without a PBX knows no more than the call's id.
func (t *tracer) add(head noted, steps ...TraceStep) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.notes+len(steps) > mostNotes {
		t.lost += len(steps)
		return
	}
	p := t.pending[head.CallID]
	if p == nil {
		p = &head
		t.pending[head.CallID] = p
		t.order = append(t.order, head.CallID)
	}
	if head.PBX != "" { // its number or name may have come late
		head.Steps = p.Steps
		if p.PBX != "" {
			head.At = p.At
		}
		*p = head
	}
	p.Steps = append(p.Steps, steps...)
	t.notes += len(steps)
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox.
func (t *tracer) take() (traces []noted, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range t.order {
		traces = append(traces, *t.pending[id])
	}
	lost = t.lost
	t.pending, t.order, t.notes, t.lost = map[string]*noted{}, nil, 0, 0
	return traces, lost
}

// run writes until ctx ends, and then what was noted last.
func (t *tracer) run(ctx context.Context) {
	forgot := time.Time{}
	for {
		select {
		case <-t.wake:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
			defer cancel()
			t.write(last)
			return
		}
		pause := time.NewTimer(traceEvery) // more will follow soon
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		t.write(ctx)
		if now := t.now(); now.Sub(forgot) >= traceForget && ctx.Err() == nil {
			forgot = now
			if err := t.traces.ForgetTraces(ctx, now.Add(-tracesStay), mostTraces); err != nil && ctx.Err() == nil {
				t.log.Error("old traces of calls could not be deleted", "error", err)
			}
		}
	}
}

// write hands on what has been noted. What the database does not take now is lost: a trace is no
// record.
func (t *tracer) write(ctx context.Context) {
	if ctx.Err() != nil {
		return // it is written with the last words
	}
	list, lost := t.take()
	traces := make([]Trace, len(list))
	for i, n := range list {
		slices.SortStableFunc(n.Steps, func(a, b TraceStep) int { return a.At.Compare(b.At) })
		for j := range n.Steps {
			if n.numbers != nil {
				n.Steps[j].read(n.numbers)
			}
		}
		traces[i] = n.Trace
	}
	if len(traces) > 0 {
		// a stop in the middle of it does not lose them
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
		defer cancel()
		t.told(len(traces), t.traces.KeepTraces(keep, traces))
	}
	if lost > 0 {
		t.log.Warn("steps of traces were lost: there were more than can be written", "steps", lost)
	}
}

// told says that traces are lost when that begins, and how many were when it is over.
func (t *tracer) told(calls int, err error) {
	switch {
	case err != nil && !t.failing:
		t.failing, t.unkept = true, calls
		t.log.Error("traces of calls could not be kept, and are lost until the database takes them again",
			"calls", calls, "error", err)
	case err != nil:
		t.unkept += calls
	case t.failing:
		t.failing = false
		t.log.Info("traces of calls are kept again", "lost", t.unkept)
	}
}

// read explains a number, which takes longer than reading it did.
func (s *TraceStep) read(numbers *phone.Reader) {
	if s.What != TraceNumber || len(s.Words) > 0 {
		return
	}
	n, how := numbers.Explain(s.Text)
	s.Words, s.Why = how, string(n.Kind)
	if n.Kind != phone.Withheld {
		s.Words = append(s.Words, "it is looked up as "+n.Key())
	}
}

// tracing starts the tracer, if there is one, and returns what stops it: to be called when the loop
// has ended.
func (d *Desk) tracing(ctx context.Context) (stop func()) {
	if d.tracer == nil {
		return func() {}
	}
	return beside(ctx, d.tracer.run)
}
