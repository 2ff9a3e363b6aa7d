package desk

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"traybell/hub/cdr"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// record passes the current call to the recorder.
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
		Extension: c.MainExtension(),
	}
	switch {
	case c.parsed.Kind == phone.Withheld:
		r.Number = ""
	case r.E164 != "":
		r.Number = c.parsed.Shown
	}
	r.Exten, r.AnsweredBy = c.DID, c.AnsweredBy()
	switch {
	case c.Direction == protocol.Outgoing:
		r.Exten, r.CID = cmp.Or(r.Exten, c.Number), r.Extension
	case c.parsed.Kind != phone.Withheld:
		r.CID = c.parsed.Raw
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
	var told strings.Builder
	for _, login := range slices.Sorted(maps.Keys(c.seenBy)) {
		told.WriteString(login + "\n")
	}
	r.Told = told.String()
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
