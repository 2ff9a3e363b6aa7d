package desk

import (
	"context"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	usualHistory = 50  // calls in an answer to who names no limit
	mostHistory  = 200 // calls in one answer, but for those of one instant

	historyTime = 10 * time.Second
)

// history answers with earlier calls that the agent was shown, as they are in the CDR. The answer
// comes within seconds, however many there are.
func (d *Desk) history(ctx context.Context, a staff.Agent, in protocol.ListHistory) (protocol.Message, *protocol.Failure) {
	if d.Records == nil {
		return protocol.Message{}, fail(protocol.NotFound, "This hub keeps no record of calls.")
	}
	limit := in.Limit
	switch {
	case limit <= 0:
		limit = usualHistory
	case limit > mostHistory:
		limit = mostHistory
	}
	ctx, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	before := in.Before
	if before.IsZero() {
		before = d.Now().Add(time.Hour) // a call whose PBX's clock is ahead is among them
	}
	search := cdr.Search{Login: a.Login, Before: before, Limit: limit, Text: in.Search, Missed: in.Missed}
	if number := d.facts().Numbers.Typed(in.Search); number.E164 != "" && len(in.Search) < longestNumber {
		search.Party = number.Key()
	}
	found, err := d.Records.RecordsOf(ctx, search)
	if err != nil {
		d.Log.Error("earlier calls could not be read", "agent", a.Login, "error", err)
		return protocol.Message{}, &protocol.Failure{
			Code: protocol.Limit, Text: "The earlier calls could not be read; please try again.", Retry: true,
		}
	}
	answer := protocol.History{Calls: []protocol.Call{}, More: found.More}
	if found.More {
		answer.Next = found.Next
	}
	records := found.Records
	categories, blocks := map[string]protocol.Category{}, map[string]*protocol.Block{}
	for _, r := range records {
		key := r.NumberKey()
		if _, asked := categories[key]; asked || key == "" {
			continue
		}
		if categories[key], err = d.Store.Category(ctx, key); err != nil {
			d.Log.Warn("the number's category could not be read", "call", r.CallID, "error", err)
			categories[key] = protocol.Category{Number: key, Color: protocol.Neutral}
		}
		blocks[key] = d.blockOf(ctx, key)
	}
	back := make([]*cdr.Record, len(records))
	for i, r := range records {
		back[i] = d.calledBack(ctx, r)
	}
	if failure := d.on(ctx, func() {
		for i, r := range records {
			c := d.earlier(r, categories)
			c.Caller.Blocked = blocks[r.NumberKey()]
			if later := back[i]; later != nil {
				c.CalledBack = &protocol.CalledBack{
					By: d.whoTalked(*later), At: later.Answered, Direction: later.Direction,
				}
			}
			answer.Calls = append(answer.Calls, c)
		}
	}); failure != nil {
		return protocol.Message{}, failure
	}
	return notification(protocol.HistoryAnswer, answer)
}

// earlier is a record as agents see a call. It runs on the loop.
func (d *Desk) earlier(r cdr.Record, categories map[string]protocol.Category) protocol.Call {
	c := protocol.Call{
		ID: r.CallID, Direction: r.Direction, State: protocol.Ended, Number: r.Number, Display: r.Number, E164: r.E164,
		Name: r.Name, DID: r.DID,
		Line: protocol.Line{Name: r.Line}, Legs: []protocol.Leg{}, Started: r.Started, Answered: r.Answered,
		Ended: r.Ended, Cause: r.Cause, Missed: r.Missed,
	}
	c.Caller = protocol.Caller{Status: protocol.Unknown, Category: protocol.Category{Color: protocol.Neutral}}
	if category, noted := categories[r.NumberKey()]; noted {
		c.Caller.Category = category
	}
	if r.E164 != "" {
		c.Display = d.Numbers.Read(r.E164).Display
		if n := d.Numbers.Read(r.Number); n.E164 == r.E164 { // agents may not see what a rule makes of it
			c.Display = n.Display
		}
	}
	switch {
	case r.Number == "":
		c.Caller.Status = protocol.Withheld
	case r.Customer != "":
		c.Caller.Status = protocol.Known
		c.Caller.Customers = []protocol.Customer{{Login: r.Customer, Name: r.CustomerName, Company: r.Company}}
	case r.E164 == "" && d.Numbers.Read(r.Number).Kind == phone.Internal:
		c.Caller.Status = protocol.OwnPhone
	}
	if r.Extension != "" {
		leg := protocol.Leg{Extension: r.Extension, State: protocol.Ended, Calling: r.Direction != protocol.Incoming}
		if r.Agent != "" {
			leg.Agent = d.whoTalked(r)
			if !strings.Contains(r.Agent, ",") { // of several nobody knows which one it was
				leg.Login = r.Agent
			}
		}
		c.Legs = []protocol.Leg{leg}
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	c.Links = d.Links.For(c)
	return c
}
