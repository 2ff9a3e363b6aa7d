package desk

import (
	"context"
	"slices"

	"traybell/hub/desk/internal/opentickets"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// findOpenTickets sets the open tickets of a call's customer from the cache, or reads them in the
// background and shows the call again. It does nothing unless exactly one customer is known.
func (l *loop) findOpenTickets(c *call) {
	c.open = helpdesk.OpenTickets{}
	who := l.onlyCustomer(c)
	if who.Login == "" {
		return
	}
	known, toRead := l.open.Of(who, c)
	c.open = known
	if toRead == nil {
		return
	}
	l.background(func(ctx context.Context, d *Desk) {
		var list helpdesk.OpenTickets
		read, cancel := context.WithTimeout(ctx, opentickets.ReadTime)
		defer cancel()
		err := d.reading.Use(read, func() (err error) {
			list, err = opentickets.Read(read, d.opts.HelpDesk, who)
			return err
		})
		if err != nil {
			d.log.Warn("cannot read open tickets", "customer", who.Login, "help_desk", who.Desk, "error", err)
		}
		d.later(ctx, func(l *loop) {
			waiting := l.open.Found(toRead, list, err)
			if len(list.Newest) == 0 {
				return
			}
			l.each(waiting, func(c *call) {
				if l.onlyCustomer(c) == who {
					c.open = list
					l.show(c)
				}
			})
		})
	})
}

// onlyCustomer returns the caller as a customer of the help desk of the call's tickets, if exactly one
// is known.
func (l *loop) onlyCustomer(c *call) (who opentickets.Customer) {
	if c.caller.Status != protocol.Known || len(c.caller.Customers) != 1 {
		return who
	}
	template := ""
	if c.routed.Line != nil {
		template = c.routed.Line.Template
	}
	who.Desk = l.rules.Templates.Desk(template)
	if customer := c.caller.Customers[0]; l.desk.opts.HelpDesk.Knows(who.Desk, customer.Directory) {
		who.Login = customer.Login
	}
	return who
}

// offerTickets adds the open tickets to what agents see of the caller, except the call's ticket.
func (c *call) offerTickets(to *protocol.Caller) {
	to.OpenTickets, to.TicketsPage = c.open.Count, c.open.Page
	for _, t := range c.open.Newest {
		if c.ticket != nil && c.ticket.Number == t.Number || slices.ContainsFunc(c.others,
			func(other protocol.Ticket) bool { return other.Number == t.Number }) {
			to.OpenTickets--
			continue
		}
		to.Tickets = append(to.Tickets, protocol.OpenTicket{Number: t.Number, Title: t.Title, URL: t.URL})
	}
}
