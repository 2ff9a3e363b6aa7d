package desk

import (
	"traybell/shared/protocol"
)

// countUntracked counts a call that has ended, where it came in on no number of its own. It runs on
// the loop.
func (d *Desk) countUntracked(l *live) {
	if d.tally == nil || l.call.Direction != protocol.Incoming || l.call.Into != "" || l.line != nil &&
		l.line.Number != "*" {
		return
	}
	d.tally.Count(l.call)
}
