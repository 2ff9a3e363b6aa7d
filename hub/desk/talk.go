package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// talk is a talk time that is added to a ticket.
type talk struct {
	call   string
	ticket helpdesk.Ticket
	agent  staff.Agent
	time   time.Duration
}

func talkOf(r tickets.Request, agents *staff.Staff) talk {
	return talk{r.CallID, r.Ticket, staff.Agent{Login: r.Agent, Name: agents.Name(r.Agent)}, r.Talk}
}

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
	t := talk{c.ID, c.made, c.madeBy, c.Ended.Sub(c.Answered)}
	p.loop.background(func(ctx context.Context, d *Desk) {
		err := d.opts.Tickets.KeepTalk(ctx, t.call, t.time)
		if err != nil {
			d.log.Error("cannot save talk time", "call", t.call, "error", err)
		}
		if t.ticket.ID != "" && (err != nil || d.tickets.claimTalk(ctx, t.call)) {
			d.tickets.addTalk(ctx, t, time.Time{})
		}
	})
}

// addSavedTalk adds the talk time of a forgotten call to its ticket.
func (t *ticketing) addSavedTalk(ctx context.Context, callID string) {
	r, ok, err := t.store.TicketOf(ctx, callID)
	if err != nil {
		t.log.Error("cannot read talk time", "call", callID, "error", err)
	}
	if ok && r.Talk > 0 && !r.Noted && t.claimTalk(ctx, callID) {
		t.addTalk(ctx, talkOf(r, t.desk.Staff()), time.Time{})
	}
}

// resumeTalk adds a claimed talk time, unless that is in progress or done.
func (t *ticketing) resumeTalk(ctx context.Context, r tickets.Request) {
	now, ok, err := t.store.TicketOf(ctx, r.CallID)
	if err == nil && ok && !now.Noted {
		t.addTalk(ctx, talkOf(now, t.desk.Staff()), r.At)
	}
}

// claimTalk claims a talk time before it is added; false: another hub adds it, or has.
func (t *ticketing) claimTalk(ctx context.Context, callID string) bool {
	err := t.store.ClaimTalk(ctx, callID, t.jobs.NewClaim())
	if err != nil && !errors.Is(err, jobs.ErrTaken) {
		t.log.Error("cannot claim talk time", "call", callID, "error", err)
	}
	return !errors.Is(err, jobs.ErrTaken)
}

// addTalk adds a talk time to a ticket, however long the help desk is away. A refused one is logged
// and dropped. uncertain is when an earlier hub may have added it; zero: none did.
func (t *ticketing) addTalk(ctx context.Context, add talk, uncertain time.Time) {
	if !t.talking.begin(add.call) {
		return
	}
	defer t.talking.end(add.call)
	add.time = max(add.time.Round(time.Second), time.Second)
	note := helpdesk.Note{
		Ticket: add.ticket, Key: add.call + " talk", Agent: add.agent, Talk: add.time,
		Subject: "Call ended", Body: fmt.Sprintf("The call lasted %s.", minutes(add.time)),
	}
	if who := cmp.Or(add.agent.Name, add.agent.Login); who != "" {
		note.Body += "\nTaken by: " + who
	}
	err := t.jobs.Run(ctx, &jobs.Task{
		Name: "talk time of " + add.call, Fresh: uncertain.IsZero(), Claim: t.jobs.NewClaim(),
		Progress: jobs.Progress{UncertainSince: uncertain},
		Find:     func(ctx context.Context) (bool, error) { return t.helpDesk.Noted(ctx, note) },
		Do:       func(ctx context.Context) error { return t.helpDesk.Append(ctx, note) },
		Keep: func(ctx context.Context, _ jobs.Progress, claim jobs.Claim, _ error) error {
			return t.store.ClaimTalk(ctx, add.call, claim)
		},
	})
	switch {
	case errors.Is(err, jobs.ErrStopped), errors.Is(err, jobs.ErrTaken):
		return
	case err != nil:
		t.log.Warn("talk time refused", "call", add.call, "ticket", add.ticket.Number, "error", err)
	default:
		t.log.Info("talk time added", "call", add.call, "ticket", add.ticket.Number, "talk", add.time)
	}
	if err := keep(ctx, func(ctx context.Context) error { return t.store.EndTalk(ctx, add.call) }); err != nil {
		t.log.Error("cannot save that a talk time was added", "call", add.call, "error", err)
	}
}

// inProgress is the set of calls whose talk time is being added. Any goroutine may use it.
type inProgress struct {
	mu    sync.Mutex
	calls map[string]bool
}

// begin adds a call; false: it is there already.
func (p *inProgress) begin(callID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[callID] {
		return false
	}
	if p.calls == nil {
		p.calls = map[string]bool{}
	}
	p.calls[callID] = true
	return true
}

func (p *inProgress) end(callID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, callID)
}

// minutes formats a duration: "3 min 20 s".
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
