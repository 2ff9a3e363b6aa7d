package ticketing

import (
	"context"
	"errors"
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

const followEvery = 15 * time.Second // how often another hub's request is read

// Tickets makes tickets in the background. Any goroutine may use it.
type Tickets struct {
	Options
	desk  Desk
	notes *Notes
}

// Answer waits for a press as long as an agent should, and returns its result.
func (t *Tickets) Answer(ctx context.Context, p *Press, a staff.Agent, callID string) (TicketAnswer, error) {
	p.await(ctx, &t.Options)
	select {
	case <-p.done:
	case <-p.kept: // not before: the answer is a promise
		if why, ok := p.putOff(a.Login); ok {
			err := jobs.Keep(ctx, func(ctx context.Context) error { return t.Store.OweTicket(ctx, callID, a.Login) })
			if err != nil {
				t.Log.Error("cannot save that an agent waits for a ticket", "call", callID, "agent", a.Login,
					"error", err)
			}
			return TicketAnswer{Queued: queued(callID, why, protocol.TicketSaved)}, nil
		}
		<-p.done // it follows at once
	case <-ctx.Done():
		return TicketAnswer{}, fail.New(protocol.TicketBusy, "").Because(ctx.Err())
	}
	if p.err != nil { // it no longer changes
		return TicketAnswer{}, p.err
	}
	return TicketAnswer{Created: &p.ticket}, nil
}

// Begin saves the request of a press, and then has its ticket made. talk is the talk time of a call
// that has ended; zero: it is not known yet.
func (t *Tickets) Begin(ctx context.Context, p *Press, login string, draft helpdesk.Draft, talk time.Duration) {
	r := tickets.Request{
		CallID: draft.CallID, ActionID: p.action, Agent: login, State: tickets.Pending, At: t.Now().UTC(),
		Draft: draft, Claim: t.Jobs.NewClaim(), Talk: talk,
	}
	r.UncertainSince = r.At // for a hub that is killed now
	var kept tickets.Request
	var first bool
	err := jobs.Keep(ctx, func(ctx context.Context) (err error) {
		kept, first, err = t.Store.BeginTicket(ctx, r)
		return err
	})
	if err == nil {
		close(p.kept)
		if note := r.Draft.Note; note != "" && kept.ActionID != r.ActionID { // it was pressed before
			by := staff.Agent{Login: r.Agent}
			if err := t.notes.Keep(ctx, by, NewNote{r.ActionID, r.CallID, note}); err != nil {
				t.Log.Error("note lost", "call", r.CallID, "agent", r.Agent, "error", err)
			}
		}
	}
	switch {
	case err != nil:
		t.Log.Error("cannot save ticket request", "call", r.CallID, "agent", r.Agent, "error", err)
		r.State = tickets.Failed
		t.ended(ctx, p, r, p.end(protocol.CreatedTicket{}, fail.New(protocol.TicketUnsaved, "").Because(err)))
	case kept.State == tickets.Made:
		t.ended(ctx, p, kept, p.end(Created(kept, t.Staff(), false), nil))
	default:
		if kept.Draft.CallID == "" {
			kept.Draft = r.Draft // saved by a version without drafts
		}
		if !first && !kept.Claim.FreeFor(t.Jobs.Owner, t.Now()) {
			t.follow(ctx, p, kept)
			return
		}
		t.finish(ctx, p, kept, first)
	}
}

// Pending is what a hub has claimed and not finished.
type Pending struct{ Tickets, Talks []tickets.Request }

// Claim claims what is free or this hub's, and returns it.
func (t *Tickets) Claim(ctx context.Context, talks bool) (p Pending) {
	var err error
	if p.Tickets, err = t.Store.ClaimTickets(ctx, t.Jobs.NewClaim()); err != nil && ctx.Err() == nil {
		t.Log.Error("cannot read pending ticket requests; retrying in a minute", "error", err)
	}
	p.Tickets = slices.DeleteFunc(p.Tickets, func(r tickets.Request) bool { return r.Draft.CallID == "" })
	if !talks {
		return p
	}
	if p.Talks, err = t.Store.ClaimTalks(ctx, t.Jobs.NewClaim()); err != nil && ctx.Err() == nil {
		t.Log.Error("cannot read talk times; retrying in a minute", "error", err)
	}
	return p
}

// Proceed continues a claimed request, which may have ended since it was read.
func (t *Tickets) Proceed(ctx context.Context, p *Press, r tickets.Request) {
	now, ok, err := t.Store.TicketOf(ctx, r.CallID)
	switch {
	case err == nil && ok && now.State != tickets.Pending:
		t.endAs(ctx, p, now, false)
	default:
		t.finish(ctx, p, r, false)
	}
}

// follow waits for the end of a request that another hub works on, and takes it over when that
// hub's claim lapses.
func (t *Tickets) follow(ctx context.Context, p *Press, r tickets.Request) {
	p.delay(protocol.TicketSaved)
	for tick := time.NewTicker(followEvery); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
		now, ok, err := t.Store.TicketOf(ctx, r.CallID)
		switch {
		case err != nil || !ok:
			continue
		case now.State != tickets.Pending:
			tick.Stop()
			t.endAs(ctx, p, now, true)
			return
		case !now.Claim.FreeFor(t.Jobs.Owner, t.Now()):
			continue
		}
		now.Claim = t.Jobs.NewClaim()
		if t.Store.RetryTicket(ctx, now) == nil {
			tick.Stop()
			t.finish(ctx, p, now, false)
			return
		}
	}
}

// endAs ends a press as the store has its request. report: the agents who were put off do not know.
func (t *Tickets) endAs(ctx context.Context, p *Press, r tickets.Request, report bool) {
	var failure error
	if r.State == tickets.Failed {
		failure = r.Failure()
	}
	late := p.end(Created(r, t.Staff(), false), failure)
	if !report {
		late = nil
	}
	t.ended(ctx, p, r, late)
}

// finish has the help desk make the ticket, however long that takes, and ends the press.
func (t *Tickets) finish(ctx context.Context, p *Press, r tickets.Request, fresh bool) {
	var ticket helpdesk.Ticket
	task := t.task(r, &ticket)
	task.Fresh, task.Nudge = fresh, p.nudge
	task.Late = func(err error) {
		f := tickets.Failure(err)
		p.delay(f.Problem)
		t.desk.Trace(r.CallID, trace.Step{What: trace.Queued, Why: f.Detail})
	}
	err := t.Jobs.Run(ctx, task)
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
		f := tickets.Failure(err)
		r.State, r.Ticket, r.Error, r.Problem, r.About = tickets.Failed, helpdesk.Ticket{}, f.Detail, f.Problem, f.About
		failure = f
		t.Log.Warn("ticket not made", "call", r.CallID, "agent", r.Agent, "error", err)
	} else {
		t.Made(t.Now().Sub(r.At))
		t.Log.Info("ticket made", "call", r.CallID, "agent", r.Agent, "ticket", ticket.Number,
			"tries", task.Progress.Tries+1)
	}
	late := p.end(Created(r, t.Staff(), false), failure)
	r.Owed = late
	t.saveEnd(ctx, r)
	t.ended(ctx, p, r, late)
}

// task returns the job to make a ticket, or to add the call to one.
func (t *Tickets) task(r tickets.Request, made *helpdesk.Ticket) *jobs.Task {
	desk := t.HelpDesk.Named(r.Draft.Desk)
	task := &jobs.Task{
		Name: "ticket of " + r.CallID, Progress: r.Progress, Claim: r.Claim,
		Find: func(ctx context.Context) (ok bool, err error) {
			*made, ok, err = desk.Find(ctx, r.CallID)
			return ok, err
		},
		Do: func(ctx context.Context) (err error) {
			*made, err = desk.Create(ctx, r.Draft)
			return err
		},
		Keep: func(ctx context.Context, p jobs.Progress, claim jobs.Claim, err error) error {
			return t.Store.RetryTicket(ctx, r.Advanced(p, claim, err))
		},
	}
	if r.Draft.Into != nil {
		note := helpdesk.Note{
			Ticket: *r.Draft.Into, Key: r.CallID, Subject: r.Draft.Title, Body: r.Draft.Body, Agent: r.Draft.Agent,
		}
		*made, desk = note.Ticket, t.HelpDesk.With(note.Ticket)
		task.Find = func(ctx context.Context) (bool, error) { return desk.Noted(ctx, note) }
		task.Do = func(ctx context.Context) error { return desk.Append(ctx, note) }
	}
	return task
}

// saveEnd saves the result of a request, with retries. If that fails, the request stays pending,
// and the next hub finds its ticket.
func (t *Tickets) saveEnd(ctx context.Context, r tickets.Request) {
	for tries := 1; ; tries++ {
		err := jobs.Keep(ctx, func(ctx context.Context) error { return t.Store.EndTicket(ctx, r) })
		if err == nil {
			return
		}
		t.Log.Error("cannot save the end of a ticket request", "call", r.CallID, "ticket", r.Ticket.Number,
			"tries", tries, "error", err)
		if tries == 3 || ctx.Err() != nil {
			return
		}
	}
}

// ended answers the agents who wait for a press, and hands its result to the desk.
func (t *Tickets) ended(ctx context.Context, p *Press, r tickets.Request, late []string) {
	t.desk.TicketEnded(ctx, p, r, late)
	close(p.done)
}

// Created is a made ticket for the agents. late: it came after the agent stopped waiting.
func Created(r tickets.Request, agents *staff.Staff, late bool) protocol.CreatedTicket {
	t := protocol.CreatedTicket{
		Call: r.CallID, Ticket: r.Ticket.ID, Number: r.Ticket.Number, URL: r.Ticket.URL,
		By: agents.Name(r.Agent), Late: late,
	}
	if late {
		t.Caller = r.Draft.Caller()
	}
	return t
}
