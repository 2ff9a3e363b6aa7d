// Package history shows agents the earlier calls that they saw, as the CDR has them, with what is
// known about the numbers today. It owns no state; any goroutine may use a Reader.
package history

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/caller"
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

// Rules are what hub.yml says about how calls are shown.
type Rules struct {
	Numbers *phone.Reader
	Links   link.Set
	Records cdr.Store // nil: no CDR is kept
	caller.Company
}

// Hidden knows the numbers that agents do not see.
type Hidden interface {
	// Found reports whether a search that found texts finds them also as agents see them.
	Found(search string, texts ...string) bool
}

// Reader reads earlier calls. All fields but Hidden are needed.
type Reader struct {
	Rules  func() Rules
	Lookup caller.Lookup // its directory has the customers of calls whose records name none
	// returns who takes care of a missed call that was not returned; nil: no one has to
	FollowUp func(ctx context.Context, r cdr.Record) *protocol.FollowUp
	// returns the page with the recordings of a call to which an agent may listen; empty: none
	Recordings func(ctx context.Context, login string, r cdr.Record) string
	Hidden     Hidden // nil: agents see all numbers
	Log        *slog.Logger
	Now        func() time.Time
}

// List returns earlier calls of an agent, newest first. It takes seconds at most, however many
// there are, and says how far it got. Errors are *fail.Error.
func (r *Reader) List(ctx context.Context, a staff.Agent, in protocol.ListHistory) (protocol.History, error) {
	rules := r.Rules()
	if rules.Records == nil {
		return protocol.History{}, fail.New(protocol.HistoryNone, "")
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	found, err := r.find(ctx, rules.Records, r.search(a, in, rules.Numbers))
	if err != nil {
		r.Log.Error("cannot read earlier calls", "agent", a.Login, "error", err)
		return protocol.History{}, fail.New(protocol.HistoryFailed, "").Because(err)
	}
	page := protocol.History{Calls: []protocol.Call{}, More: found.More}
	if found.More {
		page.Next = found.Next
	}
	type party struct {
		number    string
		direction protocol.Direction
	}
	known := map[party]protocol.Caller{}
	for _, record := range found.Records {
		key := party{record.NumberKey(), record.Direction}
		if _, ok := known[key]; !ok {
			known[key] = r.callerOf(ctx, record, rules)
		}
		c := shown(record, rules, known[key])
		c.Missed = record.MissedBy(a.Login)
		if c.CalledBack = r.calledBack(ctx, record, rules); c.CalledBack == nil {
			c.FollowUp = r.FollowUp(ctx, record)
		}
		if r.Recordings != nil {
			c.Recordings = r.Recordings(ctx, a.Login, record)
		}
		page.Calls = append(page.Calls, c)
	}
	return page, nil
}

// find reads a page without the calls that are found by hidden numbers. If there are no others it reads
// on: a page without calls that is not the last one would say that a number has the digits.
func (r *Reader) find(ctx context.Context, in cdr.Store, s cdr.Search) (page cdr.Found, err error) {
	for {
		next, err := in.RecordsOf(ctx, s)
		switch {
		case err != nil && page.More && ctx.Err() != nil:
			return page, nil //nolint:nilerr // as far as it got
		case err != nil || r.Hidden == nil:
			return next, err
		}
		read := len(next.Records)
		page = next
		page.Records = slices.DeleteFunc(page.Records, func(record cdr.Record) bool {
			return !r.Hidden.Found(s.Text, record.Searched()...)
		})
		if read == 0 || len(page.Records) > 0 || !page.More {
			return page, nil
		}
		s.Before = page.Next
	}
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

// callerOf returns a caller with what is known and noted about the number today.
func (r *Reader) callerOf(ctx context.Context, record cdr.Record, rules Rules) protocol.Caller {
	c := protocol.Caller{Status: protocol.Unknown, Category: caller.Neutral("")}
	number, callID := record.NumberKey(), record.CallID
	if number == "" {
		return c
	}
	if n := rules.Numbers.Read(number); record.Party() != "" && !rules.Impostor(record.Direction, n) {
		c.Customers = r.Lookup.Today(ctx, callID, n)
		c.Status = caller.Status(c.Customers)
	}
	c.Category, c.Blocked = r.Lookup.Notes(ctx, callID, number)
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
func shown(r cdr.Record, rules Rules, who protocol.Caller) protocol.Call {
	c := protocol.Call{
		ID: r.CallID, Direction: r.Direction, State: protocol.Ended, Number: r.Number, Display: r.Number, E164: r.E164,
		Name: r.Name, DID: r.DID, Line: protocol.Line{Name: r.Line}, Legs: []protocol.Leg{}, Caller: who,
		Started: r.Started, Answered: r.Answered, Ended: r.Ended, Cause: r.Cause,
		AnswerUnseen: r.AnswerUnseen, EndUnseen: r.EndUnseen, Data: calldata.Decode(r.Data),
	}
	if r.E164 != "" {
		c.Display = rules.Numbers.Read(r.E164).Display
		if n := rules.Numbers.Read(r.Number); n.E164 == r.E164 { // agents may not see what a rule makes of it
			c.Display = n.Display
		}
	}
	switch {
	case r.Number == "":
		c.Caller.Status, c.Caller.Customers = protocol.Withheld, nil
	case r.HasCustomer():
		c.Caller.Status = protocol.Known
		c.Caller.Customers = []protocol.Customer{{Login: r.Customer, Name: r.CustomerName, Company: r.Company}}
	case r.Direction == protocol.Internal:
		c.Caller.Status = protocol.OwnPhone
	}
	if r.Extension != "" {
		c.Legs = append(c.Legs, leg(r.Extension, r.Agent, r.Direction != protocol.Incoming, rules.Staff))
	}
	if callee := r.Callee(); callee != "" && callee != r.Extension {
		c.Legs = append(c.Legs, leg(callee, r.CalleeAgent, false, rules.Staff))
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	c.Links = rules.Links.For(c)
	return c
}

// leg returns an extension's part in an earlier call; agent as in cdr.Record.
func leg(extension, agent string, calling bool, agents *staff.Staff) protocol.Leg {
	l := protocol.Leg{Extension: extension, State: protocol.Ended, Calling: calling}
	if agent != "" {
		l.Agent = cdr.Names(agent, agents.Name)
		if !strings.Contains(agent, ",") { // of several it is not known which one it was
			l.Login = agent
		}
	}
	return l
}
