package desk

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/calls"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Record is one call's row of the CDR. It is begun when the call is first known and final when
// nothing is to be added. Times are to the microsecond.
type Record struct {
	CallID    string // Call.ID
	PBX       string
	State     RecordState
	Direction protocol.Direction
	// the other party's, as agents read it (where it has no E164, as it is looked up); empty when
	// withheld
	Number string
	E164   string // empty where it could not be read as a number of the world
	Name   string // the CallerID name
	DID    string // the number called; empty for calls that did not come in
	Line   string // the tracked number's name
	// that answered first; of a missed call the first that rang; of a call made here the one that
	// made it
	Extension string
	// login of the agent at the extension; several separated by a comma, where they share it and
	// nobody knows who it was; empty where it is nobody's
	Agent        string
	Started      time.Time
	Answered     time.Time // zero where nobody answered
	Ended        time.Time // zero while the call lives
	Seen         time.Time // when the call was last known to live
	Rang         time.Duration
	Cause        int  // Q.931; 0 where it is not known
	Missed       bool // ended, and nobody ever answered
	EndUnseen    bool // the hub was away when it ended; Ended is when it was last known to live
	Customer     string
	CustomerName string
	Company      string // the customer's
	Ticket       string // the number that is told to the caller
	TicketURL    string
	Told         string // logins of those who were shown the call, sorted, each followed by a line feed
}

// Talked is how long they talked, from the answer to the end.
func (r Record) Talked() time.Duration {
	if r.Answered.IsZero() || r.Ended.Before(r.Answered) {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// RecordState is where a record stands.
type RecordState string

// The states. A record goes from one to the next and never back.
const (
	RecordOpen  RecordState = "open"  // the call goes on, or the hub went away while it did
	RecordEnded RecordState = "ended" // a ticket may still come
	RecordFinal RecordState = "final" // its ticket is known, or its grace has passed
)

// Records keeps the CDR.
type Records interface {
	// KeepRecords begins or replaces records and deletes dropped ones, all or nothing. A record
	// that is final already stays as it is, but for a ticket that came late.
	KeepRecords(ctx context.Context, records []Record, dropped []string) error
	// UnfinishedRecords returns all that are not final: after a start, those that the hub was
	// stopped in.
	UnfinishedRecords(ctx context.Context) ([]Record, error)
	// WriteOut puts the final records that are not in the monthly file yet into it, each once. What
	// an earlier call could not finish is finished first.
	WriteOut(ctx context.Context) error
	// ForgetRecords deletes what began before that moment, also whole months of files.
	ForgetRecords(ctx context.Context, before time.Time) (deleted int, err error)
	EarlierCalls
}

// RecordRules say how records are kept.
type RecordRules struct {
	Grace  time.Duration // how long after the end a ticket is waited for
	Retain time.Duration // how long records are kept; 0: for ever
}

// record notes the call as it is now. It runs on the loop.
func (d *Desk) record(l *live) {
	if d.records != nil {
		d.records.put(notice{record: d.recordOf(l), asked: l.press != nil && l.ticket == nil, drop: l.call.Into != ""})
	}
}

func (d *Desk) recordOf(l *live) Record {
	c := l.call
	r := Record{
		CallID: c.ID, PBX: c.PBX, State: RecordOpen, Direction: c.Direction, Number: l.number.Local,
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
		r.State, r.Seen = RecordEnded, c.Ended
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
