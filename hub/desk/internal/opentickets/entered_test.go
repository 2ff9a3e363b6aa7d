package opentickets

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"traybell/hub/desk/internal/turns"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// numbered has tickets by number.
type numbered struct {
	helpdesk.HelpDesk

	tickets map[string]helpdesk.NumberedTicket
}

func (n numbered) ByNumber(_ context.Context, number string) (helpdesk.NumberedTicket, bool, error) {
	t, ok := n.tickets[number]
	return t, ok, nil
}

func ticket(number string, customers ...string) helpdesk.NumberedTicket {
	return helpdesk.NumberedTicket{
		OpenTicket: helpdesk.OpenTicket{
			Ticket: helpdesk.Ticket{ID: "id" + number, Number: number}, Title: "of " + strings.Join(customers, ", "),
		},
		Customers: customers,
	}
}

func TestTicketsThatCallersEnter(t *testing.T) {
	desk := numbered{tickets: map[string]helpdesk.NumberedTicket{
		"1": ticket("1", "Ivan"), "2": ticket("2", "olga"), "3": ticket("3"), "5": ticket("5", "olga", "Ivan"),
	}}
	var blind helpdesk.HelpDesk = struct{ helpdesk.HelpDesk }{} // looks up no numbers
	open := []helpdesk.OpenTicket{ticket("8", "ivan").OpenTicket, ticket("9", "ivan").OpenTicket}
	for _, c := range []struct {
		name, number, customer string
		of                     helpdesk.HelpDesk
		state                  protocol.EnteredState
		first                  string // of the tickets that agents see
	}{
		{"of the caller", "1", "ivan", desk, protocol.EnteredFound, "1"},
		{"of an unknown caller", "2", "", desk, protocol.EnteredFound, "2"},
		{"of nobody", "3", "ivan", desk, protocol.EnteredFound, "3"},
		{"of several customers", "5", "ivan", desk, protocol.EnteredFound, "5"},
		{"of another customer", "2", "ivan", desk, protocol.EnteredOther, "8"},
		{"none", "4", "ivan", desk, protocol.EnteredMissing, "8"},
		{"an open one", "9", "ivan", blind, protocol.EnteredFound, "9"},
		{"not known to be one", "1", "ivan", blind, "", "8"},
	} {
		e := Entered{Customer: c.customer}
		if !e.Enter(c.number) || e.Enter(c.number) {
			t.Errorf("%s: it is not looked up once", c.name)
		}
		found := e.Look(t.Context(), make(turns.Slots, 1), c.of, slog.New(slog.DiscardHandler))
		if !e.Take(found) {
			t.Errorf("%s: the answer is not taken", c.name)
		}
		var who protocol.Caller
		Offer(&who, helpdesk.OpenTickets{Newest: open, Count: 2}, nil, nil)
		seen := e.Offer(&who, nil)
		var state protocol.EnteredState
		if seen != nil {
			state = seen.State
		}
		if state != c.state || who.Tickets[0].Number != c.first {
			t.Errorf("%s: %q, tickets %+v", c.name, state, who.Tickets)
		}
		if may := e.Ticket(open, c.number) != nil; may != (c.state == protocol.EnteredFound) {
			t.Errorf("%s: the call may be added %v", c.name, may)
		}
		if e.Offer(&who, &protocol.Ticket{Number: "7"}) != nil {
			t.Errorf("%s: offered although the call has a ticket", c.name)
		}
		if e.Enter("17"); e.Take(found) || e.Ticket(open, c.first) != nil && c.first < "8" {
			t.Errorf("%s: the answer about an earlier number counts", c.name)
		}
	}
}
