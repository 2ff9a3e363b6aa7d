package desk

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/tickets"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const previousTime = 10 * time.Second // for reading a party's last call

// party is an outside party with live calls, or with calls that ended shortly before. The loop owns
// it.
type party struct {
	last  cdr.Record       // the last call with it that has ended; an empty CallID: none
	read  bool             // last was read from the records, or is being read
	calls map[string]*call // by ID
}

// meet notes which party a call is with, and reads the last call with it in the background, once
// for all its calls. It is called whenever the number changes.
func (l *loop) meet(c *call) {
	if c.party != nil {
		delete(c.party.calls, c.ID)
		c.party, c.previous = nil, nil
	}
	if l.rules.Records == nil || c.Direction == protocol.Internal || c.parsed.Kind == phone.Withheld {
		return
	}
	key := c.parsed.Key()
	p := l.parties[key]
	if p == nil {
		p = &party{calls: map[string]*call{}}
		l.parties[key] = p
	}
	p.calls[c.ID], c.party = c, p
	l.setPrevious(c)
	if !p.read {
		p.read = true
		records, id, started := l.rules.Records, c.ID, c.Started
		l.background(func(ctx context.Context, d *Desk) { d.readPrevious(ctx, records, key, started, id) })
	}
}

// readPrevious reads the last call with a party and shows the calls with it again that it precedes.
func (d *Desk) readPrevious(ctx context.Context, records cdr.Store, key string, before time.Time, except string) {
	read, cancel := context.WithTimeout(ctx, previousTime)
	defer cancel()
	var r cdr.Record
	var ok bool
	var err error
	select {
	case d.recalling <- struct{}{}:
		r, ok, err = records.PreviousRecord(read, key, before, except)
		<-d.recalling
	case <-read.Done():
		err = read.Err()
	}
	if err != nil && ctx.Err() == nil {
		d.log.Warn("cannot read previous call", "call", except, "error", err)
	}
	d.later(ctx, func(l *loop) {
		p := l.parties[key]
		if p == nil {
			return
		}
		p.read = err == nil // otherwise the next call reads again
		if ok && p.last.CallID == "" {
			p.last = r
			l.showPrevious(p)
		}
	})
}

// setPrevious gives a call the one before it; changed reports whether it had another.
func (l *loop) setPrevious(c *call) (changed bool) {
	r := c.party.last
	if r.CallID == "" || r.CallID == c.ID || r.Started.After(c.Started) {
		return false
	}
	previous := l.previousCall(r)
	if reflect.DeepEqual(c.previous, previous) {
		return false
	}
	c.previous = previous
	return true
}

func (l *loop) showPrevious(p *party) {
	for _, id := range slices.Sorted(maps.Keys(p.calls)) {
		if c := p.calls[id]; c.State != protocol.Ended && l.setPrevious(c) {
			l.show(c)
		}
	}
}

// leave makes a call that has ended the last one with its party. It is called whenever such a call
// is shown.
func (l *loop) leave(c *call) {
	if p := c.party; p != nil && c.State == protocol.Ended && c.Into == "" && !c.Started.Before(p.last.Started) {
		p.last = l.recordOf(c)
		l.showPrevious(p)
	}
}

// lateTicket notes the ticket of a call that is forgotten, if it is the last one with a party.
func (l *loop) lateTicket(r tickets.Request) {
	for _, p := range l.parties {
		if p.last.CallID == r.CallID {
			p.last.Ticket, p.last.TicketURL = r.Ticket.Number, r.Ticket.URL
			l.showPrevious(p)
		}
	}
}

func (l *loop) previousCall(r cdr.Record) *protocol.PreviousCall {
	c := &protocol.PreviousCall{Started: r.Started, Direction: r.Direction, Missed: r.Missed, Line: r.Line}
	if !r.Answered.IsZero() {
		c.Agent = r.TalkedBy(l.rules.Staff.Name)
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	return c
}

// forgetParties drops those without a call.
func (l *loop) forgetParties() {
	maps.DeleteFunc(l.parties, func(_ string, p *party) bool {
		maps.DeleteFunc(p.calls, func(id string, c *call) bool { return l.calls[id] != c })
		return len(p.calls) == 0
	})
}
