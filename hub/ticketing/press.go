package ticketing

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// TicketAnswer is the result of a press as far as an agent waits for it. One of the two is set.
type TicketAnswer struct {
	Created *protocol.CreatedTicket
	Queued  *protocol.QueuedTicket // it is saved and comes later
}

// For returns the answer as that for a call: the ticket may have been requested for one that became
// part of it.
func (a TicketAnswer) For(callID string) TicketAnswer {
	if a.Created != nil {
		created := *a.Created
		created.Call = callID
		a.Created = &created
	}
	if a.Queued != nil {
		a.Queued.Call = callID
	}
	return a
}

// Press is a ticket that is being made, or a call that is being added to one. All agents who press
// on the call meanwhile share it. Any goroutine may use it.
type Press struct {
	action string        // the id of the first agent's action: its note is in the draft
	done   chan struct{} // closed when ticket or err is set
	kept   chan struct{} // closed when it is in the store: agents need not wait any longer
	slow   chan struct{} // closed when it takes longer than an agent should wait; never before kept
	nudge  chan error    // see jobs.Task.Nudge

	mu     sync.Mutex
	over   bool
	waits  bool             // slow is closed
	late   []string         // logins of the agents who were put off
	why    protocol.Problem // why it takes longer
	ticket protocol.CreatedTicket
	err    error
}

// NewPress returns a press that Begin carries out. actionID is that of the first agent.
func NewPress(actionID string) *Press {
	return &Press{
		action: actionID, done: make(chan struct{}), kept: make(chan struct{}), slow: make(chan struct{}),
		nudge: make(chan error, 1),
	}
}

// LeftPress returns the press of a request that was claimed, whose agents no longer wait.
func LeftPress(r tickets.Request) *Press {
	p := NewPress(r.ActionID)
	if p.late = slices.Clone(r.Owed); r.Agent != "" && !slices.Contains(p.late, r.Agent) {
		p.late = append(p.late, r.Agent)
	}
	close(p.kept)
	p.delay("")
	return p
}

// HasNote reports whether the note of an agent's action is in the ticket's draft.
func (p *Press) HasNote(actionID string) bool { return p.action == actionID }

// Retry makes the next attempt now.
func (p *Press) Retry() {
	select {
	case p.nudge <- nil:
	default: // nudged already
	}
}

// Drop ends the press after the attempt in progress, if there is one, and waits for the end. The
// agents read the reason. It fails if the ticket is made after all.
func (p *Press) Drop(ctx context.Context, reason string) error {
	dropped := droppedFor(reason)
	for sent := false; !sent; {
		select {
		case p.nudge <- dropped:
			sent = true
		case <-p.nudge: //nolint:errcheck // that of Retry
		}
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		return fail.New(protocol.TicketBusy, "").Because(ctx.Err())
	}
	if p.err == nil { // it no longer changes
		return &fail.Error{Code: fail.Conflict, Text: "The ticket has just been made: " + p.ticket.Number + "."}
	}
	return nil
}

// await waits as long as an agent should.
func (p *Press) await(ctx context.Context, o *Options) {
	patience := time.NewTimer(o.Patience)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-p.slow:
	case <-patience.C:
	case <-o.Stopped:
	case <-ctx.Done():
	}
}

// putOff notes that an agent stops waiting, and returns why it takes longer, if known. ok is false
// if the press has just ended.
func (p *Press) putOff(login string) (why protocol.Problem, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && !slices.Contains(p.late, login) {
		p.late = append(p.late, login)
	}
	return p.why, !p.over
}

// queued is the answer to an agent who was put off: why, if known, and that the request is saved.
func queued(callID string, why, saved protocol.Problem) *protocol.QueuedTicket {
	q := &protocol.QueuedTicket{Call: callID, Problem: cmp.Or(why, saved), Text: fail.Text(saved, "")}
	if q.Problem != saved {
		q.Text = fail.Text(why, "") + " " + q.Text
	}
	return q
}

// delay notes that it takes longer.
func (p *Press) delay(why protocol.Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waits {
		close(p.slow)
	}
	p.waits, p.why = true, why
}

// end sets the result, and returns the agents who were put off.
func (p *Press) end(ticket protocol.CreatedTicket, err error) (late []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.ticket, p.err = true, ticket, err
	return p.late
}
