package opentickets

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"traybell/hub/desk/internal/turns"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// Entered is the ticket whose number the caller entered. The zero Entered has none.
type Entered struct {
	Number   string
	Customer string // login of the caller in the help desk; empty: not known

	answered, exists bool // by the help desk
	ticket           helpdesk.NumberedTicket
}

// Enter takes the number that was entered last, and reports whether it is to be looked up.
func (e *Entered) Enter(number string) bool {
	if number == e.Number {
		return false
	}
	*e = Entered{Number: number, Customer: e.Customer}
	return number != ""
}

// Look asks a help desk for the ticket in one of the slots, on any goroutine. It logs an error.
func (e Entered) Look(ctx context.Context, in turns.Slots, of helpdesk.HelpDesk, log *slog.Logger) Entered {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	err := in.Use(ctx, func() (err error) {
		e.ticket, e.exists, err = helpdesk.ByNumber(ctx, of, e.Number)
		return err
	})
	if e.answered = err == nil; err != nil && !errors.Is(err, helpdesk.ErrCannotLookUp) {
		log.Warn("cannot look up the ticket that a caller entered", "number", e.Number, "error", err)
	}
	return e
}

// Take takes the answer of Look, unless another number was entered meanwhile.
func (e *Entered) Take(answer Entered) bool {
	if e.Number != answer.Number {
		return false
	}
	e.answered, e.exists, e.ticket = answer.answered, answer.exists, answer.ticket
	return true
}

// Ticket returns the ticket with a number, to which the call can be added: one of the open tickets, or
// the one that was entered; nil if it is neither.
func (e *Entered) Ticket(open []helpdesk.OpenTicket, number string) *helpdesk.Ticket {
	if i := slices.IndexFunc(open, func(t helpdesk.OpenTicket) bool { return t.Number == number }); i >= 0 {
		return &open[i].Ticket
	}
	if e.exists && !e.ticket.Others(e.Customer) && e.ticket.Number == number {
		return &e.ticket.Ticket
	}
	return nil
}

// Offer puts the ticket first in what agents see of the caller's tickets; made is the ticket of the
// call, which may be nil. Where the help desk has not answered, it may be one of the open tickets.
func (e *Entered) Offer(to *protocol.Caller, made *protocol.Ticket) *protocol.EnteredTicket {
	if e.Number == "" || made != nil {
		return nil
	}
	number, first := e.Number, protocol.OpenTicket{}
	if e.exists {
		number = e.ticket.Number
		first = protocol.OpenTicket{Number: number, Title: e.ticket.Title, URL: e.ticket.URL}
	}
	i := slices.IndexFunc(to.Tickets, func(t protocol.OpenTicket) bool { return t.Number == number })
	switch {
	case i >= 0:
		first = to.Tickets[i]
	case !e.answered:
		return nil
	case !e.exists:
		return &protocol.EnteredTicket{Number: number, State: protocol.EnteredMissing}
	case e.ticket.Others(e.Customer):
		return &protocol.EnteredTicket{Number: number, State: protocol.EnteredOther}
	}
	list := []protocol.OpenTicket{first}
	for j, t := range to.Tickets {
		if j != i {
			list = append(list, t)
		}
	}
	to.Tickets = list
	return &protocol.EnteredTicket{Number: number, State: protocol.EnteredFound}
}
