// Package party knows the other parties of the calls at the desk, and the last ended call with each.
package party

import (
	"maps"
	"time"

	"traybell/hub/cdr"
)

// mostFollowed is how many live calls of a party are sent the end of another one. A person has
// no more; a trunk or a robot, whose previous call says nothing, would cost a message for each
// pair of its calls.
const mostFollowed = 2

// Book has the parties with at least one call. The zero value has none. It is for one goroutine.
type Book[C any] struct {
	byNumber map[string]*Party[C] // by phone.Number.Key
	byLast   map[string]*Party[C] // by the call in last
}

// Party is another party with at least one call.
type Party[C any] struct {
	Reading bool // its last call was read from the records, or is being read

	of    *Book[C]
	key   string
	calls map[string]C // by ID
	last  cdr.Record   // the last ended call with it; an empty CallID: none
	live  map[string]C // those of calls that are live and have a previous call
}

// Join adds a call to the party with that phone.Number.Key.
func (b *Book[C]) Join(key, id string, c C) *Party[C] {
	with := b.byNumber[key]
	if with == nil {
		with = &Party[C]{of: b, key: key, calls: map[string]C{}, live: map[string]C{}}
		if b.byNumber == nil {
			b.byNumber, b.byLast = map[string]*Party[C]{}, map[string]*Party[C]{}
		}
		b.byNumber[key] = with
	}
	with.calls[id] = c
	return with
}

// Len returns the number of parties.
func (b *Book[C]) Len() int { return len(b.byNumber) }

// Of returns the party with that phone.Number.Key, nil if there is none.
func (b *Book[C]) Of(key string) *Party[C] { return b.byNumber[key] }

// Last returns the party whose last call it is, nil if there is none.
func (b *Book[C]) Last(call string) *Party[C] { return b.byLast[call] }

// Calls returns the calls of the party by ID. A nil party has none.
func (p *Party[C]) Calls() map[string]C {
	if p == nil {
		return nil
	}
	return p.calls
}

// Part removes a call. The party is dropped with its last call.
func (p *Party[C]) Part(id string) {
	delete(p.calls, id)
	delete(p.live, id)
	if len(p.calls) > 0 {
		return
	}
	delete(p.of.byNumber, p.key)
	p.forgetLast()
}

func (p *Party[C]) forgetLast() {
	if p.of.byLast[p.last.CallID] == p {
		delete(p.of.byLast, p.last.CallID)
	}
}

// Follow notes whether a call with a previous one is live.
func (p *Party[C]) Follow(id string, live bool) {
	if live {
		p.live[id] = p.calls[id]
	} else {
		delete(p.live, id)
	}
}

// Live returns the followed calls that are live.
func (p *Party[C]) Live() map[string]C { return maps.Clone(p.live) }

// Told returns the live calls that are sent a change of the last call: none if there are many.
func (p *Party[C]) Told() map[string]C {
	if len(p.live) > mostFollowed {
		return nil
	}
	return p.Live()
}

// Remember sets the last call with the party.
func (p *Party[C]) Remember(r cdr.Record) {
	p.forgetLast()
	p.last = r
	p.of.byLast[r.CallID] = p
}

// Ticket sets the ticket of the last call.
func (p *Party[C]) Ticket(number, url string) { p.last.Ticket, p.last.TicketURL = number, url }

// Recalled returns the last call. ok is false if there is none, or it began after that time.
func (p *Party[C]) Recalled(before time.Time) (r cdr.Record, ok bool) {
	return p.last, p.Remembers() && !p.last.Started.After(before)
}

// Remembers reports whether there is a last call.
func (p *Party[C]) Remembers() bool { return p.last.CallID != "" }

// Precedes reports whether the last call began before that time.
func (p *Party[C]) Precedes(began time.Time) bool { return !began.Before(p.last.Started) }
