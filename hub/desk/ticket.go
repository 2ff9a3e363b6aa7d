package desk

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// ticketState is what the loop knows about a call's ticket.
type ticketState struct {
	ticket *protocol.Ticket
	press  *press               // also after the ticket was made
	chosen *protocol.Customer   // chosen by the agent, if several fit
	open   helpdesk.OpenTickets // the customer's open tickets
	made   helpdesk.Ticket      // zero until it is made
	madeBy staff.Agent
	noting bool // the talk time was added to the ticket, or is being added
}

// ticketing makes tickets in the background, and puts talk times into them.
type ticketing struct {
	desk     *Desk
	store    tickets.Store
	helpDesk helpdesk.HelpDesk
	jobs     *jobs.Runner
	log      *slog.Logger
	talks    *tickets.TalkTimes
}

// press begins a press on a call, or joins the one in progress, and waits as long as an agent
// should. draft runs on the loop.
func (t *ticketing) press(ctx context.Context, a staff.Agent, actionID, callID string,
	draft func(*loop, *call) (helpdesk.Draft, error),
) (TicketAnswer, error) {
	if actionID == "" {
		return TicketAnswer{}, fail.New(fail.Invalid,
			"The action needs an id: it keeps a repeated press from making a second ticket.")
	}
	var p *press
	var refused error
	if err := t.desk.wait(ctx, func(l *loop) { p, refused = l.presses.begin(a, actionID, callID, draft) }); err != nil {
		return TicketAnswer{}, err
	}
	if refused != nil {
		t.desk.Refused(callID, a, fail.Of(refused).Text)
		if errors.Is(refused, errUnknownCall) {
			return t.pressedBefore(ctx, a, callID, refused)
		}
		return TicketAnswer{}, refused
	}
	patience := time.NewTimer(t.desk.opts.Patience)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-p.slow:
	case <-patience.C:
	case <-t.desk.stopped:
	case <-ctx.Done():
	}
	return t.answer(ctx, p, a, callID)
}

// answer returns the result to the agent who pressed.
func (t *ticketing) answer(ctx context.Context, p *press, a staff.Agent, callID string) (TicketAnswer, error) {
	select {
	case <-p.done:
	case <-p.kept: // not before: the answer is a promise
		if reason, ok := p.putOff(a.Login); ok {
			t.desk.counters.queued.Add(1)
			text := "The ticket is saved and will be made as soon as the help desk takes it."
			if reason != "" {
				text = reason + " " + text
			}
			return TicketAnswer{Queued: &protocol.QueuedTicket{Call: callID, Text: text}}, nil
		}
		<-p.done // it follows at once
	case <-ctx.Done():
		return TicketAnswer{}, fail.Again(fail.Busy, ctx.Err(),
			"The connection ended before the ticket was saved; pressing again is safe.")
	}
	if p.err != nil { // it no longer changes
		return TicketAnswer{}, p.err
	}
	return TicketAnswer{Created: &p.ticket}, nil
}

// pressedBefore answers a press on a forgotten call: an action that was repeated after a restart or
// a reconnect.
func (t *ticketing) pressedBefore(ctx context.Context, a staff.Agent, callID string,
	refused error,
) (TicketAnswer, error) {
	r, ok, err := t.store.TicketOf(ctx, callID)
	if err != nil {
		t.log.Error("cannot read ticket request", "call", callID, "error", err)
	}
	switch {
	case err != nil || !ok || r.Agent != a.Login:
		return TicketAnswer{}, refused
	case r.State == tickets.Made:
		created := createdTicket(r, t.desk.Staff(), false)
		return TicketAnswer{Created: &created}, nil
	case r.State == tickets.Failed:
		return TicketAnswer{}, fail.New(fail.HelpDesk, "%s", r.Error)
	}
	var p *press
	if err := t.desk.wait(ctx, func(l *loop) { p = l.presses.byCall[callID] }); err != nil {
		return TicketAnswer{}, err
	}
	if p == nil {
		return TicketAnswer{}, fail.Again(fail.Busy, nil, "The hub is just finishing this ticket; please press again.")
	}
	return t.answer(ctx, p, a, callID)
}

// begin saves a request, and then has its ticket made.
func (t *ticketing) begin(ctx context.Context, p *press, r tickets.Request) {
	var kept tickets.Request
	var first bool
	err := keep(ctx, func(ctx context.Context) (err error) {
		kept, first, err = t.store.BeginTicket(ctx, r)
		return err
	})
	if err == nil {
		close(p.kept)
	}
	switch {
	case err != nil:
		t.log.Error("cannot save ticket request", "call", r.CallID, "agent", r.Agent, "error", err)
		r.State = tickets.Failed
		t.ended(ctx, p, r, p.end(protocol.CreatedTicket{}, fail.Again(fail.Internal, err,
			"The hub could not save the request; please press again, or tell an administrator.")))
	case kept.State == tickets.Made:
		t.ended(ctx, p, kept, p.end(createdTicket(kept, t.desk.Staff(), false), nil))
	default:
		if kept.Draft.CallID == "" {
			kept.Draft = r.Draft // saved by a version without drafts
		}
		if !first && !kept.Claim.FreeFor(t.jobs.Owner, t.desk.now()) {
			t.follow(ctx, p, kept)
			return
		}
		t.finish(ctx, p, kept, first)
	}
}

// pending is what a hub has claimed and not finished.
type pending struct{ tickets, talks []tickets.Request }

// claimed claims what is free or this hub's, and returns it.
func (t *ticketing) claimed(ctx context.Context, talks bool) (p pending) {
	var err error
	if p.tickets, err = t.store.ClaimTickets(ctx, t.jobs.NewClaim()); err != nil && ctx.Err() == nil {
		t.log.Error("cannot read pending ticket requests; retrying in a minute", "error", err)
	}
	p.tickets = slices.DeleteFunc(p.tickets, func(r tickets.Request) bool { return r.Draft.CallID == "" })
	if !talks {
		return p
	}
	if p.talks, err = t.store.ClaimTalks(ctx, t.jobs.NewClaim()); err != nil && ctx.Err() == nil {
		t.log.Error("cannot read talk times; retrying in a minute", "error", err)
	}
	return p
}

// proceed continues a claimed request, which may have ended since it was read.
func (t *ticketing) proceed(ctx context.Context, p *press, r tickets.Request) {
	now, ok, err := t.store.TicketOf(ctx, r.CallID)
	switch {
	case err == nil && ok && now.State != tickets.Pending:
		t.endAs(ctx, p, now, false)
	default:
		t.finish(ctx, p, r, false)
	}
}

// follow waits for the end of a request that another hub works on, and takes it over when that
// hub's claim lapses.
func (t *ticketing) follow(ctx context.Context, p *press, r tickets.Request) {
	p.delay("")
	for tick := time.NewTicker(followEvery); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
		now, ok, err := t.store.TicketOf(ctx, r.CallID)
		switch {
		case err != nil || !ok:
			continue
		case now.State != tickets.Pending:
			tick.Stop()
			t.endAs(ctx, p, now, true)
			return
		case !now.Claim.FreeFor(t.jobs.Owner, t.desk.now()):
			continue
		}
		now.Claim = t.jobs.NewClaim()
		if t.store.RetryTicket(ctx, now) == nil {
			tick.Stop()
			t.finish(ctx, p, now, false)
			return
		}
	}
}

// endAs ends a press as the store has its request. report: the agents who were put off do not know.
func (t *ticketing) endAs(ctx context.Context, p *press, r tickets.Request, report bool) {
	var failure error
	if r.State == tickets.Failed {
		failure = fail.New(fail.HelpDesk, "%s", r.Error)
	}
	late := p.end(createdTicket(r, t.desk.Staff(), false), failure)
	if !report {
		late = nil
	}
	t.ended(ctx, p, r, late)
}

// finish has the help desk make the ticket, however long that takes, and ends the press.
func (t *ticketing) finish(ctx context.Context, p *press, r tickets.Request, fresh bool) {
	var ticket helpdesk.Ticket
	task := t.task(r, &ticket)
	task.Fresh = fresh
	task.Late = func(err error) {
		reason := tickets.Reason(err)
		p.delay(reason)
		t.desk.traces.step(r.CallID, trace.Step{What: trace.Queued, Why: reason})
	}
	err := t.jobs.Run(ctx, task)
	switch {
	case errors.Is(err, jobs.ErrStopped):
		return // it stays pending: the next hub continues
	case errors.Is(err, jobs.ErrTaken):
		t.follow(ctx, p, r)
		return
	}
	r.State, r.Ticket, r.Error = tickets.Made, ticket, ""
	var failure error
	if err != nil {
		r.State, r.Ticket, r.Error = tickets.Failed, helpdesk.Ticket{}, tickets.Reason(err)
		o := tickets.Classify(err)
		failure = &fail.Error{Code: fail.HelpDesk, Text: r.Error, Retry: o.Retry || o.Uncertain, Err: err}
		t.log.Warn("ticket not made", "call", r.CallID, "agent", r.Agent, "error", err)
	} else {
		t.log.Info("ticket made", "call", r.CallID, "agent", r.Agent, "ticket", ticket.Number,
			"tries", task.Progress.Tries+1)
	}
	late := p.end(createdTicket(r, t.desk.Staff(), false), failure)
	r.Owed = slices.Contains(late, r.Agent)
	t.saveEnd(ctx, r)
	t.ended(ctx, p, r, late)
}

// task returns the job to make a ticket, or to add the call to one.
func (t *ticketing) task(r tickets.Request, made *helpdesk.Ticket) *jobs.Task {
	desk := t.helpDesk
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
			return t.store.RetryTicket(ctx, r.Advanced(p, claim, err))
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

// saveEnd saves the result of a request, with retries. If that fails, the request stays pending,
// and the next hub finds its ticket.
func (t *ticketing) saveEnd(ctx context.Context, r tickets.Request) {
	for tries := 1; ; tries++ {
		err := keep(ctx, func(ctx context.Context) error { return t.store.EndTicket(ctx, r) })
		if err == nil {
			return
		}
		t.log.Error("cannot save the end of a ticket request", "call", r.CallID, "ticket", r.Ticket.Number,
			"tries", tries, "error", err)
		if tries == 3 || ctx.Err() != nil {
			return
		}
	}
}

// ended answers the agents who wait for a press, and has the loop show its result.
func (t *ticketing) ended(ctx context.Context, p *press, r tickets.Request, late []string) {
	if r.State == tickets.Made {
		t.desk.counters.made.Add(1)
	} else {
		t.desk.counters.failed.Add(1)
	}
	t.desk.traces.ticket(r)
	t.desk.later(ctx, func(l *loop) { l.presses.ended(p, r, late) })
	close(p.done)
}

func createdTicket(r tickets.Request, agents *staff.Staff, late bool) protocol.CreatedTicket {
	t := protocol.CreatedTicket{
		Call: r.CallID, Ticket: r.Ticket.ID, Number: r.Ticket.Number, URL: r.Ticket.URL,
		By: agents.Name(r.Agent), Late: late,
	}
	if late {
		t.Caller = r.Draft.Caller()
	}
	return t
}
