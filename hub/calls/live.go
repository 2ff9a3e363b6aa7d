package calls

import (
	"slices"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/endpoint"
	"traybell/shared/protocol"
)

// live is a live call: its channels, and the Call that they make up.
type live struct {
	linked   string   // the Linkedid in its ID
	aliases  []string // all its Linkedids: its own, and those of calls merged into it
	channels []*channel
	legs     []*leg
	first    *channel // the first phone or trunk; kept after its hang-up

	data    calldata.Gathered
	call    Call // all but Legs, which show fills in
	cause   int  // of the Hangup of the first channel, or of the phone that took an originate; shown at the end
	rang    time.Time
	outside bool // it dialled out
	called  bool // an extension was called
	ended   bool
	lasted  time.Time // until when it is known to have lasted, if its end was not seen
	lost    bool      // its end was not reported at all
	perhaps bool      // it may have been answered before it was first seen so
	dirty   bool      // it is in Tracker.dirty
	visible bool      // it was shown, so all its changes are
	moved   bool      // its channels differ from those last shown
	found   bool      // a snapshot has shown new channels of it
	last    Call      // as last shown
}

// leg is a Leg under construction.
type leg struct {
	Leg
	of     *live  // nil: it was removed
	reason string // of the channel that closed last
	heir   protocol.State
	lasted time.Time // until when it is known to have lasted, if its end was not seen
}

// legOf is leg for a channel of the call, without a search if the channel was in that leg before.
func (c *live) legOf(ch *channel) *leg {
	if l := ch.leg; l == nil || l.of != c || l.Extension != ch.extension {
		ch.leg = c.leg(ch.extension)
	}
	return ch.leg
}

func (c *live) leg(extension string) *leg {
	for _, l := range c.legs {
		if l.Extension == extension {
			return l
		}
	}
	return nil
}

// setFirst sets the channel that began the call, and what follows before anything is dialled.
func (c *live) setFirst(ch *channel, endpoints *endpoint.Judge) {
	c.first = ch
	c.call.Name = ch.callerName
	c.call.Number = ch.number
	c.call.DID = ch.exten
	if ch.did != "" {
		c.call.DID = ch.did
	}
	switch {
	case ch.extension == "" && ch.dialled:
		c.call.Direction, c.call.DID = protocol.Outgoing, ""
	case ch.extension == "":
		c.call.Direction = protocol.Incoming
	case ch.dialled && !ch.originated:
		// The calling channel is unknown, but the phone's display shows it.
		c.call.Number, c.call.Name, c.call.DID = ch.connected, "", ch.did
		c.call.Direction = protocol.Incoming
		if endpoints.Extension(ch.connected) {
			c.call.Direction = protocol.Internal
		}
	case ch.originated:
		// The number to call follows in the dialplan. The requested CallerID is often that number;
		// if it was requested for a Local channel, only the phone's display shows it.
		c.call.Direction, c.call.Name, c.call.DID = protocol.Outgoing, "", ""
		if ch.number == ch.extension {
			c.call.Number = ""
			if !endpoints.Extension(ch.connected) {
				c.call.Number = ch.connected
			}
		}
	case !endpoints.Extension(ch.exten) && isNumber(ch.exten):
		c.call.Direction, c.call.Number, c.call.Name = protocol.Outgoing, ch.exten, ""
	default:
		c.call.Direction = protocol.Internal
	}
}

// answer notes when the call was answered; unseen means that it was concluded.
func (c *live) answer(at time.Time, unseen bool) {
	if !c.call.Answered.IsZero() {
		return
	}
	c.call.Answered, c.call.AnswerUnseen = at, unseen || c.perhaps
	if !c.rang.IsZero() {
		c.call.Rang = at.Sub(c.rang)
	}
}

// close ends a channel's part in the call.
func (c *live) close(ch *channel, reason string) {
	if ch.closed {
		return
	}
	ch.closed = true
	if l := c.leg(ch.extension); l != nil && ch.extension != "" {
		l.reason = reason
	}
}

// part is a channel's state in its extension's leg, or empty if it has none.
func (c *live) part(ch *channel) protocol.State {
	switch {
	case ch.extension == "" || ch.closed:
		return ""
	case ch.answered || ch == c.first && !ch.dialled && !c.call.Answered.IsZero():
		if ch.holding {
			return protocol.Held
		}
		return protocol.Answered
	case ch.dialled:
		return protocol.Ringing
	case ch == c.first && ch.phase >= phaseRing:
		return protocol.Ringing
	}
	return ""
}

// order ranks an extension's phones: one that talks, then one on hold, then one that rings.
func order(s protocol.State) int {
	switch s {
	case protocol.Answered:
		return 3
	case protocol.Held:
		return 2
	case protocol.Ringing:
		return 1
	}
	return 0
}

// settle computes the legs, the channels and the state. changed means that the call must be shown,
// and quiet that it must be shown only for its channels.
func (c *live) settle(at time.Time) (changed, quiet bool) {
	for _, l := range c.legs {
		l.heir = ""
	}
	c.call.Consult, c.found = c.consult(), false
	listed, same := 0, true
	for _, ch := range c.channels {
		part := c.part(ch)
		if part != "" || ch.outside() {
			same = same && listed < len(c.call.Channels) && c.call.Channels[listed].is(ch)
			listed++
		}
		if part == "" {
			continue
		}
		l := c.legOf(ch)
		if l == nil {
			l = &leg{Leg: Leg{Extension: ch.extension}, of: c}
			c.legs, ch.leg = append(c.legs, l), l
		}
		if ch.originated || ch == c.first && !ch.dialled {
			l.Calling, l.Rang = true, time.Time{}
		}
		if order(part) > order(l.heir) {
			l.heir = part
		}
	}
	if !same || listed != len(c.call.Channels) {
		c.list(listed)
	}
	held := false
	for _, l := range c.legs {
		l.become(at)
		held = held || l.State == protocol.Held
	}
	switch {
	case c.ended:
		c.call.State = protocol.Ended
	case c.call.Answered.IsZero():
		c.call.State = protocol.Ringing
	case held || slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.parked }):
		c.call.State = protocol.Held
	default:
		c.call.State = protocol.Answered
	}
	if c.ended && c.call.Ended.IsZero() {
		c.call.Ended = at
		if c.call.EndUnseen = !c.lasted.IsZero(); c.call.EndUnseen {
			c.call.Ended = c.lasted
		}
		c.call.Cause = c.cause
		c.call.Missed = c.call.Answered.IsZero() && c.call.Into == "" && c.calledHere() && !c.lost &&
			!c.call.AnswerUnseen
		if c.call.Answered.IsZero() && !c.rang.IsZero() {
			c.call.Rang = max(0, c.call.Ended.Sub(c.rang))
		}
	}
	if !c.visible {
		// A chan_sip trunk's channel starts Down and calls with its Newstate. A phone is visible
		// once it has a leg.
		trunk := c.first != nil && c.first.extension == "" && (c.first.phase > phaseDown || c.first.dialled)
		c.visible = !c.ended && (trunk || len(c.legs) > 0)
	}
	changed = c.visible && !c.shown()
	return changed, c.visible && c.moved && !changed
}

// calledHere reports whether the call was for somebody here. Calls to the mailbox, to feature codes
// and outside were not.
func (c *live) calledHere() bool {
	return c.call.Direction == protocol.Incoming || c.call.Direction == protocol.Internal && c.called
}

// list lists the n channels of the legs and of the outside party. A shown list is never altered.
func (c *live) list(n int) {
	c.moved = true
	c.call.Channels = make([]Channel, 0, n)
	for _, ch := range c.channels {
		if ch.outside() || c.part(ch) != "" {
			c.call.Channels = append(c.call.Channels, Channel{
				Name: ch.name, Uniqueid: ch.id, Extension: ch.extension, Verdict: ch.verdict, Mobile: ch.mobile,
			})
		}
	}
}

// become moves a leg to the state of its channels. Without channels it has ended; a queue may ring
// it again.
func (l *leg) become(at time.Time) {
	state := l.heir
	if state == "" {
		state = protocol.Ended
	}
	if state == l.State {
		return
	}
	switch state {
	case protocol.Ended:
		l.Ended, l.Reason = at, l.reason
		if !l.lasted.IsZero() {
			l.Ended = l.lasted
		}
	case protocol.Ringing:
		if !l.Calling {
			l.Rang = at
		}
		l.Ended, l.Reason = time.Time{}, ""
	default:
		if l.Answered.IsZero() {
			l.Answered = at
		}
		l.Ended, l.Reason = time.Time{}, ""
	}
	l.State, l.reason, l.lasted = state, "", time.Time{}
}

// shown reports whether the call is as it was last shown, but for its channels.
func (c *live) shown() bool {
	a, b := &c.call, &c.last
	if a.State != b.State || a.Direction != b.Direction || a.Number != b.Number || a.Name != b.Name || a.DID != b.DID ||
		a.Answered != b.Answered || a.AnswerUnseen != b.AnswerUnseen || a.Ended != b.Ended || a.Cause != b.Cause ||
		a.Missed != b.Missed || a.Consult != b.Consult ||
		a.Rang != b.Rang || a.Into != b.Into || !a.Data.Is(b.Data) ||
		len(c.legs) != len(b.Legs) {
		return false
	}
	for i, l := range c.legs {
		if l.Leg != b.Legs[i] {
			return false
		}
	}
	return true
}

// show returns an immutable copy of the call. quiet means that the legs are as in the last copy.
func (c *live) show(quiet bool) Call {
	out := c.call
	if quiet {
		out.Legs = c.last.Legs
	} else {
		out.Legs = make([]Leg, len(c.legs))
		for i, l := range c.legs {
			out.Legs[i] = l.Leg
		}
	}
	c.last, c.moved = out, false
	return out
}
