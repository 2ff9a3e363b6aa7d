// Package history shows agents the earlier calls that they saw, as the CDR has them, with what is
// known about the numbers today. It owns no state; any goroutine may use a Reader.
package history

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	usualPage     = 50  // calls, if the request names no limit
	largestPage   = 200 // but for calls that began in the same instant
	longestSearch = 200 // bytes of a search that may be a number
	readTime      = 10 * time.Second
)

// Categories tells the category of a number: see desk.CategoryStore.
type Categories interface {
	Category(ctx context.Context, number string) (protocol.Category, error)
}

// Blocks tells how a number is blocked; nil: it is not.
type Blocks interface {
	Of(ctx context.Context, number string) *protocol.Block
}

// Rules are what hub.yml says about how calls are shown.
type Rules struct {
	Numbers *phone.Reader
	Links   link.Set
	Staff   *staff.Staff
	Records cdr.Store // nil: no CDR is kept
}

// Reader reads earlier calls. All fields are needed.
type Reader struct {
	Rules      func() Rules
	Categories Categories
	Blocks     Blocks
	Log        *slog.Logger
	Now        func() time.Time
}

// List returns earlier calls of an agent, newest first. It takes seconds at most, however many
// there are, and says how far it got. Errors are *fail.Error.
func (r *Reader) List(ctx context.Context, a staff.Agent, in protocol.ListHistory) (protocol.History, error) {
	rules := r.Rules()
	if rules.Records == nil {
		return protocol.History{}, fail.New(fail.NotFound, "This hub keeps no record of calls.")
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	found, err := rules.Records.RecordsOf(ctx, r.search(a, in, rules.Numbers))
	if err != nil {
		r.Log.Error("cannot read earlier calls", "agent", a.Login, "error", err)
		return protocol.History{}, fail.Again(fail.Busy, err, "The earlier calls could not be read; please try again.")
	}
	page := protocol.History{Calls: []protocol.Call{}, More: found.More}
	if found.More {
		page.Next = found.Next
	}
	known := map[string]protocol.Caller{} // category and block by number
	for _, record := range found.Records {
		key := record.NumberKey()
		if _, ok := known[key]; !ok {
			known[key] = r.caller(ctx, record.CallID, key)
		}
		c := shown(record, rules, known[key])
		c.CalledBack = r.calledBack(ctx, record, rules)
		page.Calls = append(page.Calls, c)
	}
	return page, nil
}

func (r *Reader) search(a staff.Agent, in protocol.ListHistory, numbers *phone.Reader) cdr.Search {
	s := cdr.Search{Login: a.Login, Before: in.Before, Limit: in.Limit, Text: in.Search, Missed: in.Missed}
	if s.Limit <= 0 {
		s.Limit = usualPage
	}
	s.Limit = min(s.Limit, largestPage)
	if s.Before.IsZero() {
		s.Before = r.Now().Add(time.Hour) // includes calls of a PBX whose clock is ahead
	}
	if n := numbers.Typed(in.Search); n.E164 != "" && len(in.Search) < longestSearch {
		s.Party = n.Key()
	}
	return s
}

// caller returns a caller with what is noted about the number.
func (r *Reader) caller(ctx context.Context, callID, number string) protocol.Caller {
	c := protocol.Caller{Status: protocol.Unknown, Category: protocol.Category{Color: protocol.Neutral}}
	if number == "" {
		return c
	}
	category, err := r.Categories.Category(ctx, number)
	if err != nil {
		r.Log.Warn("cannot read category", "call", callID, "error", err)
		category = protocol.Category{Number: number, Color: protocol.Neutral}
	}
	c.Category, c.Blocked = category, r.Blocks.Of(ctx, number)
	return c
}

// calledBack returns the first call after a missed one in which an agent talked with the same
// party; nil without one.
func (r *Reader) calledBack(ctx context.Context, missed cdr.Record, rules Rules) *protocol.CalledBack {
	if !missed.Missed || missed.Party() == "" {
		return nil
	}
	later, ok, err := rules.Records.AnsweredAfter(ctx, missed.Party(), missed.Started)
	if err != nil {
		r.Log.Warn("cannot read whether a missed call was returned", "call", missed.CallID, "error", err)
	}
	if !ok {
		return nil
	}
	return &protocol.CalledBack{
		By: later.TalkedBy(rules.Staff.Name), At: later.Answered, Direction: later.Direction,
	}
}

// shown is a record as agents see a call.
func shown(r cdr.Record, rules Rules, caller protocol.Caller) protocol.Call {
	c := protocol.Call{
		ID: r.CallID, Direction: r.Direction, State: protocol.Ended, Number: r.Number, Display: r.Number, E164: r.E164,
		Name: r.Name, DID: r.DID, Line: protocol.Line{Name: r.Line}, Legs: []protocol.Leg{}, Caller: caller,
		Started: r.Started, Answered: r.Answered, Ended: r.Ended, Cause: r.Cause, Missed: r.Missed,
	}
	if r.E164 != "" {
		c.Display = rules.Numbers.Read(r.E164).Display
		if n := rules.Numbers.Read(r.Number); n.E164 == r.E164 { // agents may not see what a rule makes of it
			c.Display = n.Display
		}
	}
	switch {
	case r.Number == "":
		c.Caller.Status = protocol.Withheld
	case r.Customer != "":
		c.Caller.Status = protocol.Known
		c.Caller.Customers = []protocol.Customer{{Login: r.Customer, Name: r.CustomerName, Company: r.Company}}
	case r.E164 == "" && rules.Numbers.Read(r.Number).Kind == phone.Internal:
		c.Caller.Status = protocol.OwnPhone
	}
	if r.Extension != "" {
		leg := protocol.Leg{Extension: r.Extension, State: protocol.Ended, Calling: r.Direction != protocol.Incoming}
		if r.Agent != "" {
			leg.Agent = r.TalkedBy(rules.Staff.Name)
			if !strings.Contains(r.Agent, ",") { // of several it is not known which one it was
				leg.Login = r.Agent
			}
		}
		c.Legs = []protocol.Leg{leg}
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	c.Links = rules.Links.For(c)
	return c
}
