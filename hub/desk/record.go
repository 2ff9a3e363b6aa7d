package desk

import (
	"maps"
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// record hands the call as it is now to the recorder.
func (l *loop) record(c *call) {
	if l.desk.records != nil {
		l.desk.records.Put(cdr.Notice{
			Record: l.recordOf(c), Asked: c.press != nil && c.ticket == nil, Drop: c.Into != "",
		})
	}
}

func (l *loop) recordOf(c *call) cdr.Record {
	r := cdr.Record{
		CallID: c.ID, PBX: c.PBX, State: cdr.Open, Direction: c.Direction, Number: c.parsed.Local, E164: c.parsed.E164,
		Name: c.Name, DID: c.DID, Started: c.Started, Answered: c.Answered, Ended: c.Ended, Seen: l.now(),
		Rang: c.Rang, Cause: c.Cause, Missed: c.Missed, EndUnseen: c.left != 0 && c.left == c.epoch,
		Extension: recordedExtension(c.Call),
	}
	switch {
	case c.parsed.Kind == phone.Withheld:
		r.Number = ""
	case r.E164 != "":
		r.Number = c.parsed.Shown
	}
	if c.Direction != protocol.Incoming {
		r.DID = ""
	}
	if line := c.routed.Line; line != nil {
		r.Line = line.Name
	}
	if !c.Ended.IsZero() {
		r.State, r.Seen = cdr.Ended, c.Ended
	}
	var logins []string
	for _, a := range l.at(c, r.Extension) {
		logins = append(logins, a.Login)
	}
	r.Agent = strings.Join(logins, ",")
	if customer := c.customer(); customer != nil && c.caller.Status != protocol.OwnPhone {
		r.Customer, r.CustomerName, r.Company = customer.Login, customer.Name, customer.Company
	}
	if c.ticket != nil {
		r.Ticket, r.TicketURL = c.ticket.Number, c.ticket.URL
	}
	for _, login := range slices.Sorted(maps.Keys(c.seenBy)) {
		r.Told += login + "\n"
	}
	return r
}

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

// recordedExtension is the extension that a call is recorded for: see cdr.Record.Extension.
func recordedExtension(c calls.Call) string {
	var first calls.Leg // the first that answered, or that rang
	for i, leg := range c.Legs {
		if leg.Calling {
			return leg.Extension
		}
		sooner := first.Answered.IsZero() || leg.Answered.Before(first.Answered)
		if i == 0 || !leg.Answered.IsZero() && sooner {
			first = leg
		}
	}
	return first.Extension
}
