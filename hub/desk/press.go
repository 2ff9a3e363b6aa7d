package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"traybell/hub/desk/internal/earlier"
	"traybell/hub/desk/internal/opentickets"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// CreateTicket makes the call's one ticket, or returns the existing one, which gets the note then.
// The call may be one that only the records know.
func (d *Desk) CreateTicket(
	ctx context.Context,
	a staff.Agent,
	in ticketing.CreateTicket,
) (ticketing.TicketAnswer, error) {
	return ticketDesk{d}.press(ctx, a, ticketing.NewNote{ActionID: in.ActionID, Call: in.Call, Text: in.Note},
		func(l *loop, c *call) (helpdesk.Draft, error) {
			return c.draft(l.rules, a, in)
		}, func(e earlier.Call) (helpdesk.Draft, error) {
			return d.Rules().draftEarlier(e, a, in)
		})
}

// AppendTicket adds the call to a ticket. If the call already has a ticket, it returns that one,
// which gets the note then.
func (d *Desk) AppendTicket(
	ctx context.Context,
	a staff.Agent,
	in ticketing.AppendTicket,
) (ticketing.TicketAnswer, error) {
	return ticketDesk{d}.press(ctx, a, ticketing.NewNote{ActionID: in.ActionID, Call: in.Call, Text: in.Note},
		func(l *loop, c *call) (helpdesk.Draft, error) {
			into := c.entered.Ticket(c.open.Newest, in.Ticket)
			if into == nil {
				return helpdesk.Draft{}, fail.New(protocol.TicketNotOpen, fmt.Sprintf("%.40s", in.Ticket))
			}
			draft, err := c.draft(l.rules, a, ticketing.CreateTicket{Note: in.Note})
			draft.Into = into
			return draft, err
		}, nil)
}

// Refused traces a press that was refused before it reached the desk.
func (d *Desk) Refused(call string, a staff.Agent, why string) {
	d.traces.Step(call, trace.Step{What: trace.Refused, Agents: []string{a.Login}, Why: why})
}

// RetryTicket tries now to make the ticket of a call whose request waits; false: none waits.
func (d *Desk) RetryTicket(ctx context.Context, callID string) (bool, error) {
	p, err := d.pressOf(ctx, callID)
	switch {
	case err != nil:
		return false, err
	case p == nil:
		return d.tickets.RetryLeft(ctx, callID)
	}
	p.Retry()
	return true, nil
}

// DropTicket ends the request of a call that waits, and waits for its end; false: none waits. The
// agents read the reason.
func (d *Desk) DropTicket(ctx context.Context, callID, reason string) (bool, error) {
	p, err := d.pressOf(ctx, callID)
	switch {
	case err != nil:
		return false, err
	case p == nil:
		return d.tickets.DropLeft(ctx, callID, reason)
	}
	return true, p.Drop(ctx, reason)
}

// pressOf returns the press on a call that is in progress; nil if there is none.
func (d *Desk) pressOf(ctx context.Context, callID string) (p *ticketing.Press, err error) {
	err = d.wait(ctx, func(l *loop) { p = l.presses.byCall[callID] })
	return p, err
}

// presses are the tickets that are being made, as the loop sees them.
type presses struct {
	loop   *loop
	byCall map[string]*ticketing.Press
	told   map[string][]string // by call that the loop does not know: the agents who were shown it
	heirs  map[string]string   // by merged call: the one that it became part of
	early  map[string][]*call  // merged into calls that are not visible yet, by these
}

// begin returns the press on a call that is in progress, or begins one. fill makes its draft. of is
// the call that the ticket is requested for.
func (p *presses) begin(a staff.Agent, actionID, callID string,
	fill func(*loop, *call) (helpdesk.Draft, error),
) (press *ticketing.Press, of string, err error) {
	l := p.loop
	c := p.on(callID, a)
	if c == nil {
		return nil, callID, errUnknownCall
	}
	of = c.requested()
	if _, ok := c.seenBy[a.Login]; !ok {
		return nil, of, fail.New(protocol.CallNotYours, "")
	}
	if c.TestFor != "" {
		return nil, of, fail.New(protocol.CallTest, "")
	}
	if c.press == nil {
		c.press = p.byCall[of] // one from before a restart of the hub
	}
	if c.press != nil {
		return c.press, of, nil
	}
	draft, err := fill(l, c)
	if err != nil {
		return nil, of, err
	}
	draft.CallID = of
	c.press = p.start(a, actionID, draft, 0)
	c.decided, c.chosen = true, draft.Customer // nil: the agent says that it is none of them
	if l.sharing.Take(c.Legs, c.takenBy, a) {
		c.legs = l.sharing.Named(c.Legs, c.takenBy)
		l.show(c)
	}
	l.record(c)
	return c.press, of, nil
}

// start begins a press. talk is the talk time of a call that the loop does not know.
func (p *presses) start(a staff.Agent, actionID string, draft helpdesk.Draft, talk time.Duration) *ticketing.Press {
	l, callID := p.loop, draft.CallID
	begun := ticketing.NewPress(actionID)
	p.byCall[callID] = begun
	pressed := trace.Step{What: trace.Pressed, Agents: []string{a.Login}}
	if a.Login == "" {
		pressed = trace.Step{What: trace.Automatic, Why: a.Name}
	}
	if draft.Into != nil {
		pressed.Text = draft.Into.Number
	}
	l.traces.Step(callID, pressed)
	// Not the agent's context: the ticket is made even if the desktop disconnects.
	l.background(func(ctx context.Context, d *Desk) { d.tickets.Begin(ctx, begun, a.Login, draft, talk) })
	return begun
}

// draft fills in the ticket of a call.
func (c *call) draft(r *Rules, a staff.Agent, in ticketing.CreateTicket) (helpdesk.Draft, error) {
	seen := c.seen()
	return in.Wish().Draft(r.Templates, seen, c.routed.Template(), seen.Caller.Customers, a)
}

// ended shows the result of a press: the agents who were put off get it as news, all others on the
// call see the ticket.
func (p *presses) ended(ended *ticketing.Press, r tickets.Request, late []string) {
	l := p.loop
	told := p.told[r.CallID]
	delete(p.byCall, r.CallID)
	delete(p.told, r.CallID)
	made, known := r.State == tickets.Made, p.with(r.CallID)
	if made {
		l.desk.reports.Ticket(r)
	}
	tell := func(callID string, logins []string) {
		others := slices.DeleteFunc(logins, func(login string) bool {
			return login == r.Agent || slices.Contains(late, login)
		})
		created := ticketing.Created(r, l.rules.Staff, false)
		created.Call = callID
		l.notify(others, protocol.Notification, protocol.TicketCreated, created)
	}
	for _, c := range known {
		switch {
		case made:
			p.give(c, r, ended)
			tell(c.ID, slices.Sorted(maps.Keys(c.seenBy)))
		case c.press == ended:
			c.press, c.request = nil, "" // it may be pressed again, for another customer
			c.decided, c.chosen = false, nil
			l.show(c)
		}
	}
	if made && len(known) == 0 {
		l.parties.lateTicket(r)
		tell(r.CallID, told)
		if l.rules.TalkTime {
			l.background(func(ctx context.Context, d *Desk) { d.talks.Add(ctx, r.CallID, d.Staff()) })
		}
	}
	for _, login := range late {
		p.late(login, r)
	}
	l.background(func(ctx context.Context, d *Desk) {
		if made {
			d.notes.Resume(ctx, r.CallID)
		} else {
			d.notes.Refuse(ctx, r.CallID)
		}
	})
}

// late sends an agent who no longer waits the result of a request.
func (p *presses) late(login string, r tickets.Request) {
	created := ticketing.Created(r, p.loop.rules.Staff, true)
	created.Call = p.shownAs(r.CallID, login)
	p.loop.news.Ticket(login, r, created)
}

// find looks in the background for the ticket of a call that is new to this hub.
func (p *presses) find(c *call) {
	id := c.ID
	p.loop.background(func(ctx context.Context, d *Desk) {
		r, ok, err := d.opts.Tickets.TicketOf(ctx, id)
		if err != nil {
			d.log.Warn("cannot read ticket request", "call", id, "error", err)
		}
		if !ok || r.State == tickets.Failed {
			return
		}
		d.later(ctx, func(l *loop) {
			c := l.calls[id]
			switch {
			case c == nil || c.ticket != nil || c.press != nil:
			case r.State == tickets.Made:
				c.noting = r.Noted
				l.presses.give(c, r, nil)
			case r.CallID != id:
				c.request, c.press = r.CallID, l.presses.byCall[r.CallID]
				l.record(c)
			}
		})
	})
}

func (p *presses) setTicket(c *call, r tickets.Request) {
	name := p.loop.rules.Staff.Name(r.Agent)
	c.ticket = &protocol.Ticket{Number: r.Ticket.Number, URL: r.Ticket.URL, By: name}
	c.made, c.madeBy = r.Ticket, staff.Agent{Login: r.Agent, Name: name}
	if c.request == "" {
		c.decided, c.chosen = true, r.Draft.Customer
	} else {
		c.choose(r.Draft.Customer)
	}
	if customer := r.Draft.Customer; customer != nil {
		// there is one more now
		p.loop.open.Drop(opentickets.Customer{Desk: r.Draft.Desk, Login: customer.Login})
	}
	p.loop.show(c)
	p.noteTalk(c)
}

// resume continues what an earlier hub left: pending tickets, agents who wait for ticket numbers,
// talk times.
func (p *presses) resume() {
	l, d := p.loop, p.loop.desk
	read, cancel := context.WithTimeout(l.ctx, resumeTime)
	defer cancel()
	owed, err := d.opts.Tickets.OwedTickets(read)
	if err != nil {
		d.log.Error("cannot read which agents wait for ticket numbers", "error", err)
	}
	for _, r := range owed {
		for _, login := range r.Owed {
			p.late(login, r)
		}
	}
	notes, err := d.opts.Tickets.OwedNotes(read)
	if err != nil {
		d.log.Error("cannot read which agents wait for notes", "error", err)
	}
	for _, n := range notes {
		l.news.Refused(n)
	}
	l.background(func(ctx context.Context, d *Desk) { d.notes.Resume(ctx, "") })
	pending := d.tickets.Claim(read, l.rules.TalkTime)
	p.takeOver(pending)
	if n := len(pending.Tickets) + len(owed); n > 0 {
		d.log.Info("resumed ticket requests", "pending", len(pending.Tickets), "to_report", len(owed))
	}
}

// takeOverClaims takes over what other owners have claimed and no longer work on. It is called
// again and again, and does not wait.
func (p *presses) takeOverClaims() {
	talks := p.loop.rules.TalkTime
	p.loop.background(func(ctx context.Context, d *Desk) {
		pending := d.tickets.Claim(ctx, talks)
		d.later(ctx, func(l *loop) { l.presses.takeOver(pending) })
		d.notes.Resume(ctx, "")
	})
}

// takeOver continues what is claimed by this hub, unless it is in progress.
func (p *presses) takeOver(pending ticketing.Pending) {
	for _, r := range pending.Tickets {
		if p.byCall[r.CallID] != nil {
			continue
		}
		left := ticketing.LeftPress(r)
		p.byCall[r.CallID] = left
		p.loop.background(func(ctx context.Context, d *Desk) { d.tickets.Proceed(ctx, left, r) })
	}
	for _, r := range pending.Talks {
		p.loop.background(func(ctx context.Context, d *Desk) { d.talks.Resume(ctx, r, d.Staff()) })
	}
}
