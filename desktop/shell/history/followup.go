package history

import (
	"time"

	"traybell/shared/protocol"
)

// Follow sends missed.claim, missed.release or missed.done about the missed calls of a call's
// number. If the hub refuses, the list is reloaded: another agent was faster.
func (e *Earlier) Follow(action, id string) {
	c, ok := e.Call(id)
	if !ok || c.FollowUp == nil {
		return
	}
	in := protocol.FollowMissed{Number: numberOf(&c)}
	if action == protocol.MissedDone {
		in.Until = e.lastOpen(in.Number)
	}
	e.refused = map[string]string{}
	e.Hub.Request(action, in, func(_ protocol.Message, failure string) {
		if failure != "" {
			e.Log.Info("cannot follow up a missed call", "action", action, "reason", failure)
			e.refused[id] = failure
			e.Newest()
		}
		e.Changed()
	})
	e.Changed()
}

// lastOpen returns the start of the last missed call of a number in the window, so that one that the
// agent has not seen stays open.
func (e *Earlier) lastOpen(number string) (last time.Time) {
	for i := range e.calls {
		if c := &e.calls[i]; c.FollowUp != nil && numberOf(c) == number && c.Started.After(last) {
			last = c.Started
		}
	}
	return last
}

// Refused returns why the hub refused the last action about missed calls, if it was that on this
// call; a sentence.
func (e *Earlier) Refused(id string) string { return e.refused[id] }

// Followed updates the missed calls of a number.
func (e *Earlier) Followed(in protocol.MissedEvent) {
	for i := range e.calls {
		c := &e.calls[i]
		if c.FollowUp != nil && c.FollowUp.State != protocol.FollowUpDone && numberOf(c) == in.Number &&
			!c.Started.After(in.Until) {
			follow := in.FollowUp
			c.FollowUp = &follow
		}
	}
	e.Changed()
}
