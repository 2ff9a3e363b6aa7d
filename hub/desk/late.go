package desk

import (
	"context"
	"slices"
	"time"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Presence is what Terminals may tell beside: how many desktops of an agent are signed in.
type Presence interface {
	Online(login string) int
}

// news is what an agent is to be told of a ticket that ended later than the agent waited.
type news struct {
	call string
	m    protocol.Message
	sent time.Time // zero: never
}

// newsStays is how long it is told again to a desktop that signs in: the wire may have been cut as
// it was told first. A desktop that heard it shows it once.
const newsStays = 25 * time.Second

// tellLate tells an agent what came of a press, now or when the agent signs in. It runs on the
// loop.
func (d *Desk) tellLate(login string, r TicketRequest) {
	m, err := protocol.New(protocol.Notification, protocol.TicketCreated, d.created(r, true))
	if r.State == TicketFailed {
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
		d.Log.Error("a message could not be encoded", "error", err)
		return
	}
	n := &news{call: r.CallID, m: m}
	d.news[login] = append(d.news[login], n)
	if p, ok := d.terminals.(Presence); !ok || p.Online(login) > 0 {
		d.deliver(login, n)
	}
}

// deliver sends news and has it noted that they were told.
func (d *Desk) deliver(login string, n *news) {
	d.terminals.Send([]string{login}, n.m)
	if !n.sent.IsZero() {
		return
	}
	n.sent = d.Now()
	d.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.run), keepTime)
		defer cancel()
		if err := d.Queue.TicketTold(ctx, n.call); err != nil {
			d.Log.Error("that an agent was told of a ticket could not be kept", "call", n.call, "error", err)
		}
	})
}

// tellNews tells an agent who signs in what came of presses meanwhile.
func (d *Desk) tellNews(login string) {
	d.forgetNews()
	for _, n := range d.news[login] {
		d.deliver(login, n)
	}
}

func (d *Desk) forgetNews() {
	now := d.Now()
	for login, list := range d.news {
		list = slices.DeleteFunc(list, func(n *news) bool { return !n.sent.IsZero() && now.Sub(n.sent) > newsStays })
		if d.news[login] = list; len(list) == 0 {
			delete(d.news, login)
		}
	}
}

// resume goes on with what an earlier hub left: presses whose tickets are not made, agents who are
// not told, talk times that are not noted.
func (d *Desk) resume() {
	ctx, cancel := context.WithTimeout(d.run, 6*keepTime)
	defer cancel()
	pending, err := d.Queue.PendingTickets(ctx)
	if err != nil {
		d.Log.Error("the presses of before the start cannot be read; they are made when the hub is started again",
			"error", err)
	}
	for _, r := range pending {
		if r.Draft.CallID == "" {
			d.Log.Warn("a press of before the start cannot be finished: its text was not kept; it may be pressed again",
				"call", r.CallID, "agent", r.Agent)
			continue
		}
		p := newPress()
		p.late = []string{r.Agent}
		close(p.kept)
		p.wait(r.Error)
		d.presses[r.CallID] = p
		d.work.Go(func() {
			if wait := r.Next.Sub(d.Now()); wait > 0 && !d.rest(d.run, min(wait, d.pace.Longest)) {
				return
			}
			d.finishTicket(p, r, false)
		})
	}
	owed, err := d.Queue.OwedTickets(ctx)
	if err != nil {
		d.Log.Error("of which tickets agents are to be told cannot be read", "error", err)
	}
	for _, r := range owed {
		d.tellLate(r.Agent, r)
	}
	talks, err := d.Talks.OpenTalks(ctx)
	if err != nil {
		d.Log.Error("the talk times that are not noted cannot be read", "error", err)
	}
	for _, r := range talks {
		if d.TalkTime {
			d.work.Go(func() {
				d.pursueTalk(r.CallID, r.Ticket, staff.Agent{Login: r.Agent, Name: d.nameOf(r.Agent)}, r.Talk, false)
			})
		}
	}
	if n := len(pending) + len(owed); n > 0 {
		d.Log.Info("presses of before the start", "pending", len(pending), "to be told", len(owed))
	}
}

// recall finds out whether a call that is new to this hub has its ticket already.
func (d *Desk) recall(l *live) {
	id := l.call.ID
	d.work.Go(func() {
		r, ok, err := d.Store.TicketOf(d.run, id)
		if err != nil {
			d.Log.Warn("whether the call has a ticket could not be read", "call", id, "error", err)
		}
		if !ok || r.State != TicketMade {
			return
		}
		_ = d.do(d.run, func() {
			if l.ticket == nil {
				l.noting = r.Noted
				d.ticketIs(l, r)
			}
		})
	})
}
