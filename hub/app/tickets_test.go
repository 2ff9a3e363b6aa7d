package app_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/store"
	"traybell/shared/protocol"
)

// The second call of a customer shows the open ticket of the first. Appending the call adds it and
// the talk times to the ticket.
func TestCallIsAddedToAnOpenTicket(t *testing.T) {
	s := tell(t)
	s.yaml += "help_desk: {talk_time: true}\n"
	s.start()
	s.working()
	anna := s.signIn("101")
	ring := func() (*amitest.Call, protocol.Call) {
		call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
		call.Ring("101")
		call.Answer("101")
		return call, anna.sees("the caller's name", func(c protocol.Call) bool {
			return known(c) && c.State == protocol.Answered
		})
	}
	first, c := ring()
	made := anna.ticket(c.ID)
	first.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	second, c := ring()
	if len(c.Caller.Tickets) == 0 {
		c = anna.sees("the open ticket", func(c protocol.Call) bool { return len(c.Caller.Tickets) > 0 })
	}
	if got := c.Caller.Tickets[0]; got.Number != made.Number || got.Title != "Support: Ivan Ivanov" ||
		got.URL != made.URL || c.Caller.OpenTickets != 1 {
		t.Errorf("the open ticket is %+v, made was %+v", got, made)
	}
	anna.do(protocol.TicketAppend, protocol.AppendTicket{Call: c.ID, Ticket: made.Number})
	var added protocol.CreatedTicket
	if err := anna.await(protocol.TicketCreated).Decode(&added); err != nil || added.Number != made.Number ||
		added.Call != c.ID {
		t.Errorf("added: %+v, %v", added, err)
	}
	if again := anna.ticket(c.ID); again.Number != made.Number {
		t.Errorf("OK afterwards made %s", again.Number)
	}
	second.Hangup()
	anna.sees("the end, with the ticket", func(c protocol.Call) bool {
		return c.State == protocol.Ended && c.Ticket != nil && c.Ticket.Number == made.Number
	})
	db, err := store.Open(t.Context(), filepath.Join(s.dir, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		listed, _, err := db.ListedByNumber(t.Context(), made.Number)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(listed.Body, "The call lasted ") == 2 &&
			strings.Count(listed.Body, "["+"traybell "+c.ID) == 2 {
			break
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("ticket:\n%s", listed.Body)
		}
	}
	if _, total, err := db.SearchListed(t.Context(), "", 0, 9); err != nil || total != 1 {
		t.Errorf("%d tickets, %v", total, err)
	}
}
