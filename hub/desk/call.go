package desk

import (
	"maps"
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/routing"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// call is a call that the loop knows, until some time after its end.
type call struct {
	calls.Call // as the PBX reported it last
	epoch, seq uint64
	left       uint64 // the epoch in which its PBX was disabled; 0: it is not

	parsed       phone.Number
	caller       protocol.Caller
	blockChanged bool   // the number was blocked or unblocked during the call: a lookup is older
	party        *party // nil: none, or no CDR is kept
	previous     *protocol.PreviousCall

	routed  routing.Decision
	legs    []protocol.Leg
	links   link.Set
	seenBy  map[string]struct{} // logins of the agents who see or saw it
	counted int                 // how many of them are in the counters
	takenBy map[string]string   // by shared extension, the login of the agent who took the call
	traced  traced
	logged  string // the routing that was logged last

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
		c = &call{seenBy: map[string]struct{}{}, takenBy: map[string]string{}, links: l.rules.Links}
		l.calls[ch.Call.ID] = c
	}
	before := c.Call
	c.Call, c.epoch, c.seq = ch.Call, ch.Epoch, ch.Seq
	if !known || before.Number != c.Number {
		l.identify(c)
	}
	l.route(c)
	if c.State == protocol.Ended && before.State != protocol.Ended {
		l.ended.keep(c)
	}
	l.show(c)
	l.traces.changed(c, began)
	if !known {
		l.presses.find(c)
	}
	l.presses.noteTalk(c)
}

// route decides which agents see the call, and names those at its extensions.
func (l *loop) route(c *call) {
	l.settleShared(c)
	c.legs = l.named(c)
	c.routed = routing.Decide(c.Call, l.rules.Staff, l.rules.Lines)
	l.logRouting(c)
	for _, login := range c.routed.Agents {
		c.seenBy[login] = struct{}{}
	}
}

// logRouting logs a decision if it, or the call's state, is new.
func (l *loop) logRouting(c *call) {
	d := c.routed
	line := ""
	if d.Line != nil {
		line = d.Line.Number
	}
	now := strings.Join([]string{string(c.State), line, string(d.Why), strings.Join(d.Agents, " ")}, "|")
	if now == c.logged {
		return
	}
	c.logged = now
	log := l.desk.log
	switch {
	case len(d.Agents) > 0:
		log.Info("call routed", "call", c.ID, "state", c.State, "agents", d.Agents, "line", line, "why", d.Why)
	case len(c.seenBy) == 0:
		log.Debug("call routed to no agent", "call", c.ID, "state", c.State, "did", c.DID, "line", line, "why", d.Why)
	case c.State == protocol.Ended:
		log.Info("call ended", "call", c.ID, "state", c.State, "agents", slices.Sorted(maps.Keys(c.seenBy)))
	default:
		log.Debug("call left the agents' phones", "call", c.ID, "state", c.State)
	}
}

// show sends the current call to all agents who see or saw it, and has it recorded.
func (l *loop) show(c *call) {
	l.desk.counters.seen.Add(uint64(len(c.seenBy) - c.counted)) //nolint:gosec // seenBy never shrinks
	c.counted = len(c.seenBy)
	l.record(c)
	l.notify(slices.Sorted(maps.Keys(c.seenBy)), protocol.Event, protocol.CallEvent, c.seen())
	l.parties.leave(c)
}

// seen returns the call as agents see it.
func (c *call) seen() protocol.Call {
	s := protocol.Call{
		ID: c.ID, Direction: c.Direction, State: c.State,
		Number: c.parsed.Shown, Display: c.parsed.Display, E164: c.parsed.E164, Name: c.Name, DID: c.DID,
		Caller: c.caller, Legs: c.legs,
		Started: c.Started, Answered: c.Answered, Ended: c.Ended, Cause: c.Cause, Missed: c.Missed,
		Ticket: c.ticket, Previous: c.previous,
	}
	if c.parsed.Kind == phone.Withheld {
		s.Number, s.Display = "", ""
	}
	c.offerTickets(&s.Caller)
	if line := c.routed.Line; line != nil {
		s.Line = protocol.Line{Name: line.Name, Comment: line.Comment}
	}
	s.Links = c.links.For(s)
	return s
}
