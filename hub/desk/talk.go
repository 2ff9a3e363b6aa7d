package desk

import (
	"context"

	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// noteTalk adds the talk time of an ended call to its ticket. It is called after every change of
// either.
func (p *presses) noteTalk(c *call) {
	if !p.loop.rules.TalkTime || c.noting || c.State != protocol.Ended || c.Answered.IsZero() ||
		!c.Ended.After(c.Answered) {
		return
	}
	if c.made.ID == "" && p.byCall[c.ID] == nil {
		return
	}
	c.noting = c.made.ID != ""
	talk := tickets.Talk{Call: c.ID, Ticket: c.made, Agent: c.madeBy, Time: c.Ended.Sub(c.Answered)}
	p.loop.background(func(ctx context.Context, d *Desk) { d.tickets.talks.Keep(ctx, talk) })
}
