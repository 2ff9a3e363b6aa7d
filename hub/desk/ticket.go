package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// press is a ticket that is being made. All who press OK on the call meanwhile wait for the same one.
type press struct {
	done    chan struct{} // closed when ticket or failure is there
	ticket  protocol.CreatedTicket
	failure *protocol.Failure
}

// createTicket makes the call's one ticket, or returns the one that there is already.
func (d *Desk) createTicket(ctx context.Context, a Agent, actionID string, in protocol.CreateTicket) (protocol.Message, *protocol.Failure) {
	if !a.may(RightTicket) {
		return protocol.Message{}, fail(protocol.Forbidden, "You may not make tickets. An administrator can give you the right %q in hub.yml.", RightTicket)
	}
	if actionID == "" {
		return protocol.Message{}, fail(protocol.Invalid, "ticket.create needs an id: it is what keeps a repeated press from making a second ticket.")
	}
	var p *press
	var refused *protocol.Failure
	if failure := d.on(ctx, func() { p, refused = d.beginPress(a, actionID, in) }); failure != nil {
		return protocol.Message{}, failure
	}
	if refused != nil {
		return protocol.Message{}, refused
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		return protocol.Message{}, &protocol.Failure{Code: protocol.Limit, Text: "The connection ended before the help desk answered; pressing again is safe.", Retry: true}
	}
	if p.failure != nil {
		return protocol.Message{}, p.failure
	}
	return notification(protocol.TicketCreated, p.ticket)
}

// beginPress runs on the loop: it finds the press that is under way, or starts one.
func (d *Desk) beginPress(a Agent, actionID string, in protocol.CreateTicket) (*press, *protocol.Failure) {
	l, known := d.calls[in.Call]
	if !known {
		return nil, fail(protocol.NotFound, "The hub does not know this call any more; please make the ticket in the help desk.")
	}
	if _, told := l.told[a.Login]; !told {
		return nil, fail(protocol.Forbidden, "This call is not one of yours.")
	}
	if l.press != nil {
		return l.press, nil
	}
	c := l.seen()
	customer, failure := chosen(c.Caller.Customers, in.Customer)
	if failure != nil {
		return nil, failure
	}
	name := in.Template
	if name == "" && l.line != nil {
		name = l.line.Template
	}
	if name == "" {
		name = DefaultTemplateName
	}
	if !d.Templates.has(name) {
		return nil, fail(protocol.Invalid, "There is no ticket template %q on this hub.", name)
	}
	draft, err := d.Templates.draft(name, c, customer, a)
	if err != nil {
		return nil, fail(protocol.Invalid, "The ticket's text could not be made: %v.", err)
	}
	p := &press{done: make(chan struct{})}
	l.press = p
	if customer != nil {
		l.chosen = customer
	}
	d.record(l)
	// Not the agent's own context: a ticket that was begun is finished also when the desktop goes away.
	go d.finishPress(context.WithoutCancel(context.Background()), l, p, draft, actionID)
	return p, nil
}

// chosen returns the customer whom the agent chose, or the only one; nil for an unknown caller, or where several fit and none was chosen.
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

// finishPress asks the help desk, beside the loop, and tells everybody.
func (d *Desk) finishPress(ctx context.Context, l *live, p *press, draft TicketDraft, actionID string) {
	ctx, cancel := context.WithTimeout(ctx, helpDeskTime)
	defer cancel()
	ticket, by, err := d.makeTicket(ctx, draft, actionID)
	if err != nil {
		d.Log.Warn("a ticket could not be made", "call", draft.CallID, "agent", draft.Agent.Login, "error", err)
		p.failure = failureOf(err)
	} else {
		d.Log.Info("a ticket was made", "call", draft.CallID, "agent", draft.Agent.Login, "ticket", ticket.Number)
		p.ticket = protocol.CreatedTicket{Call: draft.CallID, Ticket: ticket.ID, Number: ticket.Number, URL: ticket.URL, By: by}
	}
	_ = d.do(ctx, func() { // a stopping desk has nobody to tell; the store knows
		if p.failure != nil {
			l.press = nil // it may be pressed again
			return
		}
		l.ticket = &protocol.Ticket{Number: ticket.Number, URL: ticket.URL, By: by}
		d.show(l)
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(l.told)), func(login string) bool { return login == draft.Agent.Login })
		d.tell(others, protocol.Notification, protocol.TicketCreated, p.ticket)
	})
	close(p.done)
}

// makeTicket makes the ticket once, however often the hub was stopped or the help desk cut off in between.
func (d *Desk) makeTicket(ctx context.Context, draft TicketDraft, actionID string) (ticket Ticket, by string, err error) {
	r := TicketRequest{CallID: draft.CallID, ActionID: actionID, Agent: draft.Agent.Login, State: TicketPending, At: d.Now().UTC()}
	kept, first, err := d.Store.BeginTicket(ctx, r)
	if err != nil {
		return Ticket{}, "", fmt.Errorf("keeping the press: %w", err)
	}
	by = d.nameOf(kept.Agent)
	if kept.State == TicketMade {
		return kept.Ticket, by, nil
	}
	if first {
		ticket, err = d.HelpDesk.Create(ctx, draft)
	} else {
		ticket, err = d.findOrCreate(ctx, draft) // it was pressed before; what the help desk made of that is not known
	}
	if uncertain(err) {
		if found, ok, _ := d.find(ctx, draft.CallID); ok {
			ticket, err = found, nil
		}
	}
	if uncertain(err) {
		return Ticket{}, by, err // still in the dark, and so it stays pending: the next press looks for it before it makes one
	}
	kept.State, kept.Ticket, kept.Error = TicketMade, ticket, ""
	if err != nil {
		kept.State, kept.Error = TicketFailed, err.Error()
	}
	// The press is over, but what came of it must be kept even where its time is up.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if kerr := d.Store.EndTicket(keep, kept); kerr != nil {
		d.Log.Error("what became of a ticket could not be kept", "call", draft.CallID, "ticket", ticket.Number, "error", kerr)
	}
	return ticket, by, err
}

// find looks for the call's ticket, again and again for a while: what was asked for in the dark may still be under way (a Znuny whose database had stood still showed a
// ticket only after the first search for it had found none).
func (d *Desk) find(ctx context.Context, callID string) (Ticket, bool, error) {
	deadline := time.Now().Add(settleTime)
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		ticket, ok, err := d.HelpDesk.Find(ctx, callID)
		if ok || time.Now().Add(wait).After(deadline) {
			return ticket, ok, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return Ticket{}, false, ctx.Err()
		}
	}
}

func (d *Desk) findOrCreate(ctx context.Context, draft TicketDraft) (Ticket, error) {
	ticket, ok, err := d.find(ctx, draft.CallID)
	if err != nil || ok {
		return ticket, err
	}
	return d.HelpDesk.Create(ctx, draft)
}

func uncertain(err error) bool {
	var e *HelpDeskError
	return errors.As(err, &e) && e.Uncertain
}

func failureOf(err error) *protocol.Failure {
	var e *HelpDeskError
	if errors.As(err, &e) {
		return &protocol.Failure{Code: protocol.HelpDeskFailed, Text: e.Reason, Retry: e.Retry || e.Uncertain}
	}
	return &protocol.Failure{Code: protocol.HelpDeskFailed, Text: "The ticket could not be made; the hub's log says why.", Retry: true}
}

func (d *Desk) nameOf(login string) string {
	for _, a := range d.Agents {
		if a.Login == login {
			return a.Name
		}
	}
	return login
}
