package calls

import (
	"slices"
	"strings"
	"time"

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
	t.dials(nil, ch, at)
}

func (t *Tracker) dialBegin(e *event, at time.Time) {
	src := t.see(&e.main, at)
	dst := t.see(&e.dest, at)
	if dst == nil {
		return
	}
	if src != nil {
		t.join(src.call, dst.call)
	}
	c := dst.call
	if src != nil && src.real && src != c.first && (src.id == c.linked || c.first == nil || c.first == dst ||
		c.first.dialled && !c.first.originated) &&
		c.call.Answered.IsZero() {
		c.setFirst(src, t.isExtension)
	}
	if dst.dialled && !dst.inferred || dst.closed {
		return
	}
	dst.dialled, dst.inferred = true, false
	if src != nil {
		dst.from = src.id
		if src == c.first && c.call.Answered.IsZero() {
			t.caller(c, &e.main)
		}
	} else if e.main.unique == "" {
		dst.originated = c.first == nil || c.first == dst
	}
	if src != nil && dst.real && c.first == dst {
		if dst.originated = t.originates(c, src); !dst.originated && e.main.number != "" {
			dst.connected = strings.Clone(e.main.number) // a Local channel shows the unseen caller
		}
	}
	if dst.originated {
		c.rang = time.Time{}
		dst.number, dst.callerName = strings.Clone(e.dest.number), "" // the requested CallerID
	}
	t.dials(src, dst, at)
}

// originates reports whether src dials an originate's first leg: a Local channel was originated,
// and its other half dials.
func (t *Tracker) originates(c *live, src *channel) bool {
	for range len(c.channels) { // the longest possible chain
		name, ok := otherHalf(src.name)
		if !ok {
			return false
		}
		i := slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.name == name })
		if i < 0 {
			return false
		}
		half := c.channels[i]
		if !half.dialled {
			return false
		}
		if half.from == "" {
			return half.originated
		}
		if src = t.channels[half.from]; src == nil {
			return false
		}
	}
	return false
}

// caller takes the number and name of the first channel when it dials: the dialplan may have
// changed them.
func (t *Tracker) caller(c *live, s *snapshot) {
	if c.first.originated {
		if c.call.DID == "" {
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
	if s.callerName != c.call.Name {
		c.call.Name = strings.Clone(s.callerName)
	}
}

// dials notes that dst is being called, and what follows for the call; src is nil if unknown.
func (t *Tracker) dials(src, dst *channel, at time.Time) {
	c := dst.call
	t.touch(c)
	if !dst.real {
		return
	}
	if dst == c.first {
		c.setFirst(dst, t.isExtension)
	}
	if dst.originated {
		return
	}
	if c.rang.IsZero() && c.call.Answered.IsZero() {
		c.rang = at
	}
	own := c.first != nil && c.first != dst && c.first.extension != ""
	switch {
	case dst.extension != "":
		if own && !c.outside && c.call.Answered.IsZero() && c.call.Direction == protocol.Outgoing {
			c.call.Direction = protocol.Internal // the dialled number is a colleague's
			c.call.Number, c.call.Name = c.first.number, c.first.callerName
			if c.first.originated {
				c.call.Number, c.call.Name = c.first.extension, ""
			}
		}
		c.called = true
	case own && !c.called && c.call.Answered.IsZero():
		c.outside = true
		c.call.Direction, c.call.Name = protocol.Outgoing, ""
		told := t.event.dest.unique == dst.id // by a DialBegin, not concluded
		number := dst.number
		if told && t.event.dest.number != "" {
			number = t.event.dest.number
		}
		c.call.Number = dialledNumber(c.call.Number, number)
		if c.call.DID == "" && told && src != nil {
			c.call.DID = strings.Clone(t.event.main.exten)
		} else if c.call.DID == "" {
			c.call.DID = c.call.Number
		}
	}
}

// dialledNumber returns the number that a call goes out to. What the called channel reports replaces
// what the caller dialled, but a name of the dialplan does not: FreePBX 17 dials out from "s".
func dialledNumber(dialled, reported string) string {
	if reported == "" || isNumber(dialled) && !isNumber(reported) {
		return dialled
	}
	return strings.Clone(reported)
}

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
		t.touch(dst.call)
		dst.call.close(dst, reason)
		return
	}
	dst := t.see(&e.dest, at)
	if dst == nil || dst.closed {
		return
	}
	if !dst.dialled && src == nil && e.main.unique == "" {
		dst.originated = dst.call.first == dst
	}
	if src != nil {
		t.join(src.call, dst.call) // a pickup: the answering phone was not called
	}
	if dst.real {
		t.answered(dst, at)
	}
}

// answered notes that a phone or a trunk took the call. An originate calls the agent's own phone
// first, which is not an answer.
func (t *Tracker) answered(ch *channel, at time.Time) {
	if !ch.answered {
		ch.answered = true
		t.touch(ch.call)
	}
	if !ch.originated && ch.call.call.Answered.IsZero() {
		t.touch(ch.call)
		ch.call.answer(at)
	}
}
