package desk

import (
	"context"

	"traybell/hub/desk/internal/opentickets"
	"traybell/hub/helpdesk"
)

// findOpenTickets sets the open tickets of a call's customer from the cache, or reads them in the
// background and shows the call again. It does nothing unless exactly one customer is known.
func (l *loop) findOpenTickets(c *call) {
	c.open = helpdesk.OpenTickets{}
	who := l.onlyCustomer(c)
	c.entered.Customer = who.Login
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

// findEntered looks up the ticket whose number the caller has entered, and shows the call again.
func (c *call) findEntered(l *loop) {
	if !c.entered.Enter(c.Data.Ticket()) {
		return
	}
	entered, of := c.entered, l.rules.Templates.Desk(c.routed.Template())
	l.background(func(ctx context.Context, d *Desk) {
		found := entered.Look(ctx, d.reading, d.opts.HelpDesk.Named(of), d.log)
		d.later(ctx, func(l *loop) {
			if l.calls[c.ID] == c && c.entered.Take(found) {
				l.show(c)
			}
		})
	})
}

// onlyCustomer returns the caller as a customer of the help desk of the call's tickets, if exactly one
// is known.
func (l *loop) onlyCustomer(c *call) opentickets.Customer {
	return opentickets.Only(c.caller, l.rules.Templates.Desk(c.routed.Template()), l.desk.opts.HelpDesk)
}
