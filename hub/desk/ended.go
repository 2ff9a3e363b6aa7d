package desk

import (
	"slices"
	"time"

	"traybell/hub/cdr"
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
	waiting []*call   // no longer in list, but their ticket is being made
	crowded time.Time // when it was last logged that there are too many
	results map[cdr.Outcome]uint64
}

// keep adds a call that has just ended, and forgets the oldest if there are too many.
func (e *endedCalls) keep(c *call) {
	test := c.TestFor != ""
	if c.Into == "" && !c.endCounted && !test { // it may have ended twice
		c.endCounted = true
		e.results[e.loop.recordOf(c).Outcome()]++
	}
	if u := e.loop.desk.untracked; u != nil && !test && c.Direction == protocol.Incoming && c.Into == "" &&
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
	waiting := e.waiting
	e.waiting = nil
	for _, c := range waiting {
		e.let(c)
	}
}

// newest returns the newest calls that an agent saw, at most that many.
func (e *endedCalls) newest(most int, login string) (calls []*call) {
	for _, c := range slices.Backward(e.list) {
		if len(calls) == most {
			break
		}
		if _, saw := c.seenBy[login]; saw && c.State == protocol.Ended && c.Into == "" && e.loop.calls[c.ID] == c &&
			!slices.Contains(calls, c) { // it may have ended twice
			calls = append(calls, c)
		}
	}
	return calls
}

// forgetFirst drops up to most of the oldest calls, while old reports true.
func (e *endedCalls) forgetFirst(most int, old func(*call) bool) {
	dropped := 0
	for _, c := range e.list[:most] {
		if !old(c) {
			break
		}
		dropped++
		e.let(c)
	}
	clear(e.list[:dropped])
	e.list = e.list[dropped:]
}

// let drops a call unless its ticket is being made.
func (e *endedCalls) let(c *call) {
	switch {
	case e.loop.calls[c.ID] != c: // forgotten already
	case c.State != protocol.Ended: // its PBX reported it again; its next end counts
	case c.press != nil && c.ticket == nil:
		e.waiting = append(e.waiting, c)
	default:
		e.loop.drop(c)
	}
}
