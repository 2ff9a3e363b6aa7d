package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// createTicket makes the call's one ticket, or returns the one that there is already.
func (d *Desk) createTicket(ctx context.Context, a staff.Agent, actionID string,
	in protocol.CreateTicket,
) (protocol.Message, *protocol.Failure) {
	return d.press(ctx, a, actionID, in.Call, func(l *live) (helpdesk.Draft, *protocol.Failure) {
		return d.draft(l, a, in.Customer, in.Template)
	})
}

// draft fills the ticket in. It runs on the loop.
func (d *Desk) draft(l *live, a staff.Agent, customer, template string) (helpdesk.Draft, *protocol.Failure) {
	c := l.seen()
	who, failure := chosen(c.Caller.Customers, customer)
	if failure != nil {
		return helpdesk.Draft{}, failure
	}
	if template == "" && l.line != nil {
		template = l.line.Template
	}
	if template == "" {
		template = tickettemplate.DefaultName
	}
	if !d.Templates.Has(template) {
		return helpdesk.Draft{}, fail(protocol.Invalid, "There is no ticket template %q on this hub.", template)
	}
	draft, err := d.Templates.Draft(template, c, who, staff.Agent{Login: a.Login, Name: a.Name})
	if err != nil {
		return helpdesk.Draft{}, fail(protocol.Invalid, "The ticket's text could not be made: %v.", err)
	}
	return draft, nil
}

// chosen returns the customer whom the agent chose, or the only one; nil for an unknown caller, or
// where several fit and none was chosen.
func chosen(customers []protocol.Customer, login string) (*protocol.Customer, *protocol.Failure) {
	if login == "" {
		if len(customers) == 1 {
			return &customers[0], nil
		}
		return nil, nil
	}
	i := slices.IndexFunc(customers, func(c protocol.Customer) bool { return c.Login == login })
	if i < 0 {
		return nil, fail(protocol.Invalid, "%q is none of the customers found for this number.", login)
	}
	return &customers[i], nil
}

// beginTicket keeps a press before the help desk is asked, and goes on from there.
func (d *Desk) beginTicket(p *press, r TicketRequest) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.run), keepTime) // also where the hub stops just now
	kept, first, err := d.Store.BeginTicket(ctx, r)
	cancel()
	if err == nil {
		close(p.kept)
	}
	switch {
	case err != nil:
		d.Log.Error("a press could not be kept", "call", r.CallID, "agent", r.Agent, "error", err)
		failure := &protocol.Failure{
			Code: protocol.HelpDeskFailed,
			Text: "The hub could not keep the ticket and so did not ask for it; please press again, or tell an " +
				"administrator.",
			Retry: true,
		}
		late := p.end(protocol.CreatedTicket{}, failure)
		r.State = TicketFailed
		d.told(p, r, late)
	case kept.State == TicketMade:
		late := p.end(d.created(kept, false), nil)
		d.told(p, kept, late)
	default:
		if kept.Draft.CallID == "" {
			kept.Draft = r.Draft // it was kept by a hub that did not keep drafts
		}
		d.finishTicket(p, kept, first)
	}
}

// finishTicket has the help desk make what was pressed, however long that takes, keeps what came of
// it, and tells everybody.
func (d *Desk) finishTicket(p *press, r TicketRequest, fresh bool) {
	e := &errand{
		what: "ticket of " + r.CallID, fresh: fresh, tries: r.Tries, dark: r.UncertainSince,
		find: func(ctx context.Context) (helpdesk.Ticket, bool, error) { return d.HelpDesk.Find(ctx, r.CallID) },
		make: func(ctx context.Context) (helpdesk.Ticket, error) { return d.HelpDesk.Create(ctx, r.Draft) },
		keep: func(ctx context.Context, e *errand, next time.Time, err error) error {
			at := r
			at.Tries, at.Next, at.UncertainSince = e.tries, next, e.dark
			if err != nil {
				at.Error = err.Error()
			}
			return d.Queue.RetryTicket(ctx, at)
		},
		late: func(err error) {
			p.wait(reasonOf(err))
			d.note(r.CallID, trace.Step{What: trace.Queued, Why: reasonOf(err)})
		},
	}
	if fresh {
		e.dark = time.Time{}
	}
	if r.Draft.Into != nil {
		note := noteOf(r.Draft)
		e.find = func(ctx context.Context) (helpdesk.Ticket, bool, error) {
			ok, err := d.HelpDesk.Noted(ctx, note)
			return note.Ticket, ok, err
		}
		e.make = func(ctx context.Context) (helpdesk.Ticket, error) { return note.Ticket, d.HelpDesk.Append(ctx, note) }
	}
	ticket, err := d.pursue(d.run, e)
	if errors.Is(err, ErrStopped) {
		return // it is pending, and the next hub goes on
	}
	r.State, r.Ticket, r.Error = TicketMade, ticket, ""
	var failure *protocol.Failure
	if err != nil {
		r.State, r.Ticket, r.Error = TicketFailed, helpdesk.Ticket{}, reasonOf(err)
		failure = failureOf(err)
		d.Log.Warn("a ticket could not be made", "call", r.CallID, "agent", r.Agent, "error", err)
	} else {
		d.Log.Info("a ticket was made", "call", r.CallID, "agent", r.Agent, "ticket", ticket.Number, "tries", e.tries+1)
	}
	late := p.end(d.created(r, false), failure)
	r.Owed = slices.Contains(late, r.Agent)
	d.keepEnd(r)
	d.told(p, r, late)
}

// keepEnd keeps what came of a request, also where the hub stops just now. A database that is busy
// or full is asked again; where that does not help, the request stays pending, and the next hub
// finds its ticket.
func (d *Desk) keepEnd(r TicketRequest) {
	for tries := 1; ; tries++ {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.run), keepTime)
		err := d.Store.EndTicket(ctx, r)
		cancel()
		if err == nil {
			return
		}
		d.Log.Error("what became of a ticket could not be kept", "call", r.CallID, "ticket", r.Ticket.Number,
			"tries", tries, "error", err)
		if tries == 3 || d.run.Err() != nil {
			return
		}
	}
}

// told ends a press: who waits gets the answer, who was put off is told later, and all others on
// the call see the ticket.
func (d *Desk) told(p *press, r TicketRequest, late []string) {
	_ = d.do(d.run, func() { // a stopping desk has nobody to tell; the store knows
		delete(d.presses, r.CallID)
		d.countEnd(r.State)
		d.traceTicket(r)
		l := d.calls[r.CallID]
		if l != nil && r.State == TicketMade {
			l.press = p
			d.ticketIs(l, r)
			others := slices.DeleteFunc(slices.Sorted(maps.Keys(l.told)), func(login string) bool {
				return login == r.Agent || slices.Contains(late, login)
			})
			d.tell(others, protocol.Notification, protocol.TicketCreated, d.created(r, false))
		} else if l != nil && l.press == p {
			l.press = nil // it may be pressed again
		}
		if l == nil && r.State == TicketMade {
			d.lateTicket(r)
		}
		if l == nil && r.State == TicketMade && d.TalkTime {
			d.work.Go(func() { d.noteKeptTalk(r.CallID) })
		}
		for _, login := range late {
			d.tellLate(login, r)
		}
	})
	close(p.done)
}

// ticketIs notes the ticket of a call. It runs on the loop.
func (d *Desk) ticketIs(l *live, r TicketRequest) {
	l.ticket = &protocol.Ticket{Number: r.Ticket.Number, URL: r.Ticket.URL, By: d.nameOf(r.Agent)}
	l.ticketID, l.ticketAgent = r.Ticket, staff.Agent{Login: r.Agent, Name: d.nameOf(r.Agent)}
	if c := r.Draft.Customer; c != nil {
		delete(d.open, c.Login) // there is one more now
	}
	d.show(l)
	d.noteTalk(l)
}

func (d *Desk) created(r TicketRequest, late bool) protocol.CreatedTicket {
	t := protocol.CreatedTicket{
		Call: r.CallID, Ticket: r.Ticket.ID, Number: r.Ticket.Number, URL: r.Ticket.URL, By: d.nameOf(r.Agent),
		Late: late,
	}
	if late {
		t.Caller = callerWords(r.Draft)
	}
	return t
}

// callerWords says who called, for people.
func callerWords(draft helpdesk.Draft) string {
	var words []string
	if c := draft.Customer; c != nil && c.Name != "" {
		words = append(words, c.Name)
	}
	if draft.Number != "" {
		words = append(words, draft.Number)
	}
	return strings.Join(words, ", ")
}

func failureOf(err error) *protocol.Failure {
	var e *helpdesk.Error
	if errors.As(err, &e) {
		return &protocol.Failure{Code: protocol.HelpDeskFailed, Text: e.Reason, Retry: e.Retry || e.Uncertain}
	}
	return &protocol.Failure{Code: protocol.HelpDeskFailed, Text: reasonOf(err), Retry: true}
}

// reasonOf is the sentence for the agent.
func reasonOf(err error) string {
	var e *helpdesk.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return "The help desk could not be asked; the hub's log says why."
}

func (d *Desk) nameOf(login string) string {
	for _, a := range d.facts().Agents {
		if a.Login == login {
			return a.Name
		}
	}
	return login
}
