package calls

import (
	"slices"
	"strconv"
	"time"

	"traybell/hub/ami"
)

// Resync takes stock. rows are the answer to Status, one row a channel (other messages among them are passed over); since is what came
// between sending Status and having read its last row, in order. A channel that is not in the list has hung up, unless its Hangup is in
// since, which tells more. The rows may be newer than the first events of since: what these repeat does no harm.
//
// A call that goes on keeps its ID. One that is seen for the first time is put together from what its channels show: who rings, who talks, who called.
func (t *Tracker) Resync(rows, since []ami.Message, at time.Time) []Change {
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
	// The oldest first: it is the one that began the call.
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
	for i := range list {
		listed[list[i].main.unique] = true
		t.row(&list[i], at)
	}
	for i := range list {
		t.rowBridge(&list[i], at)
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

// row takes a channel of Status. A channel that Dial or Queue called runs the application AppDial or AppQueue, "(Outgoing Line)".
func (t *Tracker) row(e *event, at time.Time) {
	s := &e.main
	if e.dnid != "" && s.did == "" {
		s.exten = e.dnid
	}
	if t.known(s, at) != nil {
		return
	}
	ch := t.see(s, at)
	if ch == nil {
		return
	}
	c := ch.call
	if seconds, err := strconv.Atoi(e.seconds); err == nil && seconds > 0 && ch == c.first {
		c.call.Started = at.Add(-time.Duration(seconds) * time.Second)
	}
	outgoing := e.application == "AppDial" || e.application == "AppDial2" || e.application == "AppQueue" || e.data == "(Outgoing Line)"
	if ch.phase != phaseRinging && !outgoing {
		return
	}
	ch.dialled, ch.inferred = true, true
	// An originate's first leg is the oldest channel of its call. A caller who has gone would have been older.
	ch.originated = ch.real && ch.id == c.linked
	t.event = *e
	var src *channel
	if c.first != nil && c.first != ch {
		src = c.first
		ch.from = src.id
	}
	t.dials(src, ch, at)
}

// rowBridge puts a channel of Status into its bridge and draws what follows: who was called and is up has answered. Which kind of bridge it is,
// Status does not say: nobody is made part of another call for being in it.
func (t *Tracker) rowBridge(e *event, at time.Time) {
	ch := t.channels[e.main.unique]
	if ch == nil {
		return
	}
	if e.bridge == "" {
		t.leaveBridge(ch)
	} else {
		t.enterBridge(ch, t.bridge(e.bridge))
	}
	if ch.phase == phaseUp && ch.real && !ch.closed && (ch.dialled || e.bridge != "" && ch.extension != "" && e.application != "Park") {
		t.answered(ch, at)
	}
}
