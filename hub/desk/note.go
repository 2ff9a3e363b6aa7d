package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	openTicketsStay = time.Minute // how long a customer's open tickets are not asked for again
	openTicketsTime = 20 * time.Second
	mostOpenTickets = 5
)

// ticketFacts are what the desk knows of a call's ticket and of those that it could be added to.
type ticketFacts struct {
	open        helpdesk.OpenTickets // the customer's
	ticketID    helpdesk.Ticket
	ticketAgent staff.Agent
	noting      bool // the talk time is on its way into the ticket, or there
}

// openTickets is what the help desk said of a customer. The loop owns it; waiting is who wants to
// know, nil once it is answered.
type openTickets struct {
	list    helpdesk.OpenTickets
	at      time.Time
	waiting []*live
}

// askOpenTickets finds the open tickets of the one customer who calls, beside the loop. The call
// was shown already and is shown again when there are any.
func (d *Desk) askOpenTickets(l *live) {
	l.open = helpdesk.OpenTickets{}
	if l.caller.Status != protocol.Known || l.number.Kind == phone.Internal || len(l.caller.Customers) != 1 ||
		l.caller.Customers[0].Login == "" {
		return
	}
	login := l.caller.Customers[0].Login
	kept := d.open[login]
	switch {
	case kept != nil && kept.waiting != nil:
		kept.waiting = append(kept.waiting, l)
		return
	case kept != nil && d.Now().Sub(kept.at) < openTicketsStay:
		l.open = kept.list
		return
	}
	kept = &openTickets{waiting: []*live{l}}
	d.open[login] = kept
	d.work.Go(func() {
		list, err := d.findOpenTickets(d.run, login)
		if err != nil {
			d.Log.Warn("the customer's open tickets could not be read", "customer", login, "error", err)
		}
		_ = d.do(d.run, func() { // a stopping hub has nobody to tell
			waiting := kept.waiting
			kept.list, kept.at, kept.waiting = list, d.Now(), nil
			if err != nil && d.open[login] == kept {
				delete(d.open, login) // the next call asks again
			}
			for _, l := range waiting {
				if len(list.Newest) > 0 && len(l.caller.Customers) == 1 && l.caller.Customers[0].Login == login {
					l.open = list
					d.show(l)
				}
			}
		})
	})
}

func (d *Desk) findOpenTickets(ctx context.Context, login string) (helpdesk.OpenTickets, error) {
	ctx, cancel := context.WithTimeout(ctx, openTicketsTime)
	defer cancel()
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-ctx.Done():
		return helpdesk.OpenTickets{}, ctx.Err()
	}
	open, err := d.HelpDesk.OpenTickets(ctx, login)
	open.Newest = open.Newest[:min(len(open.Newest), mostOpenTickets)]
	return open, err
}

// forgetOpenTickets drops what is too old to be used.
func (d *Desk) forgetOpenTickets() {
	now := d.Now()
	for login, kept := range d.open {
		if kept.waiting == nil && now.Sub(kept.at) >= openTicketsStay {
			delete(d.open, login)
		}
	}
}

// offer puts the open tickets into what agents see of the caller, without the call's own.
func (l *live) offer(c *protocol.Caller) {
	c.OpenTickets, c.TicketsPage = l.open.Count, l.open.Page
	for _, t := range l.open.Newest {
		if l.ticket != nil && l.ticket.Number == t.Number {
			c.OpenTickets--
			continue
		}
		c.Tickets = append(c.Tickets, protocol.OpenTicket{Number: t.Number, Title: t.Title, URL: t.URL})
	}
}

// appendTicket adds the call to one of the customer's open tickets. It is a press like that for a
// new one: a call has one ticket.
func (d *Desk) appendTicket(ctx context.Context, a staff.Agent, actionID string,

	in protocol.AppendTicket,
) (protocol.Message, *protocol.Failure) {
	return d.press(ctx, a, actionID, in.Call, func(l *live) (helpdesk.Draft, *protocol.Failure) {
		i := slices.IndexFunc(l.open.Newest, func(t helpdesk.OpenTicket) bool { return t.Number == in.Ticket })
		if i < 0 {
			return helpdesk.Draft{}, fail(protocol.NotFound, "%q is none of this customer's open tickets.", in.Ticket)
		}
		draft, failure := d.draft(l, a, "", "")
		into := l.open.Newest[i].Ticket
		draft.Into = &into
		return draft, failure
	})
}

// noteOf is the draft as a note to the ticket that it goes into.
func noteOf(draft helpdesk.Draft) helpdesk.Note {
	return helpdesk.Note{Ticket: *draft.Into, Key: draft.CallID, Subject: draft.Title, Body: draft.Body, Agent: draft.Agent}
}

// noteTalk puts the talk time into the ticket of a call that has ended. It runs on the loop, after
// every change of either.
func (d *Desk) noteTalk(l *live) {
	talk := l.talk()
	if !d.TalkTime || talk <= 0 || l.noting {
		return
	}
	ticket := l.ticketID
	if ticket.ID == "" && d.presses[l.call.ID] == nil {
		return
	}
	l.noting = ticket.ID != ""
	id, agent := l.call.ID, l.ticketAgent
	d.work.Go(func() {
		if err := d.Talks.KeepTalk(d.run, id, talk); err != nil {
			d.Log.Error("a call's talk time could not be kept", "call", id, "error", err)
		}
		if ticket.ID != "" {
			d.pursueTalk(id, ticket, agent, talk, true)
		}
	})
}

// noteKeptTalk puts the talk time of a call that is forgotten into the ticket that was made at
// last.
func (d *Desk) noteKeptTalk(callID string) {
	r, ok, err := d.Store.TicketOf(d.run, callID)
	if err != nil {
		d.Log.Error("a call's talk time could not be read", "call", callID, "error", err)
	}
	if ok && r.Talk > 0 && !r.Noted {
		d.pursueTalk(callID, r.Ticket, staff.Agent{Login: r.Agent, Name: d.nameOf(r.Agent)}, r.Talk, true)
	}
}

// talk is how long was talked on a call that has ended.
func (l *live) talk() time.Duration {
	if l.call.State != protocol.Ended || l.call.Answered.IsZero() {
		return 0
	}
	return l.call.Ended.Sub(l.call.Answered)
}

// pursueTalk notes a talk time, however long the help desk is away. What it refuses is logged and
// given up.
func (d *Desk) pursueTalk(callID string, ticket helpdesk.Ticket, agent staff.Agent, talk time.Duration, fresh bool) {
	talk = max(talk.Round(time.Second), time.Second)
	note := helpdesk.Note{
		Ticket: ticket, Key: callID + " talk", Agent: agent, Talk: talk,
		Subject: "Call ended", Body: fmt.Sprintf("The call lasted %s.%s", minutes(talk), takenBy(agent)),
	}
	_, err := d.pursue(d.run, &errand{
		what: "talk time of " + callID, fresh: fresh,
		find: func(ctx context.Context) (helpdesk.Ticket, bool, error) {
			ok, err := d.HelpDesk.Noted(ctx, note)
			return ticket, ok, err
		},
		make: func(ctx context.Context) (helpdesk.Ticket, error) { return ticket, d.HelpDesk.Append(ctx, note) },
		// the time is kept, and whether it is noted can be seen
		keep: func(context.Context, *errand, time.Time, error) error { return nil },
	})
	if errors.Is(err, ErrStopped) {
		return
	}
	if err != nil {
		d.Log.Warn("the help desk does not take a talk time", "call", callID, "ticket", ticket.Number, "error", err)
	} else {
		d.Log.Info("the talk time is in the ticket", "call", callID, "ticket", ticket.Number, "talk", talk)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.run), keepTime)
	defer cancel()
	if err := d.Talks.EndTalk(ctx, callID); err != nil {
		d.Log.Error("that a talk time was noted could not be kept", "call", callID, "error", err)
	}
}

func takenBy(a staff.Agent) string {
	if who := cmp.Or(a.Name, a.Login); who != "" {
		return "\nTaken by: " + who
	}
	return ""
}

// minutes writes a duration for people: "3 min 20 s".
func minutes(d time.Duration) string {
	var parts []string
	if m := int(d / time.Minute); m > 0 {
		parts = append(parts, fmt.Sprint(m, " min"))
	}
	if s := int(d % time.Minute / time.Second); s > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprint(s, " s"))
	}
	return strings.Join(parts, " ")
}
