package desk

import (
	"context"
	"maps"
	"reflect"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/desk/internal/party"
	"traybell/hub/tickets"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const previousTime = 10 * time.Second // for reading a party's last call

// parties are the other parties of the calls that the loop knows.
type parties struct {
	loop *loop
	book party.Book[*call]
}

// meet sets the party of a call whose number changed, and reads the last call with it in the
// background, once for all its calls.
func (p *parties) meet(c *call) {
	p.part(c)
	c.previous = nil
	key := c.parsed.Key()
	if c.parsed.Kind == phone.Withheld || key == "" || c.TestFor != "" {
		return
	}
	c.party = p.book.Join(key, c.ID, c)
	records := p.loop.rules.Records
	if records == nil || c.Direction == protocol.Internal {
		return
	}
	c.recalls = true
	p.follow(c)
	p.setPrevious(c)
	if c.party.Reading {
		return
	}
	c.party.Reading = true
	id, started := c.ID, c.Started
	p.loop.background(func(ctx context.Context, d *Desk) {
		r, ok, err := d.readPrevious(ctx, records, key, started, id)
		d.later(ctx, func(l *loop) { l.parties.found(key, r, ok, err) })
	})
}

// part removes a call from its party.
func (p *parties) part(c *call) {
	if c.party != nil {
		c.party.Part(c.ID)
		c.party, c.recalls = nil, false
	}
}

// follow notes whether a call is live. It is called after every change of that.
func (p *parties) follow(c *call) {
	if c.recalls {
		c.party.Follow(c.ID, c.State != protocol.Ended)
	}
}

// with returns the known calls of a party, oldest first. key is phone.Number.Key.
func (p *parties) with(key string) []*call { return inOrder(maps.Values(p.book.Of(key).Calls())) }

// readPrevious reads the last call with a party.
func (d *Desk) readPrevious(ctx context.Context, records cdr.Store, key string, before time.Time, except string,
) (r cdr.Record, ok bool, err error) {
	read, cancel := context.WithTimeout(ctx, previousTime)
	defer cancel()
	err = d.recalling.Use(read, func() (err error) {
		r, ok, err = records.PreviousRecord(read, key, before, except)
		return err
	})
	if err != nil && ctx.Err() == nil {
		d.log.Warn("cannot read previous call", "call", except, "error", err)
	}
	return r, ok, err
}

// found takes the record that was read, unless a call ended meanwhile.
func (p *parties) found(key string, r cdr.Record, ok bool, err error) {
	with := p.book.Of(key)
	if with == nil {
		return
	}
	with.Reading = err == nil // otherwise the next call reads again
	if ok && !with.Remembers() {
		with.Remember(r)
		p.loop.each(inOrder(maps.Values(with.Live())), p.showPrevious)
	}
}

// setPrevious sets the previous call of c; changed reports whether it differs.
func (p *parties) setPrevious(c *call) (changed bool) {
	r, ok := c.party.Recalled(c.Started)
	if !ok || r.CallID == c.ID {
		return false
	}
	previous := r.Previous(p.loop.rules.Staff.Name)
	if reflect.DeepEqual(c.previous, previous) {
		return false
	}
	c.previous = previous
	return true
}

// showPrevious shows a call whose previous one differs.
func (p *parties) showPrevious(c *call) {
	if c.recalls && c.State != protocol.Ended && p.setPrevious(c) {
		p.loop.show(c)
	}
}

// showLast shows the last call with a party on its live calls, if they are few.
func (p *parties) showLast(calls map[string]*call) {
	for _, c := range inOrder(maps.Values(calls)) {
		p.showPrevious(c)
	}
}

// leave makes an ended call the last one with its party; r is its record. It does nothing for
// other calls.
func (p *parties) leave(c *call, r cdr.Record) {
	if c.recalls && c.State == protocol.Ended && c.Into == "" && c.party.Precedes(c.Started) {
		c.party.Remember(r)
		p.showLast(c.party.Told())
	}
}

// lateTicket sets the ticket of a forgotten call that is the last one with its party.
func (p *parties) lateTicket(r tickets.Request) {
	if with := p.book.Last(r.CallID); with != nil {
		with.Ticket(r.Ticket.Number, r.Ticket.URL)
		p.showLast(with.Told())
	}
}
