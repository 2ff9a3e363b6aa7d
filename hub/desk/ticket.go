package desk

import (
	"context"
	"errors"

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

// ticketState is what the loop knows about a call's ticket.
type ticketState struct {
	ticket  *protocol.Ticket
	request string               // the call that the ticket was requested for, if it became part of this one
	press   *ticketing.Press     // also after the ticket was made
	decided bool                 // an agent has requested a ticket for chosen
	chosen  *protocol.Customer   // chosen by the agent, if several fit; nil: none of them
	open    helpdesk.OpenTickets // the customer's open tickets
	entered opentickets.Entered
	made    helpdesk.Ticket // zero until it is made
	madeBy  staff.Agent
	noting  bool // the talk time was added to the ticket, or is being added

	others []protocol.Ticket // of calls that became part of this one, which has its own
}

// ticketDesk is the part of the desk that begins tickets and notes from outside the loop, and takes
// their results to it. It implements ticketing.Desk.
type ticketDesk struct{ *Desk }

var errUnknownCall = fail.New(protocol.CallUnknown, "")

// press begins a press on a call, or joins the one in progress, and waits as long as an agent
// should. draft runs on the loop, fill in the background, for a call that only the records know.
func (t ticketDesk) press(ctx context.Context, a staff.Agent, in ticketing.NewNote,
	draft func(*loop, *call) (helpdesk.Draft, error), fill func(earlier.Call) (helpdesk.Draft, error),
) (ticketing.TicketAnswer, error) {
	if in.ActionID == "" {
		return ticketing.TicketAnswer{}, fail.New(protocol.ActionInvalid, "").
			Explain("The action needs an id: it keeps a repeated press from making a second ticket.")
	}
	var p *ticketing.Press
	var refused error
	pressed := in.Call
	err := t.wait(ctx, func(l *loop) { p, in.Call, refused = l.presses.begin(a, in.ActionID, pressed, draft) })
	if err != nil {
		return ticketing.TicketAnswer{}, err
	}
	var made *ticketing.TicketAnswer
	if errors.Is(refused, errUnknownCall) {
		p, made, refused = t.pressEarlier(ctx, a, &in, fill)
	}
	switch {
	case refused != nil:
		t.Refused(in.Call, a, fail.Of(refused).Error())
		return ticketing.TicketAnswer{}, refused
	case in.Text != "" && !p.HasNote(in.ActionID): // the ticket is another agent's
		if err := t.notes.Keep(ctx, a, in); err != nil {
			return ticketing.TicketAnswer{}, err
		}
	}
	var answer ticketing.TicketAnswer
	if made != nil {
		answer = *made
	} else if answer, err = t.tickets.Answer(ctx, p, a, in.Call); answer.Queued != nil {
		t.counters.queued.Add(1)
	}
	return answer.For(pressed), err
}

// NoteTicket adds a note to the ticket of a call, also of one that only the records know.
func (d *Desk) NoteTicket(ctx context.Context, a staff.Agent, in ticketing.NewNote) (ticketing.NoteAnswer, error) {
	switch {
	case in.ActionID == "":
		return ticketing.NoteAnswer{}, fail.New(protocol.ActionInvalid, "").
			Explain("The action needs an id: it keeps a repeated action from adding a second note.")
	case in.Text == "":
		return ticketing.NoteAnswer{}, fail.New(protocol.ActionInvalid, "").Explain("The note is empty.")
	}
	noted, err := (ticketDesk{d}).mayNote(ctx, a, in.Call)
	if err != nil {
		return ticketing.NoteAnswer{}, err
	}
	to := in.Call
	in.Call = noted
	answer, err := d.notes.Add(ctx, a, in)
	return answer.For(to), err
}

// mayNote returns an error unless the call is one of the agent's, and has a ticket or will have
// one. noted is the call that the ticket was requested for: this one, or one that became part of
// it.
func (t ticketDesk) mayNote(ctx context.Context, a staff.Agent, callID string) (noted string, err error) {
	var known, shown, making bool
	noted = callID
	if err := t.wait(ctx, func(l *loop) {
		if c := l.presses.on(callID, a); c != nil {
			known, noted = true, c.requested()
			_, shown = c.seenBy[a.Login]
		}
		making = l.presses.byCall[noted] != nil
	}); err != nil {
		return "", err
	}
	r, asked, err := t.opts.Tickets.TicketOf(ctx, noted)
	if asked {
		noted = r.CallID
	}
	if err == nil && !known {
		if _, shown, err = t.earlier().Read(ctx, a.Login, callID); asked && r.Agent == a.Login {
			shown = true
		}
	}
	switch {
	case err != nil:
		t.log.Error("cannot read ticket request", "call", callID, "error", err)
		return "", fail.New(protocol.HubBusy, "").Because(err)
	case known && !shown:
		return "", fail.New(protocol.CallNotYours, "")
	case !shown:
		return "", errUnknownCall
	case !making && (!asked || r.State == tickets.Failed):
		return "", fail.New(protocol.TicketMissing, "")
	}
	return noted, nil
}

// Background starts f on the loop: Run waits for it.
func (t ticketDesk) Background(ctx context.Context, f func(context.Context)) {
	t.later(ctx, func(l *loop) {
		l.background(func(ctx context.Context, _ *Desk) { f(ctx) })
	})
}

// TicketEnded has the loop show the result of a press.
func (t ticketDesk) TicketEnded(ctx context.Context, p *ticketing.Press, r tickets.Request, late []string) {
	if r.State == tickets.Made {
		t.counters.made.Add(1)
	} else {
		t.counters.failed.Add(1)
	}
	t.traces.Step(r.CallID, trace.TicketStep(r))
	t.later(ctx, func(l *loop) { l.presses.ended(p, r, late) })
}

// NoteEnded has the loop notify the agent.
func (t ticketDesk) NoteEnded(ctx context.Context, note tickets.Note) {
	t.later(ctx, func(l *loop) {
		if note.State == tickets.Failed {
			l.news.Refused(note)
			return
		}
		noted := ticketing.Noted(note, true)
		noted.Call = l.presses.shownAs(noted.Call, note.Agent)
		l.notify([]string{note.Agent}, protocol.Notification, protocol.TicketNoted, noted)
	})
}

// Trace adds a step to the trace of a call.
func (t ticketDesk) Trace(callID string, step trace.Step) { t.traces.Step(callID, step) }
