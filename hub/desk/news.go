package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// newsStays is how long news is sent again at sign-in: the first delivery may have failed. A
// desktop shows it once.
const newsStays = 25 * time.Second

// news are the results of presses that came later than the agents waited.
type news struct {
	loop    *loop
	byAgent map[string][]*result
}

// result is the result of a press.
type result struct {
	call string
	m    protocol.Message
	sent time.Time // zero: never
}

// add sends an agent the result of a press, now or at sign-in.
func (n *news) add(login string, r tickets.Request) {
	l := n.loop
	m, err := protocol.New(protocol.Notification, protocol.TicketCreated, createdTicket(r, l.rules.Staff, true))
	if r.State == tickets.Failed {
		name := protocol.TicketCreate
		if r.Draft.Into != nil {
			name = protocol.TicketAppend
		}
		m, err = protocol.New(protocol.Error, name, protocol.Failure{
			Code: protocol.HelpDeskFailed, Text: r.Error, Caller: r.Draft.Caller(),
		})
		if login == r.Agent {
			m.Re = r.ActionID
		}
	}
	if err != nil {
		l.desk.log.Error("cannot encode message", "error", err)
		return
	}
	late := &result{call: r.CallID, m: m}
	n.byAgent[login] = append(n.byAgent[login], late)
	if l.terminals.Online(login) > 0 {
		n.deliver(login, late)
	}
}

// deliver sends a result, and saves that it was sent.
func (n *news) deliver(login string, r *result) {
	n.loop.terminals.Send([]string{login}, r.m)
	if !r.sent.IsZero() {
		return
	}
	r.sent = n.loop.now()
	n.loop.background(func(ctx context.Context, d *Desk) {
		err := keep(ctx, func(ctx context.Context) error { return d.opts.Tickets.TicketTold(ctx, r.call) })
		if err != nil {
			d.log.Error("cannot save that an agent got a ticket's number", "call", r.call, "error", err)
		}
	})
}

// send delivers what an agent missed before signing in.
func (n *news) send(login string) {
	n.forget()
	for _, r := range n.byAgent[login] {
		n.deliver(login, r)
	}
}

func (n *news) forget() {
	now := n.loop.now()
	for login, list := range n.byAgent {
		n.byAgent[login] = slices.DeleteFunc(list, func(r *result) bool {
			return !r.sent.IsZero() && now.Sub(r.sent) > newsStays
		})
	}
	maps.DeleteFunc(n.byAgent, func(_ string, list []*result) bool { return len(list) == 0 })
}
