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

// record notes the call as it is now. It runs on the loop.
func (d *Desk) record(l *live) {
	if d.records != nil {
		d.records.Put(cdr.Notice{Record: d.recordOf(l), Asked: l.press != nil && l.ticket == nil, Drop: l.call.Into != ""})
	}
}

func (d *Desk) recordOf(l *live) cdr.Record {
	c := l.call
	r := cdr.Record{
		CallID: c.ID, PBX: c.PBX, State: cdr.Open, Direction: c.Direction, Number: l.number.Local,
		E164: l.number.E164, Name: c.Name, DID: c.DID,
		Started: c.Started, Answered: c.Answered, Ended: c.Ended, Seen: d.Now(), Rang: c.Rang, Cause: c.Cause,
		Missed: c.Missed,
	}
	switch {
	case l.number.Kind == phone.Withheld:
		r.Number = ""
	case r.E164 != "":
		r.Number = l.number.Shown
	}
	if c.Direction != protocol.Incoming {
		r.DID = ""
	}
	if l.line != nil {
		r.Line = l.line.Name
	}
	if !c.Ended.IsZero() {
		r.State, r.Seen = cdr.Ended, c.Ended
	}
	r.EndUnseen = l.left != 0 && l.left == l.epoch
	r.Extension = putDownTo(c)
	var logins []string
	for _, a := range d.at(l, r.Extension) {
		logins = append(logins, a.Login)
	}
	r.Agent = strings.Join(logins, ",")
	if customer := l.customer(); customer != nil && l.caller.Status != protocol.OwnPhone {
		r.Customer, r.CustomerName, r.Company = customer.Login, customer.Name, customer.Company
	}
	if l.ticket != nil {
		r.Ticket, r.TicketURL = l.ticket.Number, l.ticket.URL
	}
	var told strings.Builder
	for _, login := range slices.Sorted(maps.Keys(l.told)) {
		told.WriteString(login + "\n")
	}
	r.Told = told.String()
	return r
}

// customer is whom the agent chose when pressing OK, or the only one found.
func (l *live) customer() *protocol.Customer {
	switch {
	case l.chosen != nil:
		return l.chosen
	case l.caller.Status == protocol.Known && len(l.caller.Customers) == 1:
		return &l.caller.Customers[0]
	}
	return nil
}

// putDownTo is the extension that the call is put down to: see Record.Extension.
func putDownTo(c calls.Call) string {
	var first, answered *calls.Leg
	for i := range c.Legs {
		leg := &c.Legs[i]
		if leg.Calling {
			return leg.Extension
		}
		if first == nil {
			first = leg
		}
		if !leg.Answered.IsZero() && (answered == nil || leg.Answered.Before(answered.Answered)) {
			answered = leg
		}
	}
	switch {
	case answered != nil:
		return answered.Extension
	case first != nil:
		return first.Extension
	}
	return ""
}
