package desk

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/desk/internal/lookup"
	"traybell/hub/desk/internal/opentickets"
	"traybell/hub/desk/internal/party"
	"traybell/hub/desk/internal/routed"
	"traybell/hub/desk/internal/ruled"
	"traybell/hub/desk/internal/sharing"
	"traybell/hub/happened"
	"traybell/hub/routing"
	"traybell/hub/trace"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// call is a call that the loop knows, until some time after its end.
type call struct {
	calls.Call // as the PBX reported it last
	epoch, seq uint64

	parsed       phone.Number
	lookup       lookup.Lookup // of the caller; its Call is empty for one that is not looked up
	caller       protocol.Caller
	blockChanged bool                // the number was blocked or unblocked during the call: a lookup is older
	impostor     bool                // a caller outside who presents an extension of the company
	name         string              // CallerID name as agents see it
	party        *party.Party[*call] // nil: none
	recalls      bool                // it has a previous call with its party, if there was one
	previous     *protocol.PreviousCall

	routed  routing.Decision
	done    ruled.Done
	legs    []protocol.Leg
	links   link.Set
	seenBy  map[string]struct{} // logins of the agents who see or saw it
	counted int                 // how many of them are in the counters

	endCounted bool          // its end is in the counters
	reported   happened.Step // to other programs
	takenBy    sharing.Taken
	traced     trace.Progress
	logged     routed.Log
	fresh      bool      // it began while the hub was connected
	read       time.Time // of the event that is being shown; zero: it is not timed

	ticketState
}

// change takes a call's new state.
func (l *loop) change(ch calls.Change) {
	began := l.now()
	c, known := l.calls[ch.Call.ID]
	if known && (ch.Epoch < c.epoch || ch.Epoch == c.epoch && ch.Seq <= c.seq) {
		return
	}
	if !known {
		if ch.Call.State == protocol.Ended {
			return // no agent saw it
		}
		c = &call{
			seenBy: map[string]struct{}{}, takenBy: sharing.Taken{}, links: l.rules.Links, fresh: !ch.Read.IsZero(),
		}
		l.calls[ch.Call.ID] = c
	}
	before := c.Call
	c.Call, c.epoch, c.seq = ch.Call, ch.Epoch, ch.Seq
	if !known || before.Number != c.Number || caller.Extension(before) != caller.Extension(c.Call) ||
		(before.Direction == protocol.Internal) != (c.Direction == protocol.Internal) {
		l.identify(c)
	}
	if !known || (c.State == protocol.Ended) != (before.State == protocol.Ended) {
		l.settle(c)
	}
	l.route(c)
	c.findEntered(l)
	if c.State == protocol.Ended && before.State != protocol.Ended {
		l.ended.keep(c)
	}
	c.read = ch.Read
	l.show(c)
	c.read = time.Time{}
	l.traces.changed(c, began)
	if c.Into != "" && before.Into == "" {
		l.presses.merge(c)
	}
	if !known {
		if ch.Read.IsZero() { // not of a call that begins now
			l.presses.find(c)
		}
		l.presses.joined(c)
	}
	l.presses.noteTalk(c)
}

// route decides which agents see the call, and names those at its extensions.
func (l *loop) route(c *call) {
	l.sharing.Settle(c.Legs, c.takenBy)
	if c.name = c.Name; l.rules.Pretends(c.Direction, c.Name, l.rules.Numbers) {
		c.name = ""
	}
	c.legs = l.sharing.Named(c.Legs, c.takenBy)
	c.routed = routing.Policy{Staff: l.rules.Staff, Lines: l.rules.Lines, Rules: l.rules.Rules}.Decide(
		c.Call, rulings{l}.facts(c))
	if by := c.done.Hide(c.routed.Rules, l.rules.Rules); by != "" && l.desk.opts.Hide != nil {
		l.desk.opts.Hide(c.Call, by)
	}
	if c.TestFor != "" { // others who would see such a call are left alone
		c.routed.Agents = slices.DeleteFunc(c.routed.Agents, func(login string) bool { return login != c.TestFor })
	}
	c.logged.Note(l.desk.log, &c.Call, c.routed, c.seenBy)
	for _, login := range c.routed.Agents {
		c.seenBy[login] = struct{}{}
	}
}

// show sends the current call to all agents who see or saw it, and has it recorded.
func (l *loop) show(c *call) {
	var read time.Time
	if len(c.seenBy) > c.counted {
		read = c.read
	}
	if c.TestFor == "" {
		l.desk.counters.seen.Add(uint64(len(c.seenBy) - c.counted)) //nolint:gosec // seenBy never shrinks
		c.counted = len(c.seenBy)
	}
	record := l.record(c)
	seen := c.seen()
	others, callers := l.recipients(c)
	l.sendCall(c, others, seen, read)
	l.report(c, seen)
	seen.Missed = false
	l.sendCall(c, callers, seen, time.Time{})
	l.parties.leave(c, record)
	rulings{l}.obey(c)
}

// recipients returns the logins of the agents who see or saw the call, sorted. Those who placed a
// missed call are apart: it is missed by the others only.
func (l *loop) recipients(c *call) (others, callers []string) {
	for _, login := range slices.Sorted(maps.Keys(c.seenBy)) {
		if c.Missed && l.sharing.Placed(c.Legs, c.takenBy, login) {
			callers = append(callers, login)
		} else {
			others = append(others, login)
		}
	}
	return others, callers
}

// seen returns the call as agents see it. See recipients for Missed.
func (c *call) seen() protocol.Call {
	s := protocol.Call{
		ID: c.ID, Direction: c.Direction, State: c.State,
		Number: c.parsed.Shown, Display: c.parsed.Display, E164: c.parsed.E164, Name: c.name, DID: c.DID,
		Caller: c.caller, Legs: c.legs,
		Started: c.Started, Answered: c.Answered, Ended: c.Ended, Cause: c.Cause, Missed: c.missed(),
		AnswerUnseen: c.AnswerUnseen, EndUnseen: c.EndUnseen,
		Ticket: c.tickets(", "), Previous: c.previous, Test: c.TestFor != "", Data: c.Data.Seen(),
	}
	if c.parsed.Kind == phone.Withheld {
		s.Number, s.Display = "", ""
	}
	c.narrow(&s.Caller)
	opentickets.Offer(&s.Caller, c.open, c.ticket, c.others)
	s.Entered = c.entered.Offer(&s.Caller, c.ticket)
	s.Line, s.Popup, s.Hidden = c.routed.Seen(), string(c.routed.Rules.Popup), c.done.HiddenBy() != ""
	s.Caller.Category.Color = cmp.Or(protocol.Color(c.routed.Rules.Category), s.Caller.Category.Color)
	s.Links = c.links.For(s)
	return s
}

// report reports what happened to a call to other programs.
func (l *loop) report(c *call, seen protocol.Call) {
	if c.TestFor != "" {
		return
	}
	seen.Hidden = false // other programs have the number
	c.reported = l.desk.reports.Call(happened.Call{
		PBX: c.PBX, Call: seen, Agents: slices.Sorted(maps.Keys(c.seenBy)), Teams: c.routed.Teams(), Into: c.Into,
		Open: c.routed.Rules.Open, Now: c.fresh,
	}, c.reported)
}
