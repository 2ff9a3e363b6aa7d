package desk

import (
	"time"

	"traybell/shared/protocol"
)

const (
	endedStays = 15 * time.Minute // how long OK can be pressed after the hang-up
	// mostEnded bounds the ended calls that are kept. Each is some kilobytes, and a PBX that robots
	// call ends a hundred in a second.
	mostEnded = 10_000
)

// keepEnded keeps a call that has just ended for a while. If there are too many, those that ended
// first are forgotten.
func (l *loop) keepEnded(c *call) {
	if u := l.desk.untracked; u != nil && c.Direction == protocol.Incoming && c.Into == "" &&
		(c.routed.Line == nil || c.routed.Line.Number == "*") {
		u.Count(c.Call)
	}
	if l.ended = append(l.ended, c); len(l.ended) <= mostEnded {
		return
	}
	l.forgetFirst(len(l.ended)-mostEnded, func(*call) bool { return true })
	if now := l.now(); now.Sub(l.crowded) > endedStays {
		l.crowded = now
		l.desk.log.Warn("too many ended calls: OK can no longer be pressed on the oldest",
			"kept", mostEnded, "instead_of_for", endedStays)
	}
}

// forgetEnded drops the calls for which OK is no longer to be expected.
func (l *loop) forgetEnded() {
	now := l.now()
	l.forgetFirst(len(l.ended), func(c *call) bool { return now.Sub(c.Ended) > endedStays })
}

// forgetFirst drops up to so many of the ended calls, those that ended first, as long as they are
// old enough. One whose ticket is still being made stays.
func (l *loop) forgetFirst(most int, old func(*call) bool) {
	var waiting []*call
	dropped := 0
	for _, c := range l.ended[:most] {
		if !old(c) {
			break
		}
		dropped++
		switch {
		case l.calls[c.ID] != c: // forgotten already
		case c.State != protocol.Ended: // its PBX reports that it goes on after all; its next end counts
		case c.press != nil && c.ticket == nil:
			waiting = append(waiting, c)
		default:
			delete(l.calls, c.ID)
		}
	}
	clear(l.ended[:dropped])
	l.ended = append(l.ended[dropped:], waiting...) // behind the others, to be out of their way
}
