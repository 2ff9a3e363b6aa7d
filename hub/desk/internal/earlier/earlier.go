// Package earlier reads calls that only the records know: they ended some time ago, or began before
// the hub's start.
package earlier

import (
	"context"
	"slices"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/caller"
	"traybell/hub/cdr"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// lookupTime bounds the look-up of the customer.
const lookupTime = 5 * time.Second

// Reader reads earlier calls.
type Reader struct {
	caller.Company
	Records cdr.Store // nil: no CDR is kept
	Numbers *phone.Reader
	Callers caller.Lookup
}

// Call is an earlier call.
type Call struct {
	cdr.Record
	Customers []protocol.Customer // as the directories have them today

	number phone.Number
}

// Read reads a call that an agent was shown. ok is false if the records have none.
func (r Reader) Read(ctx context.Context, login, callID string) (c Call, ok bool, err error) {
	if r.Records == nil {
		return Call{}, false, nil
	}
	if c.Record, ok, err = r.Records.RecordOf(ctx, login, callID); err != nil || !ok {
		return Call{}, false, err
	}
	c.number = r.Numbers.Read(c.NumberKey())
	switch {
	case c.Direction == protocol.Internal:
		c.Customers = caller.Colleagues(r.Staff.At, c.Extension, c.number.Local)
		return c, true, nil
	case r.Impostor(c.Direction, c.number):
		return c, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	c.Customers = r.Callers.Today(ctx, callID, c.number)
	if c.HasCustomer() && !slices.ContainsFunc(c.Customers, func(of protocol.Customer) bool {
		return of.Login == c.Customer && (c.Customer != "" || of.Name == c.CustomerName)
	}) { // the directory no longer has the customer
		c.Customers = append(c.Customers, protocol.Customer{
			Login: c.Customer, Name: c.CustomerName, Company: c.Company,
		})
	}
	return c, true, nil
}

// Seen returns the call as agents saw it. line is the tracked number of today; it may be nil.
func (c Call) Seen(line *tracking.Line) protocol.Call {
	seen := protocol.Call{
		ID: c.CallID, Direction: c.Direction, State: protocol.Ended, Number: c.Number, Display: c.number.Display,
		E164: c.E164, Name: c.Name, DID: c.DID, Line: protocol.Line{Name: c.Line},
		Started: c.Started, Answered: c.Answered, Ended: c.Ended,
		Data: calldata.Decode(c.Data),
	}
	if c.Number == "" {
		seen.Display = ""
	}
	if line != nil && line.Name == c.Line {
		seen.Line.Comment = line.Comment
	}
	return seen
}

// Talked is the talk time to add to the ticket; zero if it is not known.
func (c Call) Talked() time.Duration {
	if c.AnswerUnseen || c.EndUnseen {
		return 0
	}
	return c.Record.Talked()
}
