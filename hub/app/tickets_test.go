package app_test

import (
	"path/filepath"
	"slices"
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
		var notes, marks strings.Builder
		for _, e := range listed.Events {
			notes.WriteString(e.Text)
			marks.WriteString(e.Mark)
		}
		if strings.Count(notes.String(), "The call lasted ") == 2 &&
			strings.Count(marks.String(), "[traybell "+c.ID) == 2 {
			break
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("ticket: %+v", listed)
		}
	}
	if list, err := db.FindListed(t.Context(), "", "", 0, 9); err != nil || len(list) != 1 {
		t.Errorf("%d tickets, %v", len(list), err)
	}
}

// After a restart, a call from before it gets its ticket: with the customer that the agent chooses
// from the history, the line's template and a note. A colleague's press shows the same ticket, and
// notes follow.
func TestTicketAndNotesAfterTheCall(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	if anna.opened.MaxNote != protocol.MaxNote {
		t.Errorf("the longest note is %d", anna.opened.MaxNote)
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "74950000001"}) // of two customers
	call.Ring("101", "102")
	call.Answer("101")
	c := anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	boris.sees("the call", func(c protocol.Call) bool { return c.State == protocol.Answered })
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	for !strings.Contains(s.log.String(), "part=directory") {
		pause(t.Context(), 5*time.Millisecond)
	}
	anna, boris = s.signIn("101"), s.signIn("102")
	list := func(x *testTerminal) (page protocol.History) {
		x.do(protocol.HistoryList, protocol.ListHistory{Limit: 5})
		if err := x.await(protocol.HistoryAnswer).Decode(&page); err != nil {
			t.Fatal(err)
		}
		return page
	}
	var row protocol.Call
	for late := time.Now().Add(patience); ; pause(t.Context(), 20*time.Millisecond) {
		if page := list(anna); len(page.Calls) == 1 && len(page.Calls[0].Caller.Customers) == 2 {
			row = page.Calls[0]
			break
		} else if time.Now().After(late) {
			t.Fatalf("the history has %+v", page)
		}
	}
	if row.ID != c.ID || row.Caller.Status != protocol.Several || row.Ticket != nil {
		t.Errorf("the row is %+v", row)
	}
	anna.do(protocol.TicketCreate, protocol.CreateTicket{
		Call: row.ID, Customer: "sidorov", Note: "Printer is on fire.",
	})
	var made, again protocol.CreatedTicket
	if err := anna.await(protocol.TicketCreated).Decode(&made); err != nil || made.Call != c.ID {
		t.Fatalf("made %+v, %v", made, err)
	}
	boris.await(protocol.TicketCreated) // his row shows it
	boris.do(protocol.TicketCreate, protocol.CreateTicket{Call: row.ID, Note: "It is out."})
	if err := boris.await(protocol.TicketCreated).Decode(&again); err != nil || again.Number != made.Number {
		t.Errorf("boris got %+v, %v", again, err)
	}
	id := anna.do(protocol.TicketNote, protocol.NoteTicket{Call: row.ID, Text: "He called back."})
	if m := anna.await(protocol.TicketNoted); m.Re != id {
		t.Errorf("the answer to %s is %+v", id, m)
	}
	if page := list(boris); page.Calls[0].Ticket == nil || page.Calls[0].Ticket.Number != made.Number {
		t.Errorf("the row of boris: %+v", page.Calls[0])
	}
	db, err := store.Open(t.Context(), filepath.Join(s.dir, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for late := time.Now().Add(patience); ; pause(t.Context(), 20*time.Millisecond) {
		listed, _, err := db.ListedByNumber(t.Context(), made.Number)
		if err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, e := range listed.Events {
			notes = append(notes, e.By+": "+e.Text)
		}
		slices.Sort(notes)
		if listed.Title == "Support: Petr Sidorov" && listed.Queue == "Raw" && listed.CustomerLogin == "sidorov" &&
			strings.Contains(listed.Body, "Printer is on fire.") &&
			slices.Equal(notes, []string{"Anna Petrova: He called back.", "Boris Ivanov: It is out."}) {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("the ticket is %+v", listed)
		}
	}
	if list, err := db.FindListed(t.Context(), "", "", 0, 9); err != nil || len(list) != 1 {
		t.Errorf("%d tickets, %v", len(list), err)
	}
}
