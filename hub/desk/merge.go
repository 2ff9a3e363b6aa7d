package desk

import (
	"cmp"
	"maps"
	"slices"

	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// A transfer with consultation merges two calls: one goes on, with the outside party, and the other
// ends into it. What agents did in the other belongs to the one that goes on. The help desk knows
// the ticket by the call that it was requested for.

// requested is the call that the ticket was or will be requested for.
func (c *call) requested() string { return cmp.Or(c.request, c.ID) }

// tickets returns the call's ticket, with the numbers of those of calls that became part of it; nil
// if it has none.
func (c *call) tickets(separator string) *protocol.Ticket {
	if c.ticket == nil || len(c.others) == 0 {
		return c.ticket
	}
	all := *c.ticket
	for _, t := range c.others {
		all.Number += separator + t.Number
	}
	return &all
}

// choose takes over the customer that an agent chose in a call that became part of this one, if it
// is one of this call's.
func (c *call) choose(customer *protocol.Customer) {
	if customer != nil && !c.decided && slices.ContainsFunc(c.caller.Customers, func(of protocol.Customer) bool {
		return of.Login == customer.Login
	}) {
		c.decided, c.chosen = true, customer
	}
}

// merge moves what belongs to a call that ended into another one. Agents who talked in it, or have
// requested its ticket, see the other one.
func (p *presses) merge(c *call) {
	p.heirs[c.ID] = c.Into
	into := p.holder(c.ID)
	if into == nil {
		p.early[p.heir(c.ID)] = append(p.early[p.heir(c.ID)], c)
		return
	}
	for _, leg := range c.Legs {
		if leg.Answered.IsZero() {
			continue
		}
		for _, a := range p.loop.sharing.At(leg.Extension, c.takenBy) {
			into.seenBy[a.Login] = struct{}{}
		}
	}
	into.done.Inherit(c.done)
	text := c.ID
	if t := c.tickets(", "); t != nil {
		text += ", with the ticket " + t.Number
		into.seenBy[c.madeBy.Login] = struct{}{}
	}
	p.loop.traces.Step(into.ID, trace.Step{What: trace.Merged, Text: text})
	p.inherit(into, c)
}

// inherit gives a call the ticket of one that became part of it, made or not.
func (p *presses) inherit(into, c *call) {
	switch {
	case c.press == nil && c.ticket == nil:
		return
	case into.press == nil && into.ticket == nil:
		into.request, into.press, into.ticket = c.requested(), c.press, c.ticket
		into.made, into.madeBy, into.noting = c.made, c.madeBy, c.noting
		into.choose(c.chosen)
	case c.ticket != nil:
		into.others = append(into.others, *c.ticket)
	}
	into.others = append(into.others, c.others...)
	p.loop.show(into)
	p.noteTalk(into)
}

// joined moves what belongs to calls that ended into one that was not visible yet.
func (p *presses) joined(into *call) {
	early := p.early[into.ID]
	delete(p.early, into.ID)
	for _, c := range early {
		p.merge(c)
	}
}

// merged takes a merge that the hub did not see.
func (p *presses) merged(m cdr.Merge) {
	p.heirs[m.CallID] = m.Into
	if into := p.holder(m.CallID); into != nil {
		p.loop.traces.Step(into.ID, trace.Step{What: trace.Merged, Text: m.CallID})
		p.find(into)
	}
}

// heir is the call that has what belonged to a call: itself, or the one that it became part of.
func (p *presses) heir(id string) string {
	for range len(p.heirs) + 1 {
		into, merged := p.heirs[id]
		if !merged {
			break
		}
		id = into
	}
	return id
}

// holder returns the heir of a call; nil if it is unknown.
func (p *presses) holder(id string) *call { return p.loop.calls[p.heir(id)] }

// with returns the known calls that have the ticket of a request: the one that it was made for, and
// the one that this became part of.
func (p *presses) with(id string) (calls []*call) {
	for _, c := range []*call{p.loop.calls[id], p.holder(id)} {
		if c != nil && !slices.Contains(calls, c) {
			calls = append(calls, c)
		}
	}
	return calls
}

// on returns the call that an agent works on who acts on a call: the one that it became part of, if
// the agent sees that.
func (p *presses) on(id string, a staff.Agent) *call {
	if into := p.holder(id); into != nil {
		if _, sees := into.seenBy[a.Login]; sees {
			return into
		}
	}
	return p.loop.calls[id]
}

// shownAs is the ID of the call on which an agent sees the ticket that was requested for a call.
func (p *presses) shownAs(id, login string) string {
	if c := p.on(id, staff.Agent{Login: login}); c != nil {
		return c.ID
	}
	return id
}

// give gives a call the ticket of a request, which may have been made for one that became part of
// it. press may be nil.
func (p *presses) give(c *call, r tickets.Request, press *ticketing.Press) {
	if c.ID != r.CallID {
		if c.requested() != r.CallID && (c.press != nil || c.ticket != nil) {
			c.others = append(c.others, protocol.Ticket{Number: r.Ticket.Number, URL: r.Ticket.URL})
			p.loop.show(c)
			return
		}
		c.request = r.CallID
	}
	c.press = press
	p.setTicket(c, r)
}

// forget drops the merges into calls that are forgotten.
func (p *presses) forget() {
	clear(p.early)
	maps.DeleteFunc(p.heirs, func(id, _ string) bool { return p.holder(id) == nil })
}
