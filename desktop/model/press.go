package model

import (
	"encoding/json"
	"time"

	"traybell/shared/protocol"
)

// Press notes that the agent wants a ticket for a call and returns the action to send. Customer is
// the login of the chosen one, or empty. Pressed again for the same it gives the same action with
// the same ID, however often: the hub makes one ticket. newID is used where there is none yet. It
// returns false for a call that is not known or has its ticket.
func (s *Screen) Press(id, customer, newID string, now time.Time) (protocol.Message, bool) {
	return s.press(id, customer, "", newID, now)
}

// Append is Press for adding the call to one of the customer's open tickets, by its number. A call
// has one ticket: it is the one or the other.
func (s *Screen) Append(id, ticket, newID string, now time.Time) (protocol.Message, bool) {
	return s.press(id, "", ticket, newID, now)
}

func (s *Screen) press(id, customer, into, newID string, now time.Time) (protocol.Message, bool) {
	c := s.calls[id]
	if c == nil || c.press.State == Made {
		return protocol.Message{}, false
	}
	if c.press.Action == "" || c.press.State == Failed && (c.press.For != customer || c.press.Into != into) {
		c.press.Action, c.press.For, c.press.Into = newID, customer, into
	}
	c.press.State, c.press.Reason = Pressed, ""
	s.look(c, now)
	return c.action()
}

func (c *call) action() (protocol.Message, bool) {
	name, data := protocol.TicketCreate, any(protocol.CreateTicket{Call: c.now.ID, Customer: c.press.For})
	if c.press.Into != "" {
		name, data = protocol.TicketAppend, protocol.AppendTicket{Call: c.now.ID, Ticket: c.press.Into}
	}
	m, err := protocol.New(protocol.Action, name, data)
	m.ID = c.press.Action
	return m, err == nil
}

// Fail says that the hub could not be asked (a press while signed out, or one that was never
// answered): reason is for people.
func (s *Screen) Fail(action, reason string, now time.Time) {
	if c := s.pressed(action, nil); c != nil {
		c.press.State, c.press.Reason, c.press.Retry = Failed, reason, true
		s.look(c, now)
	}
}

// pressed finds the call whose ticket was asked for by the action re, or the call itself.
func (s *Screen) pressed(re string, id json.RawMessage) *call {
	for _, c := range s.calls {
		if re != "" && c.press.Action == re && (c.press.State == Pressed || c.press.State == Queued) {
			return c
		}
	}
	var name string
	if json.Unmarshal(id, &name) == nil {
		return s.calls[name]
	}
	return nil
}
