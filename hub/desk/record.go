package desk

import (
	"maps"
	"slices"
	"strings"

	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// record passes the current call to the recorder, and returns its record; the zero one without a
// recorder.
func (l *loop) record(c *call) (r cdr.Record) {
	if l.desk.records != nil && c.TestFor == "" {
		r = l.recordOf(c)
		l.desk.records.Put(cdr.Notice{
			Record: r, Asked: c.press != nil && c.ticket == nil, Into: c.Into,
		})
	}
	return r
}

func (l *loop) recordOf(c *call) cdr.Record {
	r := cdr.New(c.Call, c.parsed)
	r.Name, r.Seen, r.Missed, r.HiddenBy = c.name, l.now(), c.missed(), c.done.HiddenBy()
	if b := c.turnedAway(); b != nil {
		r.Blocked = trace.Block(*b, c.Started)
	}
	if line := c.routed.Line; line != nil {
		r.Line = line.Name
	}
	if r.State != cdr.Open {
		r.Seen = c.Ended
	}
	r.Agent = staff.LoginsOf(l.sharing.At(r.Extension, c.takenBy))
	if r.AnsweredBy != "" || r.Answered.IsZero() { // not if a phone outside answered
		r.CalleeAgent = staff.LoginsOf(l.sharing.At(r.Callee(), c.takenBy))
	}
	if customer := c.customer(); customer != nil && c.caller.Status != protocol.OwnPhone {
		r.Customer, r.CustomerName, r.Company = customer.Login, customer.Name, customer.Company
	}
	if t := c.tickets(","); t != nil {
		r.Ticket, r.TicketURL = t.Number, t.URL
	}
	var told strings.Builder
	for _, login := range slices.Sorted(maps.Keys(c.seenBy)) {
		told.WriteString(login + "\n")
	}
	r.Told = told.String()
	return r
}

// narrow replaces several customers by the one that an agent chose for the ticket, so that the
// next agent on the call is not asked again.
func (c *call) narrow(to *protocol.Caller) {
	switch {
	case !c.decided || len(to.Customers) < 2:
	case c.chosen != nil:
		to.Status, to.Customers = protocol.Known, []protocol.Customer{*c.chosen}
	default: // none of them
		to.Status, to.Customers = protocol.Unknown, nil
	}
}

// turnedAway returns the block for which the PBX ended the call before a phone rang; nil if it did
// not.
func (c *call) turnedAway() *protocol.Block {
	b := c.caller.Blocked
	if b == nil || c.State != protocol.Ended || c.Direction != protocol.Incoming || len(c.Legs) > 0 ||
		!c.Answered.IsZero() || b.At.After(c.Ended) || slices.Contains(b.Failed, c.PBX) {
		return nil
	}
	return b
}

// missed reports whether the call was missed. One that the PBX turned away, or a test, was not.
func (c *call) missed() bool { return c.Missed && c.TestFor == "" && c.turnedAway() == nil }

// customer returns the customer that the agent chose with OK, or the only one found.
func (c *call) customer() *protocol.Customer {
	switch {
	case c.chosen != nil:
		return c.chosen
	case c.caller.Status == protocol.Known && len(c.caller.Customers) == 1:
		return &c.caller.Customers[0]
	}
	return nil
}
