package desk

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const previousTime = 10 * time.Second // for reading a party's last call

// parties are the outside parties of the calls that the loop knows.
type parties struct {
	loop     *loop
	byNumber map[string]*party // by phone.Number.Key
}

// party is an outside party with at least one known call.
type party struct {
	last  cdr.Record       // the last ended call with it; an empty CallID: none
	read  bool             // last was read from the records, or is being read
	calls map[string]*call // by ID
}

// meet sets the party of a call whose number changed, and reads the last call with it in the
// background, once for all its calls.
func (p *parties) meet(c *call) {
	if c.party != nil {
		delete(c.party.calls, c.ID)
		c.party, c.previous = nil, nil
	}
	records := p.loop.rules.Records
	if records == nil || c.Direction == protocol.Internal || c.parsed.Kind == phone.Withheld {
		return
	}
	key := c.parsed.Key()
	with := p.byNumber[key]
	if with == nil {
		with = &party{calls: map[string]*call{}}
		p.byNumber[key] = with
	}
	with.calls[c.ID], c.party = c, with
	p.setPrevious(c)
	if with.read {
		return
	}
	with.read = true
	id, started := c.ID, c.Started
	p.loop.background(func(ctx context.Context, d *Desk) {
		r, ok, err := d.readPrevious(ctx, records, key, started, id)
		d.later(ctx, func(l *loop) { l.parties.found(key, r, ok, err) })
	})
}

// readPrevious reads the last call with a party.
func (d *Desk) readPrevious(ctx context.Context, records cdr.Store, key string, before time.Time, except string,
) (r cdr.Record, ok bool, err error) {
	read, cancel := context.WithTimeout(ctx, previousTime)
	defer cancel()
	err = d.recalling.use(read, func() (err error) {
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
	with := p.byNumber[key]
	if with == nil {
		return
	}
	with.read = err == nil // otherwise the next call reads again
	if ok && with.last.CallID == "" {
		with.last = r
		p.showPrevious(with)
	}
}

// setPrevious sets the previous call of c; changed reports whether it differs.
func (p *parties) setPrevious(c *call) (changed bool) {
	r := c.party.last
	if r.CallID == "" || r.CallID == c.ID || r.Started.After(c.Started) {
		return false
	}
	previous := previousCall(r, p.loop.rules.Staff)
	if reflect.DeepEqual(c.previous, previous) {
		return false
	}
	c.previous = previous
	return true
}

func (p *parties) showPrevious(with *party) {
	for _, id := range slices.Sorted(maps.Keys(with.calls)) {
		if c := with.calls[id]; c.State != protocol.Ended && p.setPrevious(c) {
			p.loop.show(c)
		}
	}
}

// leave makes an ended call the last one with its party. It does nothing for other calls.
func (p *parties) leave(c *call) {
	if with := c.party; with != nil && c.State == protocol.Ended && c.Into == "" &&
		!c.Started.Before(with.last.Started) {
		with.last = p.loop.recordOf(c)
		p.showPrevious(with)
	}
}

// lateTicket sets the ticket of a forgotten call that is the last one with its party.
func (p *parties) lateTicket(r tickets.Request) {
	for _, with := range p.byNumber {
		if with.last.CallID == r.CallID {
			with.last.Ticket, with.last.TicketURL = r.Ticket.Number, r.Ticket.URL
			p.showPrevious(with)
		}
	}
}

// forget drops the parties without a known call.
func (p *parties) forget() {
	maps.DeleteFunc(p.byNumber, func(_ string, with *party) bool {
		maps.DeleteFunc(with.calls, func(id string, c *call) bool { return p.loop.calls[id] != c })
		return len(with.calls) == 0
	})
}

func previousCall(r cdr.Record, agents *staff.Staff) *protocol.PreviousCall {
	c := &protocol.PreviousCall{Started: r.Started, Direction: r.Direction, Missed: r.Missed, Line: r.Line}
	if !r.Answered.IsZero() {
		c.Agent = r.TalkedBy(agents.Name)
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	return c
}
