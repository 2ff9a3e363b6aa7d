package model

import (
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Press requests a ticket and returns the action to send. Customer is the login of the chosen one,
// or empty. A repeated press for the same returns the same action with the same ID, so that the hub
// creates one ticket; newID is for the first. It returns false if the call is unknown or has its
// ticket.
func (t *Terminal) Press(id, customer, newID string, now time.Time) (protocol.Message, bool) {
	return t.calls.pressOK(id, customer, "", newID, now)
}

// Append is Press for adding the call to an open ticket of the customer, by its number.
func (t *Terminal) Append(id, ticket, newID string, now time.Time) (protocol.Message, bool) {
	return t.calls.pressOK(id, "", ticket, newID, now)
}

// Fail reports that the hub did not get the action or never answered; reason is for the agent.
func (t *Terminal) Fail(action, reason string, now time.Time) {
	if t.controlAnswered(action, reason, "") {
		return
	}
	if _, ok := t.Notes.answered(action, NoteFailed, reason); ok {
		return
	}
	if c := t.calls.pressed(action, ""); c != nil {
		c.press.State, c.press.Reason, c.press.Retry = Failed, reason, true
		t.Notes.back(c.now.ID, c.press.Note, now)
		t.calls.look(c, now)
	}
}

func (s *calls) pressOK(id, customer, into, newID string, now time.Time) (protocol.Message, bool) {
	c := s.byID[id]
	if c == nil || c.press.State == Made {
		return protocol.Message{}, false
	}
	note := ""
	if n := s.notes.Of(id); n.Max > 0 {
		note = strings.TrimSpace(n.Text)
	}
	if c.press.Action == "" || c.press.State == Failed &&
		(c.press.For != customer || c.press.Into != into || c.press.Note != note) {
		c.press.Action, c.press.For, c.press.Into, c.press.Note = newID, customer, into, note
	}
	c.press.State, c.press.Reason = Pressed, ""
	s.look(c, now)
	return c.action()
}

// made records a call's ticket; true if the call's card shows it.
func (s *calls) made(id string, ticket protocol.Ticket, now time.Time) (shown bool) {
	c := s.byID[id]
	if c == nil {
		return false
	}
	c.now.Ticket = &ticket
	if c.press.State == Pressed || c.press.State == Queued {
		s.notes.taken(id, c.press.Note, NoteSaved, now)
	}
	s.look(c, now)
	return c.card.Kind != ""
}

// queued records that the hub creates the ticket later; true if the call's card shows it or the
// ticket came first.
func (s *calls) queued(q TicketQueued, now time.Time) (shown bool) {
	c := s.pressed(q.Action, q.Call)
	if c == nil {
		return false
	}
	if c.press.State == Made {
		return true
	}
	c.press.State, c.press.Reason = Queued, q.Text
	s.notes.taken(c.now.ID, c.press.Note, NoteQueued, now)
	s.look(c, now)
	return c.card.Kind != ""
}

// refused records that the hub created no ticket; true if the call's card shows it. The agent may
// press again, as the cause may be fixed meanwhile.
func (s *calls) refused(f Failure, now time.Time) (shown bool) {
	c := s.pressed(f.Action, "")
	if c == nil {
		return false
	}
	c.press.State, c.press.Reason, c.press.Retry = Failed, f.Text, f.Code != protocol.NotFound
	s.notes.back(c.now.ID, c.press.Note, now)
	s.look(c, now)
	return c.card.Kind != ""
}

func (c *call) action() (protocol.Message, bool) {
	name, data := protocol.TicketCreate, any(protocol.CreateTicket{
		Call: c.now.ID, Customer: c.press.For, Note: c.press.Note,
	})
	if c.press.Into != "" {
		name, data = protocol.TicketAppend, protocol.AppendTicket{
			Call: c.now.ID, Ticket: c.press.Into, Note: c.press.Note,
		}
	}
	m, err := protocol.New(protocol.Action, name, data)
	m.ID = c.press.Action
	return m, err == nil
}

// pressed finds the call of an action, or else the call by its ID.
func (s *calls) pressed(action, id string) *call {
	for _, c := range s.byID {
		if action != "" && c.press.Action == action && (c.press.State == Pressed || c.press.State == Queued) {
			return c
		}
	}
	return s.byID[id]
}
