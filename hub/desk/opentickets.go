package desk

import (
	"context"
	"maps"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	openTicketsStay = time.Minute // how long a customer's open tickets are not read again
	openTicketsTime = 20 * time.Second
	mostOpenTickets = 5 // on a card
)

// openTickets is what the help desk said about a customer. The loop owns it.
type openTickets struct {
	list    helpdesk.OpenTickets
	at      time.Time
	waiting []*call // for the answer; nil once it is there
}

// findOpenTickets reads the open tickets of the one customer who calls, in the background. The call
// was shown already, and is shown again if there are any.
func (l *loop) findOpenTickets(c *call) {
	c.open = helpdesk.OpenTickets{}
	if c.caller.Status != protocol.Known || c.parsed.Kind == phone.Internal || len(c.caller.Customers) != 1 ||
		c.caller.Customers[0].Login == "" {
		return
	}
	login := c.caller.Customers[0].Login
	kept := l.open[login]
	switch {
	case kept != nil && kept.waiting != nil:
		kept.waiting = append(kept.waiting, c)
		return
	case kept != nil && l.now().Sub(kept.at) < openTicketsStay:
		c.open = kept.list
		return
	}
	kept = &openTickets{waiting: []*call{c}}
	l.open[login] = kept
	l.background(func(ctx context.Context, d *Desk) {
		list, err := d.readOpenTickets(ctx, login)
		if err != nil {
			d.log.Warn("cannot read open tickets", "customer", login, "error", err)
		}
		d.later(ctx, func(l *loop) { l.gotOpenTickets(login, kept, list, err) })
	})
}

func (l *loop) gotOpenTickets(login string, kept *openTickets, list helpdesk.OpenTickets, err error) {
	waiting := kept.waiting
	kept.list, kept.at, kept.waiting = list, l.now(), nil
	if err != nil && l.open[login] == kept {
		delete(l.open, login) // the next call reads again
	}
	for _, c := range waiting {
		if len(list.Newest) > 0 && len(c.caller.Customers) == 1 && c.caller.Customers[0].Login == login {
			c.open = list
			l.show(c)
		}
	}
}

func (d *Desk) readOpenTickets(ctx context.Context, login string) (helpdesk.OpenTickets, error) {
	ctx, cancel := context.WithTimeout(ctx, openTicketsTime)
	defer cancel()
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-ctx.Done():
		return helpdesk.OpenTickets{}, ctx.Err()
	}
	open, err := d.opts.HelpDesk.OpenTickets(ctx, login)
	open.Newest = open.Newest[:min(len(open.Newest), mostOpenTickets)]
	return open, err
}

// forgetOpenTickets drops what is too old to be used.
func (l *loop) forgetOpenTickets() {
	now := l.now()
	maps.DeleteFunc(l.open, func(_ string, o *openTickets) bool {
		return o.waiting == nil && now.Sub(o.at) >= openTicketsStay
	})
}

// offerTickets puts the open tickets into what agents see of the caller, except the call's own.
func (c *call) offerTickets(to *protocol.Caller) {
	to.OpenTickets, to.TicketsPage = c.open.Count, c.open.Page
	for _, t := range c.open.Newest {
		if c.ticket != nil && c.ticket.Number == t.Number {
			to.OpenTickets--
			continue
		}
		to.Tickets = append(to.Tickets, protocol.OpenTicket{Number: t.Number, Title: t.Title, URL: t.URL})
	}
}
