package desk

import (
	"context"

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
		list, err := opentickets.Read(ctx, d.reading, d.opts.HelpDesk, who, d.log)
		d.later(ctx, func(l *loop) {
			waiting := l.open.Found(toRead, list, err)
			if len(list.Newest) == 0 {
				return
			}
			l.each(waiting, func(c *call) {
				if l.onlyCustomer(c) == who {
					c.open = list
					rulings{l}.renew(c)
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
	who.Desk = l.rules.Templates.Desk(c.routed.Template())
	if customer := c.caller.Customers[0]; l.desk.opts.HelpDesk.Knows(who.Desk, customer.Directory) {
		who.Login = customer.Login
	}
	return who
}
