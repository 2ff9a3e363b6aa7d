package desk

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"traybell/hub/cdr"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	previousTime   = 10 * time.Second // how long the records are asked for a party's last call
	previousAtOnce = 4
)

// party is an outside party with whom calls are going on, or were a short while ago. The loop owns
// it.
type party struct {
	last  cdr.Record       // the last call with it that has ended; none has an empty CallID
	asked bool             // last was read from the records, or is just being
	calls map[string]*live // by Call.ID
}

// meet notes with whom a call is, and asks for the last call with the same party beside the loop,
// once for all calls with it. It runs on the loop, whenever the number changes.
func (d *Desk) meet(l *live) {
	if l.party != nil {
		delete(l.party.calls, l.call.ID)
		l.party, l.previous = nil, nil
	}
	if d.Records == nil || l.call.Direction == protocol.Internal || l.number.Kind == phone.Withheld {
		return
	}
	key := l.number.Key()
	p := d.parties[key]
	if p == nil {
		p = &party{calls: map[string]*live{}}
		d.parties[key] = p
	}
	p.calls[l.call.ID], l.party = l, p
	if d.follow(l, p); !p.asked {
		p.asked = true
		id, started := l.call.ID, l.call.Started
		d.work.Go(func() { d.askPrevious(p, key, started, id) })
	}
}

// askPrevious reads the last call with a party and shows the calls with it again that it precedes.
func (d *Desk) askPrevious(p *party, key string, before time.Time, not string) {
	ctx, cancel := context.WithTimeout(d.run, previousTime)
	defer cancel()
	r, found, err := d.readPrevious(ctx, key, before, not)
	if err != nil {
		if d.run.Err() == nil {
			d.Log.Warn("the last call with the same party could not be read", "call", not, "error", err)
		}
	}
	_ = d.do(d.run, func() { // a stopping hub has nobody to tell
		p.asked = err == nil // otherwise the next call asks again
		if found && p.last.CallID == "" {
			p.last = r
			d.followAll(p)
		}
	})
}

func (d *Desk) readPrevious(ctx context.Context, key string, before time.Time, not string) (cdr.Record, bool, error) {
	select {
	case d.recalling <- struct{}{}:
		defer func() { <-d.recalling }()
	case <-ctx.Done():
		return cdr.Record{}, false, ctx.Err()
	}
	return d.Records.PreviousRecord(ctx, key, before, not)
}

// follow gives a call the one before it; changed tells whether it had another.
func (d *Desk) follow(l *live, p *party) (changed bool) {
	r := p.last
	if r.CallID == "" || r.CallID == l.call.ID || r.Started.After(l.call.Started) {
		return false
	}
	previous := d.previousCall(r)
	if reflect.DeepEqual(l.previous, previous) {
		return false
	}
	l.previous = previous
	return true
}

func (d *Desk) followAll(p *party) {
	for _, id := range slices.Sorted(maps.Keys(p.calls)) {
		if l := p.calls[id]; l.call.State != protocol.Ended && d.follow(l, p) {
			d.show(l)
		}
	}
}

// leave makes a call that has ended the last one with its party, or what has become of it since. It
// runs on the loop, whenever such a call is shown.
func (d *Desk) leave(l *live) {
	if p := l.party; p != nil && l.call.State == protocol.Ended && l.call.Into == "" &&
		!l.call.Started.Before(p.last.Started) {
		p.last = d.recordOf(l)
		d.followAll(p)
	}
}

// lateTicket notes the ticket of a call that is forgotten, where it is the last one with a party.
func (d *Desk) lateTicket(r TicketRequest) {
	for _, p := range d.parties {
		if p.last.CallID == r.CallID {
			p.last.Ticket, p.last.TicketURL = r.Ticket.Number, r.Ticket.URL
			d.followAll(p)
		}
	}
}

func (d *Desk) previousCall(r cdr.Record) *protocol.PreviousCall {
	c := &protocol.PreviousCall{Started: r.Started, Direction: r.Direction, Missed: r.Missed, Line: r.Line}
	if !r.Answered.IsZero() {
		c.Agent = d.whoTalked(r)
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	return c
}

// forgetParties drops those with whom no call is known any more.
func (d *Desk) forgetParties() {
	for key, p := range d.parties {
		maps.DeleteFunc(p.calls, func(id string, l *live) bool { return d.calls[id] != l })
		if len(p.calls) == 0 {
			delete(d.parties, key)
		}
	}
}
