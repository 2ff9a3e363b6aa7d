package calls

import (
	"slices"
	"strconv"
	"time"

	"traybell/hub/ami/wire"
)

// Resync applies a snapshot. rows are the answer to Status, one per channel (other messages are
// ignored); since are the events from the request to at least the last row, oldest first. A channel
// that is not in the list has hung up, unless its Hangup is in since, which says more. Rows may be
// newer than the first events of since, which then repeat what is known.
//
// A live call keeps its ID. A new one is derived from its channels: who rings, who talks, who
// called.
func (t *Tracker) Resync(rows, since []wire.Message, at time.Time) []Change {
	list := make([]event, 0, len(rows))
	for _, m := range rows {
		if m.Event() != evStatus {
			continue
		}
		var e event
		e.read(m)
		if e.main.unique != "" {
			list = append(list, e)
		}
	}
	// The oldest first: it began the call.
	slices.SortStableFunc(list, func(a, b event) int {
		switch {
		case older(a.main.unique, b.main.unique):
			return -1
		case older(b.main.unique, a.main.unique):
			return 1
		}
		return 0
	})
	listed := make(map[string]bool, len(list))
	known := make([]bool, len(list))
	for i := range list {
		listed[list[i].main.unique] = true
		known[i] = t.row(&list[i], at)
	}
	for i := range list {
		t.rowBridge(&list[i], known[i], at)
	}
	for i := range list {
		t.rowMet(&list[i], known[i], at)
	}
	for _, m := range since {
		if m.Event() == evHangup {
			listed[m.Get("Uniqueid")] = true
		}
	}
	var lost []*channel
	for id, ch := range t.channels {
		if !listed[id] {
			lost = append(lost, ch)
		}
	}
	for _, ch := range lost {
		t.hangup(ch, 0)
	}
	out := t.flush(at)
	for _, m := range since {
		out = append(out, t.Apply(m, at)...)
	}
	return out
}

// row applies a channel of Status, and reports whether it was known. A channel called by Dial or
// Queue runs the application AppDial or AppQueue, "(Outgoing Line)".
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
	c := ch.call
	if seconds, err := strconv.Atoi(e.seconds); err == nil && seconds > 0 && ch == c.first {
		c.call.Started = at.Add(-time.Duration(seconds) * time.Second)
	}
	outgoing := e.application == "AppDial" || e.application == "AppDial2" || e.application == "AppQueue" ||
		e.data == "(Outgoing Line)"
	if ch.phase != phaseRinging && !outgoing {
		return false
	}
	ch.dialled, ch.inferred = true, true
	// The oldest channel of a call is normally its caller. If it was called itself, it comes from
	// an originate, directly or as the Local channel through which this one is called. A caller who
	// has hung up would have been older.
	oldest := c.channels[0]
	ch.originated = oldest.id == c.linked && (oldest == ch || oldest.originated && c.first == ch)
	t.event = *e
	var src *channel
	if c.first != nil && c.first != ch {
		src = c.first
		ch.from = src.id
	}
	t.dials(src, ch, at)
	return false
}

// rowBridge puts a channel of Status into its bridge. Status does not show the kind of bridge, so
// its members are not merged into one call. A called channel that is up has answered. The exception
// is a known ringing phone that is in no bridge yet: its DialEnd will follow, and of two phones
// that answer at once, one is cancelled.
func (t *Tracker) rowBridge(e *event, known bool, at time.Time) {
	ch := t.channels[e.main.unique]
	if ch == nil {
		return
	}
	if e.bridge == "" {
		t.leaveBridge(ch)
	} else {
		t.enterBridge(ch, t.bridge(e.bridge))
	}
	if ch.phase != phaseUp || !ch.real || ch.closed {
		return
	}
	if ch.dialled && !known || e.bridge != "" && (ch.dialled || ch.extension != "") && e.application != "Park" {
		t.answered(ch, at)
	}
}

// rowMet concludes that a caller in a bridge was answered, even if alone there: parked. Not with a
// Local channel, whose other half may be waiting in a queue.
func (t *Tracker) rowMet(e *event, known bool, at time.Time) {
	ch := t.channels[e.main.unique]
	if ch == nil || known || ch.bridge == nil || !ch.real || ch.originated {
		return
	}
	if people := ch.bridge.people(); people > 1 || people == len(ch.bridge.members) {
		t.answered(ch, at)
	}
}
