package trace

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"traybell/hub/batch"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Trace is what the hub decided about one call and why, step by step. It answers "why did I get no
// popup?".
type Trace struct {
	ID        int64 // ascending in the order in which calls were first seen
	CallID    string
	PBX       string
	Direction protocol.Direction
	Number    string // as the PBX presented it
	Name      string // the CallerID name
	DID       string
	Party     string // phone.Number.Key
	At        time.Time
	Steps     []Step
}

// Step is one step. What determines which fields are set.
type Step struct {
	At     time.Time     `json:"at"`
	What   What          `json:"what"`
	Agents []string      `json:"agents,omitempty"` // logins
	Words  []string      `json:"words,omitempty"`  // extensions, customers, desktops, or how a number was parsed
	Text   string        `json:"text,omitempty"`
	Why    string        `json:"why,omitempty"`
	After  time.Duration `json:"after,omitempty"` // nanoseconds
}

// What is the kind of a step.
type What string

// The steps.
const (
	Seen   What = "seen"   // Text: the call's state
	Number What = "number" // Text: as presented by the PBX; Words: how it was parsed
	// Text: the tracked number, empty if hub.yml tracks none; Why: the agents it is shown to
	Line      What = "line"
	Untracked What = "untracked" // Text: the called number
	Looked    What = "looked"    // Words: customers found; After: time of the lookup; Why: what failed
	Late      What = "late"      // the directories have not answered; After: time waited
	Legs      What = "legs"      // Words: "101 ringing"
	Told      What = "told"      // routed to these Agents; Why: the reason
	NotTold   What = "not told"  // not routed to these Agents, or Words: extensions without agent; Why: the reason
	// popups of the kind Text are switched off in hub.yml; Why: "locked" if they are
	Off      What = "off"
	Sent     What = "sent"      // to these Agents; Words: their desktops
	Away     What = "away"      // these Agents are not signed in
	Snapshot What = "snapshot"  // an agent signed in during the call
	Shown    What = "shown"     // the desktop shows a popup; After: time since it was sent
	Hidden   What = "hidden"    // the desktop shows no popup, Why: protocol.Hidden
	State    What = "state"     // Text: the state; Why: details
	Pressed  What = "pressed"   // a ticket was requested; Text: the ticket to add the call to, if any
	Refused  What = "refused"   // the request was refused
	Queued   What = "queued"    // the ticket takes longer
	Ticket   What = "ticket"    // Text: its number
	NoTicket What = "no ticket" // the help desk did not create one
)

// Store keeps traces.
type Store interface {
	// KeepTraces appends the steps to the traces of their calls, updates number, name and DID, and
	// inserts new traces. A trace without a PBX has only its steps and is not inserted.
	KeepTraces(ctx context.Context, traces []Trace) error
	// ForgetTraces deletes the traces that began before a time, and the oldest if there are more
	// than most.
	ForgetTraces(ctx context.Context, before time.Time, most int) error
}

const (
	writePause  = time.Second        // how often steps are written
	retain      = 7 * 24 * time.Hour // how long they are kept
	mostTraces  = 50_000             // calls in the database
	mostSteps   = 20_000             // unwritten steps
	forgetEvery = 10 * time.Minute
)

// Writer takes steps from any goroutine without blocking and writes them in batches. The goroutine
// of Run owns the fields below loop.
type Writer struct {
	store Store
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	failing    bool // the error was logged
	unsaved    int  // calls whose steps were lost since then
	lastForgot time.Time

	mu      sync.Mutex // guards the fields below
	pending map[string]*Entry
	order   []string // of pending
	steps   int
	dropped int // steps
}

// Entry is the unwritten part of a trace.
type Entry struct {
	Trace
	Numbers *phone.Reader // explains the number in the background; nil: no explanation
}

// NewWriter returns a writer; Run starts it.
func NewWriter(store Store, log *slog.Logger, now func() time.Time) *Writer {
	return &Writer{store: store, log: log, now: now, loop: batch.New(writePause), pending: map[string]*Entry{}}
}

// Add adds steps to the trace of a call. A head without a PBX has only the call's id. Steps beyond
// mostSteps are dropped.
func (t *Writer) Add(head Entry, steps ...Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.steps+len(steps) > mostSteps {
		t.dropped += len(steps)
		return
	}
	p := t.pending[head.CallID]
	if p == nil {
		p = &head
		t.pending[head.CallID] = p
		t.order = append(t.order, head.CallID)
	}
	if head.PBX != "" { // the number or the name may have changed
		head.Steps = p.Steps
		if p.PBX != "" {
			head.At = p.At
		}
		*p = head
	}
	p.Steps = append(p.Steps, steps...)
	t.steps += len(steps)
	t.loop.Wake()
}

// take returns the unwritten entries and the number of dropped steps.
func (t *Writer) take() (traces []Entry, dropped int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range t.order {
		traces = append(traces, *t.pending[id])
	}
	dropped = t.dropped
	t.pending, t.order, t.steps, t.dropped = map[string]*Entry{}, nil, 0, 0
	return traces, dropped
}

// Run writes until ctx ends, and then writes what is left.
func (t *Writer) Run(ctx context.Context) { t.loop.Run(ctx, t.turn) }

func (t *Writer) turn(ctx context.Context) (next time.Duration) {
	t.write(ctx)
	if now := t.now(); now.Sub(t.lastForgot) >= forgetEvery && ctx.Err() == nil {
		t.lastForgot = now
		err := t.store.ForgetTraces(ctx, now.Add(-retain), mostTraces)
		if err != nil && ctx.Err() == nil {
			t.log.Error("cannot delete old traces", "error", err)
		}
	}
	return 0
}

// write saves the entries. They are not retried: a lost trace is acceptable.
func (t *Writer) write(ctx context.Context) {
	if ctx.Err() != nil {
		return // Run calls again with a context that lives on
	}
	list, dropped := t.take()
	traces := make([]Trace, len(list))
	for i, n := range list {
		slices.SortStableFunc(n.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
		for j := range n.Steps {
			if n.Numbers != nil {
				n.Steps[j].explain(n.Numbers)
			}
		}
		traces[i] = n.Trace
	}
	if len(traces) > 0 {
		// a stop does not interrupt the write
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		t.logResult(len(traces), t.store.KeepTraces(keep, traces))
	}
	if dropped > 0 {
		t.log.Warn("trace steps dropped: too many at once", "steps", dropped)
	}
}

// logResult logs the first of several errors, and how many calls were lost when writing works
// again.
func (t *Writer) logResult(calls int, err error) {
	switch {
	case err != nil && !t.failing:
		t.failing, t.unsaved = true, calls
		t.log.Error("cannot save call traces, dropping them", "calls", calls, "error", err)
	case err != nil:
		t.unsaved += calls
	case t.failing:
		t.failing = false
		t.log.Info("call traces are saved again", "dropped", t.unsaved)
	}
}

// explain adds how a number was parsed. It is too slow for the desk's loop.
func (s *Step) explain(numbers *phone.Reader) {
	if s.What != Number || len(s.Words) > 0 {
		return
	}
	n, how := numbers.Explain(s.Text)
	s.Words, s.Why = how, string(n.Kind)
	if n.Kind != phone.Withheld {
		s.Words = append(s.Words, "looked up as "+n.Key())
	}
}
