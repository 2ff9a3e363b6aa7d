package trace

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"traybell/hub/batch"
	"traybell/shared/phone"
	"traybell/shared/printable"
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
	// what Words or Why said in English before there were notes
	Notes []Note `json:"notes,omitempty"`
}

// What is the kind of a step.
type What string

// The steps.
const (
	Seen   What = "seen"   // Text: the call's state
	Number What = "number" // Text: as presented by the PBX; Notes: how it was parsed
	// Notes: which endpoints are phones of the company and which are trunks, and why
	Endpoints What = "endpoints"
	// an endpoint was judged without evidence; Text: "SIP/701"; Words: Inside or Outside; Notes: how
	Guessed  What = "guessed"
	Impostor What = "impostor" // a caller outside presents the extension Text of the company
	Pretends What = "pretends" // a caller outside presents the name Text of a colleague
	// Text: the tracked number, empty if hub.yml tracks none; Notes: the agents it is shown to
	Line      What = "line"
	Untracked What = "untracked" // Text: the called number
	Looked    What = "looked"    // Notes: customers found; After: time of the lookup; Why: what failed
	// Notes: the block; Words: who blocked; Why: "pending" if the PBX does not have it yet
	Blocked What = "blocked"
	Late    What = "late"     // the directories have not answered; After: time waited
	Data    What = "data"     // Words: "Contract: 1234"
	Legs    What = "legs"     // Words: "101 ringing"
	Told    What = "told"     // routed to these Agents; Why: the reason
	NotTold What = "not told" // not routed to these Agents, or Words: extensions without agent; Why: the reason
	// popups of the kind Text are switched off in hub.yml; Why: "locked" if they are
	Off      What = "off"
	Sent     What = "sent"     // to these Agents; Notes: their desktops
	Away     What = "away"     // these Agents are not signed in
	Snapshot What = "snapshot" // an agent signed in during the call
	// the desktop shows a popup; After: time since it was sent; Text: protocol.ShownAs; Words: the monitor
	Shown    What = "shown"
	Closed   What = "closed"    // the agent closed the popup; After: time since it was shown
	Merged   What = "merged"    // the call Text, perhaps with its ticket, became part of this one
	Hidden   What = "hidden"    // the desktop shows no popup, Why: protocol.Hidden
	State    What = "state"     // Text: the state; Notes: details
	Pressed  What = "pressed"   // a ticket was requested; Text: the ticket to add the call to, if any
	Refused  What = "refused"   // the request was refused
	Queued   What = "queued"    // the ticket takes longer
	Ticket   What = "ticket"    // Text: its number
	Noted    What = "noted"     // a note for the ticket was saved
	NoTicket What = "no ticket" // the help desk did not create one
	// a rule of hub.yml makes the ticket; Why: its name
	Automatic What = "automatic"
	// the condition of the rule Text is true; Words: what it decides
	Rule What = "rule"
	// the rule Text was skipped; Why: what failed
	RuleFailed What = "rule failed"
	// an agent did something with the call; Text: what; Words: with which number; After: how long it
	// took; Why: what failed
	Controlled What = "controlled"
)

// The sides of an endpoint.
const (
	Inside  = "a phone of the company"
	Outside = "a trunk"
)

// Store keeps traces.
type Store interface {
	// KeepTraces appends the steps to the traces of their calls, updates number, name and DID, and
	// inserts new traces, all or nothing. A trace without a PBX has only its steps and is not
	// inserted. The error is a batch.RefusedError if one of the traces would be refused again.
	KeepTraces(ctx context.Context, traces []Trace) error
	// ForgetTraces deletes the traces that began before a time, and the oldest if there are more
	// than most.
	ForgetTraces(ctx context.Context, before time.Time, most int) error
}

// Kept reads traces.
type Kept interface {
	// TracesOf returns the last traces, newest first: of calls with a party (phone.Number.Key) or,
	// without one, of all. Their IDs are below before, unless it is 0.
	TracesOf(ctx context.Context, party string, before int64, limit int) ([]Trace, error)
}

// OfFirst returns the traces of the first party that has any: parties are the readings of a number.
func OfFirst(ctx context.Context, from Kept, parties []string, before int64, limit int) (found []Trace, err error) {
	for _, party := range parties {
		if found, err = from.TracesOf(ctx, party, before, limit); err != nil || len(found) > 0 {
			break
		}
	}
	return found, err
}

const (
	writePause = time.Second        // how often steps are written
	retryPause = 2 * time.Second    // after an error of the database
	retain     = 7 * 24 * time.Hour // how long they are kept
	mostTraces = 50_000             // calls in the database
	mostSteps  = 20_000             // unwritten steps
	mostWords  = 200                // of a step

	mostFollowed = 100 // steps of a call that wait for a follower
	longestText  = 500 // bytes of a text of a step
	forgetEvery  = 10 * time.Minute
)

// Writer takes steps from any goroutine without blocking and writes them in batches. The goroutine
// of Run owns the fields below loop.
type Writer struct {
	store Store
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	failing    bool // the error was logged
	lost       int  // steps dropped since then
	lastForgot time.Time

	mu      sync.Mutex // guards the fields below
	pending map[string]*Entry
	order   []string // of pending
	steps   int
	dropped int // steps

	followers map[string]chan Step // by call
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
	if follower := t.followers[head.CallID]; follower != nil {
		for _, s := range steps {
			select {
			case follower <- s.bounded():
			default:
			}
		}
	}
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
		for _, text := range []*string{&head.Number, &head.Name, &head.DID, &head.Party} {
			*text = printable.Cut(*text, longestText)
		}
		head.Steps = p.Steps
		if p.PBX != "" {
			head.At = p.At
		}
		*p = head
	}
	for _, s := range steps {
		p.Steps = append(p.Steps, s.bounded())
	}
	t.steps += len(steps)
	t.loop.Wake()
}

// Step adds a step to the trace of a call, at the present time. A nil writer keeps no traces.
func (t *Writer) Step(callID string, s Step) {
	if t == nil {
		return
	}
	s.At = t.now()
	t.Add(Entry{Trace: Trace{CallID: callID, At: s.At}}, s)
}

// Waiting returns the number of unwritten steps.
func (t *Writer) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.steps
}

// Follow returns the steps of a call from now on. Those that the follower does not read in time are
// lost. There is one follower per call; stop ends it.
func (t *Writer) Follow(callID string) (steps <-chan Step, stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	follower := make(chan Step, mostFollowed)
	if t.followers == nil {
		t.followers = map[string]chan Step{}
	}
	t.followers[callID] = follower
	return follower, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.followers, callID)
	}
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
	next = t.write(ctx)
	if now := t.now(); now.Sub(t.lastForgot) >= forgetEvery && ctx.Err() == nil {
		t.lastForgot = now
		err := t.store.ForgetTraces(ctx, now.Add(-retain), mostTraces)
		if err != nil && ctx.Err() == nil {
			t.log.Error("cannot delete old traces", "error", err)
		}
	}
	return next
}

// write saves the entries, and puts back what a database that is away has not taken. It returns the
// time until the next attempt; 0 if nothing is left.
func (t *Writer) write(ctx context.Context) (next time.Duration) {
	if ctx.Err() != nil {
		return 0 // Run calls again with a context that lives on
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
	// a stop does not interrupt the write
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	left, err := batch.Keep(keep, traces, t.store.KeepTraces, func(refused Trace, why error) {
		t.log.Error("trace refused by the database, dropping it", "call", refused.CallID, "steps", len(refused.Steps),
			"error", why)
	})
	t.putBack(left)
	if t.lost += dropped; dropped > 0 && err == nil && !t.failing {
		t.log.Warn("trace steps dropped: too many at once", "steps", dropped)
		t.lost = 0
	}
	switch {
	case err != nil && !t.failing:
		t.failing = true
		t.log.Error("cannot save call traces, retrying", "calls", len(left), "error", err)
	case err == nil && t.failing && len(traces) > 0:
		t.log.Info("call traces are saved again", "dropped_steps", t.lost)
		t.failing, t.lost = false, 0
	}
	if err != nil {
		return retryPause
	}
	return 0
}

// putBack makes written entries unwritten again, before those that came meanwhile.
func (t *Writer) putBack(left []Trace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var order []string
	for _, old := range left {
		if t.steps+len(old.Steps) > mostSteps {
			t.dropped += len(old.Steps)
			continue
		}
		t.steps += len(old.Steps)
		p := t.pending[old.CallID]
		if p == nil {
			t.pending[old.CallID] = &Entry{Trace: old}
			order = append(order, old.CallID)
			continue
		}
		old.Steps = append(old.Steps, p.Steps...)
		if p.PBX != "" { // newer, but for its time
			if old.PBX != "" {
				p.At = old.At
			}
			p.Steps = old.Steps
			continue
		}
		p.Trace = old
	}
	t.order = append(order, t.order...)
}

// ByAgent reports whether an agent's desktop causes a step, as often as it likes.
func (s Step) ByAgent() bool {
	return slices.Contains([]What{Shown, Closed, Hidden, Refused, Noted}, s.What)
}

// bounded returns a step with texts of limited length: they come from the PBX, directories, help
// desks and desktops.
func (s Step) bounded() Step {
	s.Text, s.Why = printable.Cut(s.Text, longestText), printable.Cut(s.Why, longestText)
	s.Notes = slices.Clone(s.Notes[:min(len(s.Notes), mostWords)])
	for i, n := range s.Notes {
		s.Notes[i].With = make(map[string]string, len(n.With))
		for name, value := range n.With {
			s.Notes[i].With[name] = printable.Cut(value, longestText)
		}
	}
	s.Words = slices.Clone(s.Words[:min(len(s.Words), mostWords)])
	for i, w := range s.Words {
		s.Words[i] = printable.Cut(w, longestText)
	}
	return s
}

// explain adds how a number was parsed. It is too slow for the desk's loop.
func (s *Step) explain(numbers *phone.Reader) {
	if s.What != Number || len(s.Notes) > 0 {
		return
	}
	n, how := numbers.Explain(s.Text)
	s.Why = string(n.Kind)
	for _, note := range how {
		s.Notes = append(s.Notes, Note(note))
	}
	if n.Kind != phone.Withheld {
		s.Notes = append(s.Notes, Note{"number.looked_up", map[string]string{"Text": n.Key()}})
	}
}
