package desk

import (
	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// endedMost is how many calls are kept after their end. Each is some kilobytes, and a PBX that is
// dialled through by robots ends a hundred in a second.
const endedMost = 10_000

// noteEnd puts a call that has just ended among those that are kept for a while. Those who ended
// first go first where there are too many. It runs on the loop.
func (d *Desk) noteEnd(l *live, before calls.Call) {
	if l.call.State != protocol.Ended || before.State == protocol.Ended {
		return
	}
	d.countUntracked(l)
	if d.ended = append(d.ended, l); len(d.ended) <= endedMost {
		return
	}
	d.forgetFirst(len(d.ended)-endedMost, func(*live) bool { return true })
	if now := d.Now(); now.Sub(d.crowded) > endedStays {
		d.crowded = now
		d.Log.Warn("calls end faster than they can be kept for their tickets: the oldest can no longer be pressed OK on",
			"kept", endedMost, "instead of for", endedStays)
	}
}

// forgetEnded drops the calls for which OK is no longer to be expected. It runs on the loop.
func (d *Desk) forgetEnded() {
	now := d.Now()
	d.forgetFirst(len(d.ended), func(l *live) bool { return now.Sub(l.call.Ended) > endedStays })
}

// forgetFirst drops up to so many of the ended calls, those that ended first, as long as they are
// old enough. One whose ticket is still being made stays.
func (d *Desk) forgetFirst(most int, old func(*live) bool) {
	var waiting []*live
	dropped := 0
	for _, l := range d.ended[:most] {
		if !old(l) {
			break
		}
		dropped++
		switch {
		case d.calls[l.call.ID] != l: // it is gone already
		case l.call.State != protocol.Ended: // its PBX says that it goes on after all; its next end counts
		case l.press != nil && l.ticket == nil:
			waiting = append(waiting, l)
		default:
			delete(d.calls, l.call.ID)
		}
	}
	clear(d.ended[:dropped])
	d.ended = append(d.ended[dropped:], waiting...) // behind the others, or they would be in the way of these
}
