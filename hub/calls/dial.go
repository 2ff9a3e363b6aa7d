package calls

import (
	"cmp"
	"strings"
	"time"

	"traybell/hub/endpoint"
	"traybell/shared/protocol"
)

// newstate handles a chan_sip caller that begins to call, and a ringing phone whose DialBegin was
// missed.
func (t *Tracker) newstate(e *event, at time.Time) {
	ch := t.see(&e.main, at)
	if ch == nil || ch.dialled || ch.closed || ch.phase != phaseRinging || ch.call.ended {
		return
	}
	ch.dialled, ch.inferred = true, true
	if ch.originated = ch.call.beganByOriginate(ch); ch.originated {
		ch.connected = strings.Clone(e.main.connected)
	}
	t.dials(nil, ch, at)
}

func (t *Tracker) dialBegin(e *event, at time.Time) {
	src := t.see(&e.main, at)
	dst := t.see(&e.dest, at)
	if dst == nil {
		return
	}
	t.weigh(dst, endpoint.Facts{Dial: plain(e.dialString), Number: e.dest.number})
	if src != nil {
		t.join(src.call, dst.call)
		t.Mobiles.reaches(dst, t.channels.memberBehind(src))
	}
	c := dst.call
	if src != nil && src.real && src != c.first && (src.id == c.linked || c.first == nil || c.first == dst ||
		c.first.dialled && !c.first.originated) &&
		c.call.Answered.IsZero() {
		c.setFirst(src, t.endpoints)
	}
	if dst.dialled && !dst.inferred || dst.closed {
		return
	}
	dst.dialled, dst.inferred = true, false
	if src != nil {
		dst.from = src.id
		if src == c.first && c.call.Answered.IsZero() {
			c.caller(&e.main)
		}
	} else if e.main.unique == "" {
		dst.originated = c.first == nil || c.first == dst
	}
	if src != nil && dst.real && (c.first == dst || c.first != nil && c.first.originated) {
		if dst.originated = c.originates(src); !dst.originated && c.first == dst && e.main.number != "" {
			dst.connected = strings.Clone(e.main.number) // a Local channel shows the unseen caller
		}
	}
	if dst.originated {
		c.rang = time.Time{}
		// the requested CallerID, and what the phone displays
		dst.number, dst.callerName, dst.connected = strings.Clone(e.dest.number), "", strings.Clone(e.dest.connected)
	}
	t.dials(src, dst, at)
}

// caller takes the number and name of the first channel when it dials: the dialplan may have
// changed them.
func (c *live) caller(s *snapshot) {
	if c.first.originated {
		if c.call.DID == "" && isNumber(s.exten) {
			c.call.DID = strings.Clone(s.exten)
		}
		return
	}
	if c.call.Direction == protocol.Outgoing {
		return
	}
	if s.number != c.call.Number {
		c.call.Number = strings.Clone(s.number)
	}
	name := c.first.callerName
	if s.callerName != c.first.sentName || s.number != c.first.number {
		name = callerName(s.callerName, s.number)
	}
	if name != c.call.Name {
		c.call.Name = strings.Clone(name)
	}
}

// dials notes that dst is being called, and what follows for the call; src is nil if unknown.
func (t *Tracker) dials(src, dst *channel, at time.Time) {
	c := dst.call
	t.dirty.add(c)
	if !dst.real {
		return
	}
	if dst == c.first {
		c.setFirst(dst, t.endpoints)
		if dst.extension == "" {
			c.dialsOut(&t.event, src, dst)
		}
	}
	if dst.originated {
		return
	}
	if c.rang.IsZero() && c.call.Answered.IsZero() {
		c.rang = at
	}
	if dst.extension != "" && c.first != nil && !c.first.dialled && !c.first.verdict.Sure() && !c.outside {
		// known from a snapshot: a phone may present the company's number when it calls out, but
		// not when it calls a phone
		t.weigh(c.first, endpoint.Facts{Created: true, Calls: true, Number: c.first.number})
	}
	own := c.first != nil && c.first != dst && c.first.extension != "" && c.call.Answered.IsZero()
	switch {
	case dst.extension != "":
		if own && c.call.Direction == protocol.Outgoing && (!c.outside || c.callsOutside()) {
			c.call.Direction = protocol.Internal // the dialled number is a colleague's, who may have a mobile, too
			c.call.Number, c.call.Name = c.first.number, c.first.callerName
			if c.first.originated {
				c.call.Number, c.call.Name = c.first.extension, ""
				c.call.DID = cmp.Or(c.call.DID, dst.extension)
			}
			c.outside = false
		}
		c.called = true
	case own && !c.called && !c.forwarded(t.endpoints):
		c.dialsOut(&t.event, src, dst)
	}
}

// dialEnd handles the end of a dial. A phone that goes up has not answered the caller yet: Dial and
// Queue may first have it confirm, or play something to it. The exception is the phone of the agent
// who places a call by an originate.
func (t *Tracker) dialEnd(e *event, at time.Time) {
	src := t.known(&e.main)
	if e.status != dialAnswer {
		dst := t.known(&e.dest)
		if dst == nil || dst.closed || dst.answered {
			return // a queue sends NOANSWER, then CANCEL: the first one counts
		}
		reason := strings.Clone(e.status)
		if e.forward != "" {
			reason = reasonForwarded
		}
		t.dirty.add(dst.call)
		dst.call.close(dst, reason)
		return
	}
	dst := t.see(&e.dest, at)
	if dst == nil || dst.closed {
		return
	}
	switch {
	case src != nil && !dst.dialled: // a pickup
		t.join(src.call, dst.call)
		if dst.real {
			t.answer(dst, at)
		}
	case src != nil:
		t.join(src.call, dst.call)
	case e.main.unique == "" && !dst.dialled:
		dst.originated = dst.call.first == dst
	}
	if dst.real && dst.originated && !dst.answered {
		dst.answered = true
		t.dirty.add(dst.call)
	}
}
