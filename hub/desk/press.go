package desk

import (
	"context"
	"slices"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// CreateTicket is the command to make a call's ticket.
type CreateTicket struct {
	ActionID string // made where the agent pressed: a command with the same id is the same press
	Call     string
	Customer string // login of the one who was chosen of several; may be empty
	Template string // empty: the line's, or the default one
}

// AppendTicket is the command to add a call to an open ticket of its customer.
type AppendTicket struct {
	ActionID string
	Call     string
	Ticket   string // its number
}

// TicketAnswer is what came of a press within the time that an agent waits. One of the two is set.
type TicketAnswer struct {
	Created *protocol.CreatedTicket
	Queued  *protocol.QueuedTicket // it is kept and comes later
}

// CreateTicket makes the call's one ticket, or returns the one that there is already.
func (d *Desk) CreateTicket(ctx context.Context, a staff.Agent, in CreateTicket) (TicketAnswer, error) {
	return d.press(ctx, a, in.ActionID, in.Call, func(l *loop, c *call) (helpdesk.Draft, error) {
		return l.draft(c, a, in.Customer, in.Template)
	})
}

// AppendTicket adds the call to a ticket. A call has one ticket: if it has one already, that one is
// returned.
func (d *Desk) AppendTicket(ctx context.Context, a staff.Agent, in AppendTicket) (TicketAnswer, error) {
	return d.press(ctx, a, in.ActionID, in.Call, func(l *loop, c *call) (helpdesk.Draft, error) {
		i := slices.IndexFunc(c.open.Newest, func(t helpdesk.OpenTicket) bool { return t.Number == in.Ticket })
		if i < 0 {
			return helpdesk.Draft{}, fail.New(fail.NotFound, "%q is not an open ticket of this customer.", in.Ticket)
		}
		draft, err := l.draft(c, a, "", "")
		draft.Into = &c.open.Newest[i].Ticket
		return draft, err
	})
}

// Refused traces a press that was refused before it came to the desk.
func (d *Desk) Refused(call string, a staff.Agent, why string) {
	d.traces.step(call, trace.Step{What: trace.Refused, Agents: []string{a.Login}, Why: why})
}

// press is a ticket that is being made, or a call that is being added to one. All agents who press
// on the call meanwhile wait for the same press.
type press struct {
	done chan struct{} // closed when ticket or err is set
	kept chan struct{} // closed when it is in the store: from then on an agent need not wait
	slow chan struct{} // closed when it takes longer than an agent should wait; never before kept

	mu     sync.Mutex
	over   bool
	waits  bool     // slow is closed
	late   []string // logins of those who were told that it comes later
	reason string   // why it takes longer
	ticket protocol.CreatedTicket
	err    error
}

func newPress() *press {
	return &press{done: make(chan struct{}), kept: make(chan struct{}), slow: make(chan struct{})}
}

// putOff notes that an agent does not wait any longer, and returns why it takes longer; false: it
// is over just now.
func (p *press) putOff(login string) (reason string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && !slices.Contains(p.late, login) {
		p.late = append(p.late, login)
	}
	return p.reason, !p.over
}

// delay says that it takes longer.
func (p *press) delay(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waits {
		close(p.slow)
	}
	p.waits, p.reason = true, reason
}

// end keeps what came of it. From now on agents are not put off any more; those who were are
// returned.
func (p *press) end(ticket protocol.CreatedTicket, err error) (late []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.ticket, p.err = true, ticket, err
	return p.late
}

// press begins a press on a call, or joins the one that is under way, and waits for as long as an
// agent should. draft runs on the loop.
func (d *Desk) press(ctx context.Context, a staff.Agent, actionID, callID string,
	draft func(*loop, *call) (helpdesk.Draft, error),
) (TicketAnswer, error) {
	if actionID == "" {
		return TicketAnswer{}, fail.New(fail.Invalid,
			"The action needs an id: it keeps a repeated press from making a second ticket.")
	}
	var p *press
	var refused error
	if err := d.wait(ctx, func(l *loop) { p, refused = l.beginPress(a, actionID, callID, draft) }); err != nil {
		return TicketAnswer{}, err
	}
	if refused != nil {
		d.Refused(callID, a, fail.Of(refused).Text)
		if fail.Of(refused).Code == fail.NotFound {
			return d.pressedBefore(ctx, a, callID, refused)
		}
		return TicketAnswer{}, refused
	}
	patience := time.NewTimer(d.opts.Patience)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-p.slow:
	case <-patience.C:
	case <-d.stopped:
	case <-ctx.Done():
	}
	return d.answer(ctx, p, a, callID)
}

// answer is what the agent who pressed gets.
func (d *Desk) answer(ctx context.Context, p *press, a staff.Agent, callID string) (TicketAnswer, error) {
	select {
	case <-p.done:
	case <-p.kept: // before, it would not be a promise
		if reason, ok := p.putOff(a.Login); ok {
			d.counters.queued.Add(1)
			text := "The ticket is saved and will be made as soon as the help desk takes it."
			if reason != "" {
				text = reason + " " + text
			}
			return TicketAnswer{Queued: &protocol.QueuedTicket{Call: callID, Text: text}}, nil
		}
		<-p.done // which follows at once
	case <-ctx.Done():
		return TicketAnswer{}, fail.Again(fail.Busy, ctx.Err(),
			"The connection ended before the ticket was saved; pressing again is safe.")
	}
	if p.err != nil { // it is over, and does not change any more
		return TicketAnswer{}, p.err
	}
	return TicketAnswer{Created: &p.ticket}, nil
}

// pressedBefore answers a press on a call that is forgotten: an action that was sent again after
// the hub, or the connection, came back.
func (d *Desk) pressedBefore(ctx context.Context, a staff.Agent, callID string, refused error) (TicketAnswer, error) {
	r, ok, err := d.opts.Tickets.TicketOf(ctx, callID)
	if err != nil {
		d.log.Error("cannot read ticket request", "call", callID, "error", err)
	}
	switch {
	case err != nil || !ok || r.Agent != a.Login:
		return TicketAnswer{}, refused
	case r.State == tickets.Made:
		created := d.created(r, false)
		return TicketAnswer{Created: &created}, nil
	case r.State == tickets.Failed:
		return TicketAnswer{}, fail.New(fail.HelpDesk, "%s", r.Error)
	}
	var p *press
	if err := d.wait(ctx, func(l *loop) { p = l.presses[callID] }); err != nil {
		return TicketAnswer{}, err
	}
	if p == nil {
		return TicketAnswer{}, fail.Again(fail.Busy, nil, "The hub is just finishing this ticket; please press again.")
	}
	return d.answer(ctx, p, a, callID)
}

// beginPress finds the press that is under way, or begins one.
func (l *loop) beginPress(a staff.Agent, actionID, callID string,
	fill func(*loop, *call) (helpdesk.Draft, error),
) (*press, error) {
	c := l.calls[callID]
	if c == nil {
		return nil, fail.New(fail.NotFound,
			"The hub does not know this call any more; please make the ticket in the help desk.")
	}
	if _, ok := c.seenBy[a.Login]; !ok {
		return nil, fail.New(fail.Forbidden, "This call is not one of yours.")
	}
	if c.press == nil {
		c.press = l.presses[callID] // one that was begun before the hub was restarted
	}
	if c.press != nil {
		return c.press, nil
	}
	draft, err := fill(l, c)
	if err != nil {
		return nil, err
	}
	p := newPress()
	c.press, l.presses[callID] = p, p
	c.chosen = draft.Customer // nil: the agent says that it is none of them
	l.tookCall(c, a)
	l.record(c)
	pressed := trace.Step{What: trace.Pressed, Agents: []string{a.Login}}
	if draft.Into != nil {
		pressed.Text = draft.Into.Number
	}
	l.desk.traces.step(callID, pressed)
	r := tickets.Request{
		CallID: callID, ActionID: actionID, Agent: a.Login, State: tickets.Pending, At: l.now().UTC(), Draft: draft,
		Claim: l.desk.opts.Jobs.NewClaim(),
	}
	r.UncertainSince = r.At // a hub that is killed now leaves it like that
	// Not the agent's context: a ticket that was begun is finished when the desktop goes away, too.
	l.background(func(ctx context.Context, d *Desk) { d.beginTicket(ctx, p, r) })
	return p, nil
}

// resume goes on with what an earlier hub left: presses whose tickets are not made, agents who do
// not know of theirs, talk times that are not noted.
func (l *loop) resume() {
	d, store := l.desk, l.desk.opts.Tickets
	read, cancel := context.WithTimeout(l.ctx, 6*keepTime)
	defer cancel()
	pending, err := store.ClaimTickets(read, d.opts.Jobs.NewClaim())
	if err != nil {
		d.log.Error("cannot read pending ticket requests: they wait for the next start", "error", err)
	}
	for _, r := range pending {
		if r.Draft.CallID == "" {
			d.log.Warn("pending ticket request has no text: press again", "call", r.CallID, "agent", r.Agent)
			continue
		}
		p := newPress()
		p.late = []string{r.Agent}
		close(p.kept)
		p.delay(r.Error)
		l.presses[r.CallID] = p
		l.background(func(ctx context.Context, d *Desk) { d.finishTicket(ctx, p, r, false) })
	}
	owed, err := store.OwedTickets(read)
	if err != nil {
		d.log.Error("cannot read which agents wait for ticket numbers", "error", err)
	}
	for _, r := range owed {
		l.news.add(r.Agent, r)
	}
	if l.rules.TalkTime {
		talks, err := store.ClaimTalks(read, d.opts.Jobs.NewClaim())
		if err != nil {
			d.log.Error("cannot read talk times", "error", err)
		}
		for _, r := range talks {
			by := staff.Agent{Login: r.Agent, Name: l.rules.Staff.Name(r.Agent)}
			l.background(func(ctx context.Context, d *Desk) {
				d.addTalk(ctx, talk{r.CallID, r.Ticket, by, r.Talk}, false)
			})
		}
	}
	if n := len(pending) + len(owed); n > 0 {
		d.log.Info("resumed ticket requests", "pending", len(pending), "to_report", len(owed))
	}
}
