package desk

import (
	"context"

	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// noteTalk adds the talk time of an ended call to its ticket, if it is known. It is called after
// every change of either.
func (p *presses) noteTalk(c *call) {
	if !p.loop.rules.TalkTime || c.noting || c.State != protocol.Ended || c.Answered.IsZero() ||
		c.AnswerUnseen || c.EndUnseen || !c.Ended.After(c.Answered) {
		return
	}
	of := c.requested()
	if c.made.ID == "" && p.byCall[of] == nil {
		return
	}
	if into := p.holder(c.ID); into != nil && into != c && into.requested() == of {
		return // its end counts
	}
	c.noting = c.made.ID != ""
	talk := tickets.Talk{Call: of, Ticket: c.made, Agent: c.madeBy, Time: c.Ended.Sub(c.Answered)}
	p.loop.background(func(ctx context.Context, d *Desk) { d.talks.Keep(ctx, talk) })
}
