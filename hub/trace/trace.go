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
	Steps     []Step
}

// TraceStep is one step. Which fields it has goes by What.
type Step struct {
	At     time.Time     `json:"at"`
	What   What          `json:"what"`
	Agents []string      `json:"agents,omitempty"` // logins
	Words  []string      `json:"words,omitempty"`  // extensions, customers, desktops, or how a number was read
	Text   string        `json:"text,omitempty"`
	Why    string        `json:"why,omitempty"`
	After  time.Duration `json:"after,omitempty"` // nanoseconds
}

// TraceWhat says what a step tells.
type What string

// The steps.
const (
	Seen   What = "seen"   // Text: the state in which it was first seen
	Number What = "number" // Text: as presented; Words: how it was read
	// Text: the tracked number that it came in on, empty where nothing is tracked; Why: whom it is
	// shown to
	Line      What = "line"
	Untracked What = "untracked" // Text: the number called
	Looked    What = "looked"    // Words: who was found; After: how long it took; Why: what failed
	Late      What = "late"      // the directories have not answered after that time
	Legs      What = "legs"      // Words: "101 ringing"
	Told      What = "told"      // it concerns these agents, because
	NotTold   What = "not told"  // it does not concern them, or nobody at these extensions (Words), because
	// popups of the kind in Text are switched off in hub.yml; Why: locked, or not
	Off      What = "off"
	Sent     What = "sent"      // to these agents, whose desktops Words are
	Away     What = "away"      // these agents are signed in nowhere
	Snapshot What = "snapshot"  // an agent signed in while the call went on
	Shown    What = "shown"     // it is on the agent's screen, After it was sent
	Hidden   What = "hidden"    // the desktop shows no popup, Why: protocol.Hidden
	State    What = "state"     // Text: the state; Why: more about it
	Pressed  What = "pressed"   // Text: the ticket that it is to be added to, if any
	Refused  What = "refused"   // a press was
	Queued   What = "queued"    // the ticket takes longer
	Ticket   What = "ticket"    // Text: its number
	NoTicket What = "no ticket" // the help desk made none
)

// Traces keeps the traces of calls.
type Store interface {
	// KeepTraces adds the steps to the traces of their calls, takes over the number and the names,
	// and begins those that there are none of. One without a PBX knows its steps only and is not
	// begun.
	KeepTraces(ctx context.Context, traces []Trace) error
	// ForgetTraces deletes those that began before that moment, and the oldest where there are more
	// than most.
	ForgetTraces(ctx context.Context, before time.Time, most int) error
}

const (
	writePause  = time.Second        // how often steps are written
	retain      = 7 * 24 * time.Hour // how long they are kept
	mostTraces  = 50_000             // calls in the database
	mostSteps   = 20_000             // steps that wait to be written
	forgetEvery = 10 * time.Minute
)

// Writer takes steps from any goroutine without waiting and writes them in batches on its own, Run.
type Writer struct {
	store Store
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	// Run's own
	failing bool // logged once
	unkept  int  // calls whose steps were lost since then
	forgot  time.Time

	mu      sync.Mutex // guards what follows
	pending map[string]*Entry
	order   []string // of pending
	steps   int
	lost    int
}

// Entry is what waits to be written about a call.
type Entry struct {
	Trace
	Numbers *phone.Reader // explains the number in the background; nil: it is not explained
}

// NewWriter makes a writer; Run starts it.
func NewWriter(store Store, log *slog.Logger, now func() time.Time) *Writer {
	return &Writer{store: store, log: log, now: now, loop: batch.New(writePause), pending: map[string]*Entry{}}
}

// Add adds steps to the trace of a call. A head without a PBX has only the call's id.
func (t *Writer) Add(head Entry, steps ...Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.steps+len(steps) > mostSteps {
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
	t.steps += len(steps)
	t.loop.Wake()
}

// take empties the inbox.
func (t *Writer) take() (traces []Entry, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range t.order {
		traces = append(traces, *t.pending[id])
	}
	lost = t.lost
	t.pending, t.order, t.steps, t.lost = map[string]*Entry{}, nil, 0, 0
	return traces, lost
}

// Run writes until ctx ends, and then what was added last.
func (t *Writer) Run(ctx context.Context) { t.loop.Run(ctx, t.turn) }

func (t *Writer) turn(ctx context.Context) (next time.Duration) {
	t.write(ctx)
	if now := t.now(); now.Sub(t.forgot) >= forgetEvery && ctx.Err() == nil {
		t.forgot = now
		err := t.store.ForgetTraces(ctx, now.Add(-retain), mostTraces)
		if err != nil && ctx.Err() == nil {
			t.log.Error("cannot delete old traces", "error", err)
		}
	}
	return 0
}

// write hands on what has been noted. What the database does not take now is lost: a trace is no
// record.
func (t *Writer) write(ctx context.Context) {
	if ctx.Err() != nil {
		return // it is written with the last words
	}
	list, lost := t.take()
	traces := make([]Trace, len(list))
	for i, n := range list {
		slices.SortStableFunc(n.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
		for j := range n.Steps {
			if n.Numbers != nil {
				n.Steps[j].read(n.Numbers)
			}
		}
		traces[i] = n.Trace
	}
	if len(traces) > 0 {
		// a stop in the middle of it does not lose them
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		t.told(len(traces), t.store.KeepTraces(keep, traces))
	}
	if lost > 0 {
		t.log.Warn("steps of traces were lost: there were more than can be written", "steps", lost)
	}
}

// told says that traces are lost when that begins, and how many were when it is over.
func (t *Writer) told(calls int, err error) {
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
func (s *Step) read(numbers *phone.Reader) {
	if s.What != Number || len(s.Words) > 0 {
		return
	}
	n, how := numbers.Explain(s.Text)
	s.Words, s.Why = how, string(n.Kind)
	if n.Kind != phone.Withheld {
		s.Words = append(s.Words, "it is looked up as "+n.Key())
	}
}
