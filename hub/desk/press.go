package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// CreateTicket is the command to make a call's ticket.
type CreateTicket struct {
	ActionID string // set by the desktop: a command with the same id is the same press
	Call     string
	Customer string // login of the one chosen of several; may be empty
	Template string // empty: the line's, or the default one
}

// AppendTicket is the command to add a call to an open ticket of its customer.
type AppendTicket struct {
	ActionID string
	Call     string
	Ticket   string // its number
}

// TicketAnswer is the result of a press as far as an agent waits for it. One of the two is set.
type TicketAnswer struct {
	Created *protocol.CreatedTicket
	Queued  *protocol.QueuedTicket // it is saved and comes later
}

// CreateTicket makes the call's one ticket, or returns the existing one.
func (d *Desk) CreateTicket(ctx context.Context, a staff.Agent, in CreateTicket) (TicketAnswer, error) {
	return d.tickets.press(ctx, a, in.ActionID, in.Call, func(l *loop, c *call) (helpdesk.Draft, error) {
		return l.draft(c, a, in.Customer, in.Template)
	})
}

// AppendTicket adds the call to a ticket. If the call already has a ticket, it returns that one.
func (d *Desk) AppendTicket(ctx context.Context, a staff.Agent, in AppendTicket) (TicketAnswer, error) {
	return d.tickets.press(ctx, a, in.ActionID, in.Call, func(l *loop, c *call) (helpdesk.Draft, error) {
		i := slices.IndexFunc(c.open.Newest, func(t helpdesk.OpenTicket) bool { return t.Number == in.Ticket })
		if i < 0 {
			return helpdesk.Draft{}, fail.New(fail.NotFound, "%q is not an open ticket of this customer.", in.Ticket)
		}
		draft, err := l.draft(c, a, "", "")
		draft.Into = &c.open.Newest[i].Ticket
		return draft, err
	})
}

// Refused traces a press that was refused before it reached the desk.
func (d *Desk) Refused(call string, a staff.Agent, why string) {
	d.traces.step(call, trace.Step{What: trace.Refused, Agents: []string{a.Login}, Why: why})
}

// press is a ticket that is being made, or a call that is being added to one. All agents who press
// on the call meanwhile share it.
type press struct {
	done chan struct{} // closed when ticket or err is set
	kept chan struct{} // closed when it is in the store: agents need not wait any longer
	slow chan struct{} // closed when it takes longer than an agent should wait; never before kept

	mu     sync.Mutex
	over   bool
	waits  bool     // slow is closed
	late   []string // logins of the agents who were put off
	reason string   // why it takes longer
	ticket protocol.CreatedTicket
	err    error
}

func newPress() *press {
	return &press{done: make(chan struct{}), kept: make(chan struct{}), slow: make(chan struct{})}
}

// putOff notes that an agent stops waiting, and returns why it takes longer. ok is false if the
// press has just ended.
func (p *press) putOff(login string) (reason string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over && !slices.Contains(p.late, login) {
		p.late = append(p.late, login)
	}
	return p.reason, !p.over
}

// delay notes that it takes longer.
func (p *press) delay(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waits {
		close(p.slow)
	}
	p.waits, p.reason = true, reason
}

// end sets the result, and returns the agents who were put off.
func (p *press) end(ticket protocol.CreatedTicket, err error) (late []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.ticket, p.err = true, ticket, err
	return p.late
}

// presses are the tickets that are being made, as the loop sees them.
type presses struct {
	loop   *loop
	byCall map[string]*press
}

var errUnknownCall = fail.New(fail.NotFound,
	"The hub does not know this call any more; please make the ticket in the help desk.")

// begin returns the press on a call that is in progress, or begins one. fill makes its draft.
func (p *presses) begin(a staff.Agent, actionID, callID string,
	fill func(*loop, *call) (helpdesk.Draft, error),
) (*press, error) {
	l := p.loop
	c := l.calls[callID]
	if c == nil {
		return nil, errUnknownCall
	}
	if _, ok := c.seenBy[a.Login]; !ok {
		return nil, fail.New(fail.Forbidden, "This call is not one of yours.")
	}
	if c.press == nil {
		c.press = p.byCall[callID] // one from before a restart of the hub
	}
	if c.press != nil {
		return c.press, nil
	}
	draft, err := fill(l, c)
	if err != nil {
		return nil, err
	}
	begun := newPress()
	c.press, p.byCall[callID] = begun, begun
	c.chosen = draft.Customer // nil: the agent says that it is none of them
	l.tookCall(c, a)
	l.record(c)
	pressed := trace.Step{What: trace.Pressed, Agents: []string{a.Login}}
	if draft.Into != nil {
		pressed.Text = draft.Into.Number
	}
	l.traces.step(callID, pressed)
	r := tickets.Request{
		CallID: callID, ActionID: actionID, Agent: a.Login, State: tickets.Pending, At: l.now().UTC(), Draft: draft,
		Claim: l.desk.opts.Jobs.NewClaim(),
	}
	r.UncertainSince = r.At // for a hub that is killed now
	// Not the agent's context: the ticket is made even if the desktop disconnects.
	l.background(func(ctx context.Context, d *Desk) { d.tickets.begin(ctx, begun, r) })
	return begun, nil
}

// draft fills in the ticket of a call.
func (l *loop) draft(c *call, a staff.Agent, customer, template string) (helpdesk.Draft, error) {
	seen := c.seen()
	who, err := chosen(seen.Caller.Customers, customer)
	if err != nil {
		return helpdesk.Draft{}, err
	}
	if line := c.routed.Line; template == "" && line != nil {
		template = line.Template
	}
	template = cmp.Or(template, tickettemplate.DefaultName)
	if !l.rules.Templates.Has(template) {
		return helpdesk.Draft{}, fail.New(fail.Invalid, "There is no ticket template %q on this hub.", template)
	}
	draft, err := l.rules.Templates.Draft(template, seen, who, staff.Agent{Login: a.Login, Name: a.Name})
	if err != nil {
		err = fail.New(fail.Invalid, "The ticket's text could not be made: %v.", err)
	}
	return draft, err
}

// chosen returns the customer that the agent chose, or the only one; nil if none was chosen.
func chosen(customers []protocol.Customer, login string) (*protocol.Customer, error) {
	if login == "" {
		if len(customers) == 1 {
			return &customers[0], nil
		}
		return nil, nil
	}
	i := slices.IndexFunc(customers, func(c protocol.Customer) bool { return c.Login == login })
	if i < 0 {
		return nil, fail.New(fail.Invalid, "%q is not one of the customers found for this number.", login)
	}
	return &customers[i], nil
}

// ended shows the result of a press: the agents who were put off get it as news, all others on the
// call see the ticket.
func (p *presses) ended(ended *press, r tickets.Request, late []string) {
	l := p.loop
	delete(p.byCall, r.CallID)
	made, c := r.State == tickets.Made, l.calls[r.CallID]
	switch {
	case c != nil && made:
		c.press = ended
		p.setTicket(c, r)
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(c.seenBy)), func(login string) bool {
			return login == r.Agent || slices.Contains(late, login)
		})
		l.notify(others, protocol.Notification, protocol.TicketCreated, createdTicket(r, l.rules.Staff, false))
	case c != nil && c.press == ended:
		c.press = nil // it may be pressed again
	case c == nil && made:
		l.parties.lateTicket(r)
		if l.rules.TalkTime {
			l.background(func(ctx context.Context, d *Desk) { d.tickets.talks.Add(ctx, r.CallID, d.Staff()) })
		}
	}
	for _, login := range late {
		l.news.add(login, r)
	}
}

// find looks in the background for the ticket of a call that is new to this hub.
func (p *presses) find(c *call) {
	id := c.ID
	p.loop.background(func(ctx context.Context, d *Desk) {
		r, ok, err := d.opts.Tickets.TicketOf(ctx, id)
		if err != nil {
			d.log.Warn("cannot read ticket request", "call", id, "error", err)
		}
		if !ok || r.State != tickets.Made {
			return
		}
		d.later(ctx, func(l *loop) {
			if c := l.calls[id]; c != nil && c.ticket == nil {
				c.noting = r.Noted
				l.presses.setTicket(c, r)
			}
		})
	})
}

func (p *presses) setTicket(c *call, r tickets.Request) {
	name := p.loop.rules.Staff.Name(r.Agent)
	c.ticket = &protocol.Ticket{Number: r.Ticket.Number, URL: r.Ticket.URL, By: name}
	c.made, c.madeBy = r.Ticket, staff.Agent{Login: r.Agent, Name: name}
	if customer := r.Draft.Customer; customer != nil {
		p.loop.open.drop(customer.Login) // there is one more now
	}
	p.loop.show(c)
	p.noteTalk(c)
}

// resume continues what an earlier hub left: pending tickets, agents who wait for ticket numbers,
// talk times.
func (p *presses) resume() {
	l, d := p.loop, p.loop.desk
	read, cancel := context.WithTimeout(l.ctx, 6*keepTime)
	defer cancel()
	owed, err := d.opts.Tickets.OwedTickets(read)
	if err != nil {
		d.log.Error("cannot read which agents wait for ticket numbers", "error", err)
	}
	for _, r := range owed {
		l.news.add(r.Agent, r)
	}
	pending := d.tickets.claimed(read, l.rules.TalkTime)
	p.takeOver(pending)
	if n := len(pending.tickets) + len(owed); n > 0 {
		d.log.Info("resumed ticket requests", "pending", len(pending.tickets), "to_report", len(owed))
	}
}

// takeOverClaims takes over what other owners have claimed and no longer work on. It is called
// again and again, and does not wait.
func (p *presses) takeOverClaims() {
	talks := p.loop.rules.TalkTime
	p.loop.background(func(ctx context.Context, d *Desk) {
		pending := d.tickets.claimed(ctx, talks)
		d.later(ctx, func(l *loop) { l.presses.takeOver(pending) })
	})
}

// takeOver continues what is claimed by this hub, unless it is in progress.
func (p *presses) takeOver(pending pending) {
	for _, r := range pending.tickets {
		if p.byCall[r.CallID] != nil {
			continue
		}
		left := newPress()
		left.late = []string{r.Agent}
		close(left.kept)
		left.delay(r.Error)
		p.byCall[r.CallID] = left
		p.loop.background(func(ctx context.Context, d *Desk) { d.tickets.proceed(ctx, left, r) })
	}
	for _, r := range pending.talks {
		p.loop.background(func(ctx context.Context, d *Desk) { d.tickets.talks.Resume(ctx, r, d.Staff()) })
	}
}
