package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// talk is a call's talk time on its way into the ticket.
type talk struct {
	call   string
	ticket helpdesk.Ticket
	agent  staff.Agent
	time   time.Duration
}

// noteTalk puts the talk time into the ticket of a call that has ended. It is called after every
// change of either.
func (l *loop) noteTalk(c *call) {
	if !l.rules.TalkTime || c.noting || c.State != protocol.Ended || c.Answered.IsZero() || !c.Ended.After(c.Answered) {
		return
	}
	if c.made.ID == "" && l.presses[c.ID] == nil {
		return
	}
	c.noting = c.made.ID != ""
	t := talk{c.ID, c.made, c.madeBy, c.Ended.Sub(c.Answered)}
	l.background(func(ctx context.Context, d *Desk) {
		if err := d.opts.Tickets.KeepTalk(ctx, t.call, t.time); err != nil {
			d.log.Error("cannot save talk time", "call", t.call, "error", err)
		}
		if t.ticket.ID != "" {
			d.addTalk(ctx, t, true)
		}
	})
}

// noteKeptTalk puts the talk time of a forgotten call into its ticket.
func (d *Desk) noteKeptTalk(ctx context.Context, callID string) {
	r, ok, err := d.opts.Tickets.TicketOf(ctx, callID)
	if err != nil {
		d.log.Error("cannot read talk time", "call", callID, "error", err)
	}
	if ok && r.Talk > 0 && !r.Noted {
		by := staff.Agent{Login: r.Agent, Name: d.Staff().Name(r.Agent)}
		d.addTalk(ctx, talk{callID, r.Ticket, by, r.Talk}, true)
	}
}

// addTalk adds a talk time to a ticket, however long the help desk is away. What it refuses is
// logged and dropped.
func (d *Desk) addTalk(ctx context.Context, t talk, fresh bool) {
	t.time = max(t.time.Round(time.Second), time.Second)
	note := helpdesk.Note{
		Ticket: t.ticket, Key: t.call + " talk", Agent: t.agent, Talk: t.time,
		Subject: "Call ended", Body: fmt.Sprintf("The call lasted %s.", minutes(t.time)),
	}
	if who := cmp.Or(t.agent.Name, t.agent.Login); who != "" {
		note.Body += "\nTaken by: " + who
	}
	err := d.opts.Jobs.Run(ctx, &jobs.Task{
		Name: "talk time of " + t.call, Fresh: fresh, Claim: d.opts.Jobs.NewClaim(),
		Find: func(ctx context.Context) (bool, error) { return d.opts.HelpDesk.Noted(ctx, note) },
		Do:   func(ctx context.Context) error { return d.opts.HelpDesk.Append(ctx, note) },
		Keep: func(ctx context.Context, _ jobs.Progress, claim jobs.Claim, _ error) error {
			return d.opts.Tickets.ClaimTalk(ctx, t.call, claim)
		},
	})
	switch {
	case errors.Is(err, jobs.ErrStopped), errors.Is(err, jobs.ErrTaken):
		return
	case err != nil:
		d.log.Warn("talk time refused", "call", t.call, "ticket", t.ticket.Number, "error", err)
	default:
		d.log.Info("talk time added", "call", t.call, "ticket", t.ticket.Number, "talk", t.time)
	}
	if err := keep(ctx, func(ctx context.Context) error { return d.opts.Tickets.EndTalk(ctx, t.call) }); err != nil {
		d.log.Error("cannot save that a talk time was added", "call", t.call, "error", err)
	}
}

// minutes writes a duration for people: "3 min 20 s".
func minutes(d time.Duration) string {
	switch m, s := int(d/time.Minute), int(d%time.Minute/time.Second); {
	case m == 0:
		return fmt.Sprint(s, " s")
	case s == 0:
		return fmt.Sprint(m, " min")
	default:
		return fmt.Sprint(m, " min ", s, " s")
	}
}
