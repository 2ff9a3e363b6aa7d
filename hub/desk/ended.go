package desk

import (
	"time"

	"traybell/shared/protocol"
)

const (
	endedStays = 15 * time.Minute // how long OK can be pressed after the hang-up
	// mostEnded bounds the ended calls that are kept. Each takes some kilobytes, and a PBX under a
	// flood of robot calls ends a hundred per second.
	mostEnded = 10_000
)

// endedCalls are the calls that are kept for a while after their end.
type endedCalls struct {
	loop    *loop
	list    []*call   // by their ends
	crowded time.Time // when it was last logged that there are too many
}

// keep adds a call that has just ended, and forgets the oldest if there are too many.
func (e *endedCalls) keep(c *call) {
	if u := e.loop.desk.untracked; u != nil && c.Direction == protocol.Incoming && c.Into == "" &&
		(c.routed.Line == nil || c.routed.Line.Number == "*") {
		u.Count(c.Call)
	}
	if e.list = append(e.list, c); len(e.list) <= mostEnded {
		return
	}
	e.forgetFirst(len(e.list)-mostEnded, func(*call) bool { return true })
	if now := e.loop.now(); now.Sub(e.crowded) > endedStays {
		e.crowded = now
		e.loop.desk.log.Warn("too many ended calls: OK can no longer be pressed on the oldest",
			"kept", mostEnded, "instead_of_for", endedStays)
	}
}

// forget drops the calls on which OK can no longer be pressed.
func (e *endedCalls) forget() {
	now := e.loop.now()
	e.forgetFirst(len(e.list), func(c *call) bool { return now.Sub(c.Ended) > endedStays })
}

// forgetFirst drops up to most of the oldest calls, while old reports true. A call whose ticket is
// being made stays.
func (e *endedCalls) forgetFirst(most int, old func(*call) bool) {
	var waiting []*call
	dropped := 0
	for _, c := range e.list[:most] {
		if !old(c) {
			break
		}
		dropped++
		switch {
		case e.loop.calls[c.ID] != c: // forgotten already
		case c.State != protocol.Ended: // its PBX reported it again; its next end counts
		case c.press != nil && c.ticket == nil:
			waiting = append(waiting, c)
		default:
			delete(e.loop.calls, c.ID)
		}
	}
	clear(e.list[:dropped])
	e.list = append(e.list[dropped:], waiting...) // last, so that they do not block the others
}
