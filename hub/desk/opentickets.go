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
	openTicketsStay = time.Minute // how long a customer's open tickets are cached
	openTicketsTime = 20 * time.Second
	mostOpenTickets = 5 // on a card
)

// openTickets caches the open tickets of customers.
type openTickets struct {
	loop       *loop
	byCustomer map[string]*customerTickets // by login
}

// customerTickets is the help desk's answer for a customer.
type customerTickets struct {
	list    helpdesk.OpenTickets
	at      time.Time
	waiting []*call // for the answer; nil once it is there
}

// find sets the open tickets of a call's customer from the cache, or reads them in the background
// and shows the call again. It does nothing unless exactly one customer is known.
func (o *openTickets) find(c *call) {
	c.open = helpdesk.OpenTickets{}
	if c.caller.Status != protocol.Known || c.parsed.Kind == phone.Internal || len(c.caller.Customers) != 1 ||
		c.caller.Customers[0].Login == "" {
		return
	}
	login := c.caller.Customers[0].Login
	kept := o.byCustomer[login]
	switch {
	case kept != nil && kept.waiting != nil:
		kept.waiting = append(kept.waiting, c)
		return
	case kept != nil && o.loop.now().Sub(kept.at) < openTicketsStay:
		c.open = kept.list
		return
	}
	kept = &customerTickets{waiting: []*call{c}}
	o.byCustomer[login] = kept
	o.loop.background(func(ctx context.Context, d *Desk) {
		list, err := d.readOpenTickets(ctx, login)
		if err != nil {
			d.log.Warn("cannot read open tickets", "customer", login, "error", err)
		}
		d.later(ctx, func(l *loop) { l.open.found(login, kept, list, err) })
	})
}

func (d *Desk) readOpenTickets(ctx context.Context, login string) (list helpdesk.OpenTickets, err error) {
	ctx, cancel := context.WithTimeout(ctx, openTicketsTime)
	defer cancel()
	err = d.reading.use(ctx, func() (err error) {
		list, err = d.opts.HelpDesk.OpenTickets(ctx, login)
		return err
	})
	list.Newest = list.Newest[:min(len(list.Newest), mostOpenTickets)]
	return list, err
}

func (o *openTickets) found(login string, kept *customerTickets, list helpdesk.OpenTickets, err error) {
	waiting := kept.waiting
	kept.list, kept.at, kept.waiting = list, o.loop.now(), nil
	if err != nil && o.byCustomer[login] == kept {
		o.drop(login) // the next call reads again
	}
	for _, c := range waiting {
		if len(list.Newest) > 0 && len(c.caller.Customers) == 1 && c.caller.Customers[0].Login == login {
			c.open = list
			o.loop.show(c)
		}
	}
}

// drop makes the next call of the customer read again.
func (o *openTickets) drop(login string) { delete(o.byCustomer, login) }

// forget drops the answers that are too old to be used.
func (o *openTickets) forget() {
	now := o.loop.now()
	maps.DeleteFunc(o.byCustomer, func(_ string, kept *customerTickets) bool {
		return kept.waiting == nil && now.Sub(kept.at) >= openTicketsStay
	})
}

// offerTickets adds the open tickets to what agents see of the caller, except the call's ticket.
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
