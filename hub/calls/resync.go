package calls

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/endpoint"
)

// Resync applies a snapshot. rows are the answer to Status, one per channel (other messages are
// ignored); since are the events from the request to at least the last row, oldest first, which are
// applied next. A channel that is not in the list has hung up, unless its Hangup is in since, which
// says more. Rows may be newer than the first events of since, which then repeat what is known.
//
// A live call keeps its ID. A new one is derived from its channels: who rings, who talks, who
// called. What is concluded without an event is marked as not seen.
func (t *Tracker) Resync(rows, since []wire.Message, at time.Time) []Change {
	told := reportedBy(since)
	wasLate, lateSince := t.unseen, t.since
	t.unseen, t.since = true, t.heard
	list := make([]event, 0, len(rows))
	for _, m := range rows {
		if m.Event() != evStatus {
			continue
		}
		var e event
		e.read(m, t.Data.fields())
		if e.main.unique != "" {
			list = append(list, e)
		}
	}
	// The channel that began a call first, then the oldest.
	slices.SortStableFunc(list, func(a, b event) int {
		beganA, beganB := a.main.unique == a.main.linked, b.main.unique == b.main.linked
		switch {
		case beganA != beganB && beganA, beganA == beganB && older(a.main.unique, b.main.unique):
			return -1
		case beganA != beganB, older(b.main.unique, a.main.unique):
			return 1
		}
		return 0
	})
	listed := make(map[string]bool, len(list))
	known := make([]bool, len(list))
	for i := range list {
		listed[list[i].main.unique] = true
		id := list[i].main.unique
		before := t.channels[id]
		seenUp := told.up[id] || before != nil && before.phase == phaseUp
		known[i] = t.row(&list[i], at)
		t.Data.came(&list[i].main)
		told.met[id] = told.met[id] && seenUp // otherwise it may have been in another bridge before
		if ch := t.channels[id]; ch != nil && !seenUp {
			ch.cameUp(&list[i])
			t.dirty.add(ch.call)
		}
	}
	for i := range list {
		if !known[i] {
			t.rowDial(&list[i], at)
		}
	}
	for i := range list {
		t.rowBridge(&list[i])
		if ch := t.channels[list[i].main.unique]; ch != nil && !known[i] {
			ch.call.found = true
		}
	}
	for i := range list {
		t.unseen = !told.met[list[i].main.unique]
		t.rowMet(&list[i], known[i], at)
	}
	t.unseen = true
	var lost []*channel
	for id, ch := range t.channels {
		if listed[id] {
			continue
		}
		if _, hungUp := told.hungUp[id]; hungUp {
			ch.left(told, t.broken)
		} else {
			lost = append(lost, ch)
		}
	}
	for _, ch := range lost {
		t.lose(ch)
	}
	out := t.flush(at)
	t.heard, t.unseen, t.since, t.broken = at, wasLate, lateSince, false
	return out
}

// row applies a channel of Status, and reports whether it was known. A Local channel that began its
// call comes from an originate, whatever it runs now, and so does a phone that called no number.
func (t *Tracker) row(e *event, at time.Time) (known bool) {
	s := &e.main
	if e.dnid != "" && s.did == "" {
		s.exten = e.dnid
	}
	if t.known(s) != nil {
		return true
	}
	ch := t.see(s, at)
	if ch == nil {
		return false
	}
	if seconds, err := strconv.Atoi(e.seconds); err == nil && seconds > 0 && ch == ch.call.first {
		ch.call.call.Started = at.Add(-time.Duration(seconds) * time.Second)
	}
	if e.application == "Dial" {
		ch.dials, _, _ = strings.Cut(strings.Clone(e.data), ",")
	}
	ch.dialled = ch.phase == phaseRinging || e.data == "(Outgoing Line)" || // of Dial and Queue
		ch.id == ch.linked && !ch.outside() && (strings.HasSuffix(ch.name, ";1") || ch.phase == phaseUp && e.dnid == "")
	ch.inferred = ch.dialled
	if !ch.dialled {
		t.weigh(ch, endpoint.Facts{Calls: true, Context: s.context, DID: s.did})
		if e.application != "" && e.application != "Dial" { // see dials
			t.weigh(ch, endpoint.Facts{Created: true, Calls: true, Number: s.number})
		}
	}
	return false
}

// cameUp doubts that a caller who has come up unseen, and for whom Dial calls now, still waits for the
// first answer: the one who answered may have transferred the call. An answer of the dialplan looks
// the same, except in a queue.
func (ch *channel) cameUp(e *event) {
	if ch.phase != phaseUp || ch.dialled || ch != ch.call.first || e.bridge != "" ||
		e.application != "Dial" || !ch.call.call.Answered.IsZero() {
		return
	}
	ch.call.perhaps, ch.call.call.AnswerUnseen = true, true
}

// rowDial concludes from which channel a new one of Status is called.
func (t *Tracker) rowDial(e *event, at time.Time) {
	ch := t.channels[e.main.unique]
	if ch == nil || !ch.dialled {
		return
	}
	c := ch.call
	for _, other := range c.channels {
		address := other.dialsTo(ch.endpoint)
		if strings.ContainsAny(address, "/@") && !strings.Contains(address, "/sip") { // a number through a trunk
			t.weigh(ch, endpoint.Facts{Dial: address, Number: e.main.number})
		}
	}
	t.Mobiles.reaches(ch, c.memberFor(ch))
	ch.originated = c.beganByOriginate(ch)
	t.event = *e
	var src *channel
	if !ch.originated && c.first != nil && c.first != ch {
		src = c.first
		ch.from = src.id
	}
	t.dials(src, ch, at)
}

// rowBridge puts a channel of Status into its bridge. Status does not show the kind of bridge, so
// its members are not merged into one call.
func (t *Tracker) rowBridge(e *event) {
	ch := t.channels[e.main.unique]
	if ch == nil {
		return
	}
	if e.bridge == "" {
		t.bridges.leave(ch)
	} else {
		t.bridges.enter(ch, t.bridges.get(e.bridge))
	}
}

// rowMet concludes that the parties in a bridge talk, that a caller who is alone there was answered
// before (parked, not first in a conference), and that the agent took a call that an originate
// placed for her.
func (t *Tracker) rowMet(e *event, known bool, at time.Time) {
	ch := t.channels[e.main.unique]
	if ch == nil || !ch.real || ch.closed {
		return
	}
	if ch.originated && ch.phase == phaseUp && !ch.answered && (!known || ch.bridge != nil) {
		ch.answered = true
		t.dirty.add(ch.call)
	}
	if ch.bridge == nil {
		return
	}
	t.connect(ch.bridge, at)
	alone := e.application != "ConfBridge" && !slices.ContainsFunc(ch.bridge.members, func(m *channel) bool {
		return !m.real
	})
	if !known && !ch.originated && alone {
		t.answer(ch, at)
	}
}
