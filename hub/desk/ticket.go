package desk

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// ticketing is what the desk knows about a call's ticket and those that it could be added to.
type ticketing struct {
	ticket *protocol.Ticket
	press  *press               // while the ticket is being made, and afterwards
	chosen *protocol.Customer   // chosen by the agent, if several fit
	open   helpdesk.OpenTickets // the customer's
	made   helpdesk.Ticket      // the zero one until it is made
	madeBy staff.Agent
	noting bool // the talk time is on its way into the ticket, or there
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

// chosen returns the customer that the agent chose, or the only one; nil for an unknown caller, or
// if several fit and none was chosen.
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

// beginTicket keeps a press before the help desk is asked, and goes on from there.
func (d *Desk) beginTicket(ctx context.Context, p *press, r tickets.Request) {
	var kept tickets.Request
	var first bool
	err := keep(ctx, func(ctx context.Context) (err error) {
		kept, first, err = d.opts.Tickets.BeginTicket(ctx, r)
		return err
	})
	if err == nil {
		close(p.kept)
	}
	switch {
	case err != nil:
		d.log.Error("cannot save ticket request", "call", r.CallID, "agent", r.Agent, "error", err)
		r.State = tickets.Failed
		d.ended(ctx, p, r, p.end(protocol.CreatedTicket{}, fail.Again(fail.Internal, err,
			"The hub could not save the request; please press again, or tell an administrator.")))
	case kept.State == tickets.Made:
		d.ended(ctx, p, kept, p.end(d.created(kept, false), nil))
	default:
		if !first && !kept.Claim.FreeFor(d.opts.Jobs.Owner, d.now()) {
			p.delay("") // another hub is making it
			return
		}
		if kept.Draft.CallID == "" {
			kept.Draft = r.Draft // it was kept by a hub that did not keep drafts
		}
		d.finishTicket(ctx, p, kept, first)
	}
}

// finishTicket has the help desk make the ticket, however long that takes, and ends the press.
func (d *Desk) finishTicket(ctx context.Context, p *press, r tickets.Request, fresh bool) {
	var ticket helpdesk.Ticket
	task := d.ticketTask(r, &ticket)
	task.Fresh = fresh
	task.Late = func(err error) {
		reason := tickets.Reason(err)
		p.delay(reason)
		d.traces.step(r.CallID, trace.Step{What: trace.Queued, Why: reason})
	}
	err := d.opts.Jobs.Run(ctx, task)
	if errors.Is(err, jobs.ErrStopped) || errors.Is(err, jobs.ErrTaken) {
		return // it is pending, and the next hub, or the other one, goes on
	}
	r.State, r.Ticket, r.Error = tickets.Made, ticket, ""
	var failure error
	if err != nil {
		r.State, r.Ticket, r.Error = tickets.Failed, helpdesk.Ticket{}, tickets.Reason(err)
		o := tickets.Classify(err)
		failure = &fail.Error{Code: fail.HelpDesk, Text: r.Error, Retry: o.Retry || o.Uncertain, Err: err}
		d.log.Warn("ticket not made", "call", r.CallID, "agent", r.Agent, "error", err)
	} else {
		d.log.Info("ticket made", "call", r.CallID, "agent", r.Agent, "ticket", ticket.Number,
			"tries", task.Progress.Tries+1)
	}
	late := p.end(d.created(r, false), failure)
	r.Owed = slices.Contains(late, r.Agent)
	d.keepEnd(ctx, r)
	d.ended(ctx, p, r, late)
}

// ticketTask is the job to make a ticket, or to add the call to one.
func (d *Desk) ticketTask(r tickets.Request, made *helpdesk.Ticket) *jobs.Task {
	desk := d.opts.HelpDesk
	task := &jobs.Task{
		Name: "ticket of " + r.CallID, Progress: r.Progress(), Claim: r.Claim,
		Find: func(ctx context.Context) (ok bool, err error) {
			*made, ok, err = desk.Find(ctx, r.CallID)
			return ok, err
		},
		Do: func(ctx context.Context) (err error) {
			*made, err = desk.Create(ctx, r.Draft)
			return err
		},
		Keep: func(ctx context.Context, p jobs.Progress, claim jobs.Claim, err error) error {
			return d.opts.Tickets.RetryTicket(ctx, r.Advanced(p, claim, err))
		},
	}
	if r.Draft.Into != nil {
		note := helpdesk.Note{
			Ticket: *r.Draft.Into, Key: r.CallID, Subject: r.Draft.Title, Body: r.Draft.Body, Agent: r.Draft.Agent,
		}
		*made = note.Ticket
		task.Find = func(ctx context.Context) (bool, error) { return desk.Noted(ctx, note) }
		task.Do = func(ctx context.Context) error { return desk.Append(ctx, note) }
	}
	return task
}

// keepEnd keeps what came of a request, also if the hub is stopping. A database that is busy or
// full is asked again; if that does not help, the request stays pending, and the next hub finds its
// ticket.
func (d *Desk) keepEnd(ctx context.Context, r tickets.Request) {
	for tries := 1; ; tries++ {
		err := keep(ctx, func(ctx context.Context) error { return d.opts.Tickets.EndTicket(ctx, r) })
		if err == nil {
			return
		}
		d.log.Error("cannot save the end of a ticket request", "call", r.CallID, "ticket", r.Ticket.Number,
			"tries", tries, "error", err)
		if tries == 3 || ctx.Err() != nil {
			return
		}
	}
}

// ended ends a press: the agents who wait get the answer, those who were put off get it as news,
// and all others on the call see the ticket.
func (d *Desk) ended(ctx context.Context, p *press, r tickets.Request, late []string) {
	if r.State == tickets.Made {
		d.counters.made.Add(1)
	} else {
		d.counters.failed.Add(1)
	}
	d.traces.ticket(r)
	d.later(ctx, func(l *loop) { l.pressEnded(p, r, late) })
	close(p.done)
}

func (l *loop) pressEnded(p *press, r tickets.Request, late []string) {
	delete(l.presses, r.CallID)
	made, c := r.State == tickets.Made, l.calls[r.CallID]
	switch {
	case c != nil && made:
		c.press = p
		l.setTicket(c, r)
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(c.seenBy)), func(login string) bool {
			return login == r.Agent || slices.Contains(late, login)
		})
		l.notify(others, protocol.Notification, protocol.TicketCreated, l.desk.created(r, false))
	case c != nil && c.press == p:
		c.press = nil // it may be pressed again
	case c == nil && made:
		l.parties.lateTicket(r)
		if l.rules.TalkTime {
			l.background(func(ctx context.Context, d *Desk) { d.noteKeptTalk(ctx, r.CallID) })
		}
	}
	for _, login := range late {
		l.news.add(login, r)
	}
}

// findTicket looks whether a call that is new to this hub has its ticket already.
func (l *loop) findTicket(c *call) {
	id := c.ID
	l.background(func(ctx context.Context, d *Desk) {
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
				l.setTicket(c, r)
			}
		})
	})
}

// setTicket gives a call its ticket.
func (l *loop) setTicket(c *call, r tickets.Request) {
	name := l.rules.Staff.Name(r.Agent)
	c.ticket = &protocol.Ticket{Number: r.Ticket.Number, URL: r.Ticket.URL, By: name}
	c.made, c.madeBy = r.Ticket, staff.Agent{Login: r.Agent, Name: name}
	if customer := r.Draft.Customer; customer != nil {
		l.open.drop(customer.Login) // there is one more now
	}
	l.show(c)
	l.noteTalk(c)
}

func (d *Desk) created(r tickets.Request, late bool) protocol.CreatedTicket {
	t := protocol.CreatedTicket{
		Call: r.CallID, Ticket: r.Ticket.ID, Number: r.Ticket.Number, URL: r.Ticket.URL,
		By: d.Staff().Name(r.Agent), Late: late,
	}
	if late {
		t.Caller = callerWords(r.Draft)
	}
	return t
}

// callerWords says who called, for people.
func callerWords(draft helpdesk.Draft) string {
	if c := draft.Customer; c != nil && c.Name != "" && draft.Number != "" {
		return c.Name + ", " + draft.Number
	} else if c != nil && c.Name != "" {
		return c.Name
	}
	return draft.Number
}
