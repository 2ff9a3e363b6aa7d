package desk

import (
	"context"
	"slices"
	"sync"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// press is a ticket that is being made, or a call that is being added to one. All who press on the
// call meanwhile wait for the same one.
type press struct {
	done chan struct{} // closed when ticket or failure is there
	kept chan struct{} // closed when it is in the store: from then on nobody needs to wait
	slow chan struct{} // closed when it takes longer than anybody should wait; never before kept

	mu      sync.Mutex
	over    bool
	waits   bool     // slow is closed
	late    []string // who was told that it comes later
	reason  string   // why it takes longer
	ticket  protocol.CreatedTicket
	failure *protocol.Failure
}

func newPress() *press {
	return &press{done: make(chan struct{}), kept: make(chan struct{}), slow: make(chan struct{})}
}

// putOff notes that somebody is told to wait no longer, and why; false where it is over just now.
func (p *press) putOff(login string) (reason string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && !slices.Contains(p.late, login) {
		p.late = append(p.late, login)
	}
	return p.reason, !p.over
}

// wait says that it takes longer.
func (p *press) wait(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waits {
		close(p.slow)
	}
	p.waits, p.reason = true, reason
}

// end keeps what came of it; from now on nobody is put off any more. It returns who was.
func (p *press) end(ticket protocol.CreatedTicket, failure *protocol.Failure) (late []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.ticket, p.failure = true, ticket, failure
	return p.late
}

// press takes a press on a call and waits for what comes of it, for as long as an agent should.
// draft runs on the loop.
func (d *Desk) press(ctx context.Context, a staff.Agent, actionID, call string,
	draft func(*live) (helpdesk.Draft, *protocol.Failure),
) (protocol.Message, *protocol.Failure) {
	if !a.May(protocol.RightTicket) {
		d.note(call, trace.Step{
			What: trace.Refused, Agents: []string{a.Login}, Why: "the right " + protocol.RightTicket + " is missing in hub.yml",
		})
		return protocol.Message{}, fail(protocol.Forbidden,
			"You may not make tickets. An administrator can give you the right %q in hub.yml.", protocol.RightTicket)
	}
	if actionID == "" {
		return protocol.Message{}, fail(protocol.Invalid,
			"The action needs an id: it is what keeps a repeated press from making a second ticket.")
	}
	var p *press
	var refused *protocol.Failure
	if failure := d.on(ctx, func() { p, refused = d.beginPress(a, actionID, call, draft) }); failure != nil {
		return protocol.Message{}, failure
	}
	if refused != nil {
		d.note(call, trace.Step{What: trace.Refused, Agents: []string{a.Login}, Why: refused.Text})
		if refused.Code == protocol.NotFound {
			return d.pressedBefore(ctx, a, call, refused)
		}
		return protocol.Message{}, refused
	}
	patience := time.NewTimer(d.pace.Answer)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-p.slow:
	case <-patience.C:
	case <-d.stopped:
	case <-ctx.Done():
	}
	return d.answer(ctx, p, a, call)
}

// answer is what is said to who pressed.
func (d *Desk) answer(ctx context.Context, p *press, a staff.Agent, call string) (protocol.Message, *protocol.Failure) {
	select {
	case <-p.done:
	case <-p.kept: // before, it would be no promise
		if reason, ok := p.putOff(a.Login); ok {
			d.counters.queued.Add(1)
			return queued(call, reason)
		}
		<-p.done // which follows at once
	case <-ctx.Done():
		return protocol.Message{}, &protocol.Failure{
			Code: protocol.Limit, Text: "The connection ended before the ticket was kept; pressing again is safe.",
			Retry: true,
		}
	}
	if p.failure != nil { // it is over, and nothing of it changes any more
		return protocol.Message{}, p.failure
	}
	return notification(protocol.TicketCreated, p.ticket)
}

func queued(call, reason string) (protocol.Message, *protocol.Failure) {
	text := "The ticket is kept and will be made as soon as the help desk takes it."
	if reason != "" {
		text = reason + " " + text
	}
	m, err := protocol.New(protocol.Warning, protocol.TicketQueued, protocol.QueuedTicket{Call: call, Text: text})
	if err != nil {
		return m, fail(protocol.Invalid, "The answer cannot be encoded: %v.", err)
	}
	return m, nil
}

// pressedBefore answers a press on a call that is forgotten: an action that was sent again after
// the hub, or the wire, came back.
func (d *Desk) pressedBefore(ctx context.Context, a staff.Agent, call string,
	refused *protocol.Failure,
) (protocol.Message, *protocol.Failure) {
	r, ok, err := d.Store.TicketOf(ctx, call)
	if err != nil {
		d.Log.Error("a request could not be read", "call", call, "error", err)
	}
	switch {
	case err != nil || !ok || r.Agent != a.Login:
		return protocol.Message{}, refused
	case r.State == TicketMade:
		return notification(protocol.TicketCreated, d.created(r, false))
	case r.State == TicketFailed:
		return protocol.Message{}, &protocol.Failure{Code: protocol.HelpDeskFailed, Text: r.Error}
	}
	var p *press
	if failure := d.on(ctx, func() { p = d.presses[call] }); failure != nil {
		return protocol.Message{}, failure
	}
	if p == nil {
		return protocol.Message{}, &protocol.Failure{
			Code: protocol.Limit, Text: "The hub is just finishing this ticket; please press again.", Retry: true,
		}
	}
	return d.answer(ctx, p, a, call)
}

// beginPress runs on the loop: it finds the press that is under way, or starts one.
func (d *Desk) beginPress(a staff.Agent, actionID, call string,
	fill func(*live) (helpdesk.Draft, *protocol.Failure),
) (*press, *protocol.Failure) {
	l, known := d.calls[call]
	if !known {
		return nil, fail(protocol.NotFound,
			"The hub does not know this call any more; please make the ticket in the help desk.")
	}
	if _, told := l.told[a.Login]; !told {
		return nil, fail(protocol.Forbidden, "This call is not one of yours.")
	}
	if l.press == nil {
		l.press = d.presses[call] // one that was begun before the hub was restarted
	}
	if l.press != nil {
		return l.press, nil
	}
	draft, failure := fill(l)
	if failure != nil {
		return nil, failure
	}
	p := newPress()
	l.press, d.presses[call] = p, p
	l.chosen = draft.Customer // nil where the agent says that it is none of them
	d.pressed(l, a)
	d.record(l)
	pressed := trace.Step{What: trace.Pressed, Agents: []string{a.Login}}
	if draft.Into != nil {
		pressed.Text = draft.Into.Number
	}
	d.note(call, pressed)
	r := TicketRequest{
		CallID: call, ActionID: actionID, Agent: a.Login, State: TicketPending, At: d.Now().UTC(), Draft: draft,
	}
	r.UncertainSince = r.At // a hub that is killed now leaves it like that
	// Not the agent's own context: a ticket that was begun is finished also when the desktop goes
	// away.
	d.work.Go(func() { d.beginTicket(p, r) })
	return p, nil
}
