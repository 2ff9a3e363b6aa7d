// Package opentickets caches the open tickets of customers, and reads them once for all who wait.
package opentickets

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"traybell/hub/desk/internal/turns"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

const (
	readTime = 20 * time.Second // how long a read may take

	stay = time.Minute // how long an answer is used
	most = 5           // on a card
)

// Customer is a customer of a help desk.
type Customer struct {
	Desk  string // name of the help desk in hub.yml
	Login string // empty: not known
}

// Only returns the caller as a customer of a help desk, if exactly one is known.
func Only(c protocol.Caller, desk string, of helpdesk.Desks) (who Customer) {
	if c.Status != protocol.Known || len(c.Customers) != 1 {
		return who
	}
	who.Desk = desk
	if customer := c.Customers[0]; of.Knows(desk, customer.Directory) {
		who.Login = customer.Login
	}
	return who
}

// Cache keeps the open tickets of customers. W waits for them, such as a call. It belongs to one
// goroutine.
type Cache[W any] struct {
	Now        func() time.Time
	byCustomer map[Customer]*Answer[W]
}

// Answer is the help desk's answer for a customer.
type Answer[W any] struct {
	Of      Customer
	list    helpdesk.OpenTickets
	at      time.Time
	waiting []W // nil once it is there
}

// Of returns the open tickets of a customer if they are known. Otherwise w waits for them; to read
// is not nil if they are not being read yet.
func (c *Cache[W]) Of(who Customer, w W) (known helpdesk.OpenTickets, toRead *Answer[W]) {
	a := c.byCustomer[who]
	switch {
	case a != nil && a.waiting != nil:
		a.waiting = append(a.waiting, w)
		return known, nil
	case a != nil && c.Now().Sub(a.at) < stay:
		return a.list, nil
	}
	if c.byCustomer == nil {
		c.byCustomer = map[Customer]*Answer[W]{}
	}
	a = &Answer[W]{Of: who, waiting: []W{w}}
	c.byCustomer[who] = a
	return known, a
}

// Read reads the newest open tickets of a customer in one of the slots, on any goroutine. It logs an
// error.
func Read(ctx context.Context, in turns.Slots, of helpdesk.Desks, who Customer, log *slog.Logger) (
	list helpdesk.OpenTickets, err error,
) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	if err = in.Use(ctx, func() (err error) {
		list, err = of.Named(who.Desk).OpenTickets(ctx, who.Login)
		list.Newest = list.Newest[:min(len(list.Newest), most)]
		return err
	}); err != nil {
		log.Warn("cannot read open tickets", "customer", who.Login, "help_desk", who.Desk, "error", err)
	}
	return list, err
}

// Offer adds open tickets to what agents see of the caller, except those of the call itself: its ticket,
// which may be nil, and those of calls that became part of it.
func Offer(to *protocol.Caller, open helpdesk.OpenTickets, ticket *protocol.Ticket, others []protocol.Ticket) {
	to.OpenTickets, to.TicketsPage = open.Count, open.Page
	for _, t := range open.Newest {
		if ticket != nil && ticket.Number == t.Number || slices.ContainsFunc(others,
			func(other protocol.Ticket) bool { return other.Number == t.Number }) {
			to.OpenTickets--
			continue
		}
		to.Tickets = append(to.Tickets, protocol.OpenTicket{Number: t.Number, Title: t.Title, URL: t.URL})
	}
}

// Found takes what was read, and returns those who wait for it. After an error the next one who asks
// reads again.
func (c *Cache[W]) Found(a *Answer[W], list helpdesk.OpenTickets, err error) []W {
	waiting := a.waiting
	a.list, a.at, a.waiting = list, c.Now(), nil
	if err != nil && c.byCustomer[a.Of] == a {
		c.Drop(a.Of)
	}
	return waiting
}

// Drop makes the next one who asks for a customer read again.
func (c *Cache[W]) Drop(who Customer) { delete(c.byCustomer, who) }

// Forget drops the answers that are too old to be used.
func (c *Cache[W]) Forget() {
	now := c.Now()
	maps.DeleteFunc(c.byCustomer, func(_ Customer, a *Answer[W]) bool {
		return a.waiting == nil && now.Sub(a.at) >= stay
	})
}
