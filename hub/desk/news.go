package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// news is the end of a ticket that came later than its agent waited.
type news struct {
	call string
	m    protocol.Message
	sent time.Time // zero: never
}

// newsStays is how long news are sent again to a desktop that signs in: the connection may have
// been cut as they were sent first. A desktop shows them once.
const newsStays = 25 * time.Second

// addNews sends an agent what came of a press, now or when the agent signs in.
func (l *loop) addNews(login string, r tickets.Request) {
	m, err := protocol.New(protocol.Notification, protocol.TicketCreated, l.desk.created(r, true))
	if r.State == tickets.Failed {
		name := protocol.TicketCreate
		if r.Draft.Into != nil {
			name = protocol.TicketAppend
		}
		m, err = protocol.New(protocol.Error, name, protocol.Failure{
			Code: protocol.HelpDeskFailed, Text: r.Error, Caller: callerWords(r.Draft),
		})
		if login == r.Agent {
			m.Re = r.ActionID
		}
	}
	if err != nil {
		l.desk.log.Error("cannot encode message", "error", err)
		return
	}
	n := &news{call: r.CallID, m: m}
	l.news[login] = append(l.news[login], n)
	if l.terminals.Online(login) > 0 {
		l.deliver(login, n)
	}
}

// deliver sends news, and has it kept that they were sent.
func (l *loop) deliver(login string, n *news) {
	l.terminals.Send([]string{login}, n.m)
	if !n.sent.IsZero() {
		return
	}
	n.sent = l.now()
	l.background(func(ctx context.Context, d *Desk) {
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
		defer cancel()
		if err := d.opts.Tickets.TicketTold(keep, n.call); err != nil {
			d.log.Error("cannot save that an agent got a ticket's number", "call", n.call, "error", err)
		}
	})
}

// sendNews sends an agent who signs in what came of presses meanwhile.
func (l *loop) sendNews(login string) {
	l.forgetNews()
	for _, n := range l.news[login] {
		l.deliver(login, n)
	}
}

func (l *loop) forgetNews() {
	now := l.now()
	for login, list := range l.news {
		l.news[login] = slices.DeleteFunc(list, func(n *news) bool {
			return !n.sent.IsZero() && now.Sub(n.sent) > newsStays
		})
	}
	maps.DeleteFunc(l.news, func(_ string, list []*news) bool { return len(list) == 0 })
}

// resume goes on with what an earlier hub left: presses whose tickets are not made, agents who do
// not know of theirs, talk times that are not noted.
func (l *loop) resume() {
	d, store := l.desk, l.desk.opts.Tickets
	read, cancel := context.WithTimeout(l.ctx, 6*keepTime)
	defer cancel()
	pending, err := store.ClaimTickets(read, d.opts.Jobs.NewClaim())
	if err != nil {
		d.log.Error("cannot read pending ticket requests: they wait for the next start", "error", err)
	}
	for _, r := range pending {
		if r.Draft.CallID == "" {
			d.log.Warn("pending ticket request has no text: press again", "call", r.CallID, "agent", r.Agent)
			continue
		}
		p := newPress()
		p.late = []string{r.Agent}
		close(p.kept)
		p.delay(r.Error)
		l.presses[r.CallID] = p
		l.background(func(ctx context.Context, d *Desk) { d.finishTicket(ctx, p, r, false) })
	}
	owed, err := store.OwedTickets(read)
	if err != nil {
		d.log.Error("cannot read which agents wait for ticket numbers", "error", err)
	}
	for _, r := range owed {
		l.addNews(r.Agent, r)
	}
	if l.rules.TalkTime {
		talks, err := store.ClaimTalks(read, d.opts.Jobs.NewClaim())
		if err != nil {
			d.log.Error("cannot read talk times", "error", err)
		}
		for _, r := range talks {
			by := staff.Agent{Login: r.Agent, Name: l.rules.Staff.Name(r.Agent)}
			l.background(func(ctx context.Context, d *Desk) {
				d.addTalk(ctx, talk{r.CallID, r.Ticket, by, r.Talk}, false)
			})
		}
	}
	if n := len(pending) + len(owed); n > 0 {
		d.log.Info("resumed ticket requests", "pending", len(pending), "to_report", len(owed))
	}
}
