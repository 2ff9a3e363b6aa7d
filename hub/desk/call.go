package desk

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"traybell/hub/calls"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// live is a call that the desk knows, until some time after its end. The loop owns it.
type live struct {
	call    calls.Call
	epoch   uint64
	counted int    // agents told, as they were counted
	left    uint64 // the epoch in which its PBX was followed no more; 0: it is
	seq     uint64
	number  phone.Number
	line    *tracking.Line // nil for calls that came in on no tracked number
	caller  protocol.Caller
	acted   bool // an agent blocked or unblocked the number while it called: what is read meanwhile is older
	legs    []protocol.Leg
	links   Links
	ticket  *protocol.Ticket
	press   *press             // while the help desk is being asked, and the made one
	chosen  *protocol.Customer // whom the agent chose, where several fit
	ticketFacts
	traced   traced // what its trace says
	party    *party // nil: none, or no CDR is kept
	previous *protocol.PreviousCall
	told     map[string]struct{}
	took     map[string]string // by shared extension, the login of who took the call there
	why      string            // the state and the reason that were logged last
}

func (d *Desk) change(ctx context.Context, c calls.Change) {
	began := d.Now()
	l, known := d.calls[c.Call.ID]
	if known && (c.Epoch < l.epoch || c.Epoch == l.epoch && c.Seq <= l.seq) {
		return
	}
	if !known {
		if c.Call.State == protocol.Ended {
			return // nobody was told of it: it ended while the hub was away, or ended as it began
		}
		l = &live{told: map[string]struct{}{}, links: d.Links}
		d.calls[c.Call.ID] = l
	}
	before := l.call
	l.call, l.epoch, l.seq = c.Call, c.Epoch, c.Seq
	d.settle(l)
	l.legs = d.named(l)
	l.line = d.lineOf(c.Call)
	d.noteEnd(l, before)

	if !known || before.Number != c.Call.Number {
		d.identify(ctx, l)
	}
	for _, login := range d.concerned(l) {
		l.told[login] = struct{}{}
	}
	d.show(l)
	d.trace(l, began)
	if !known {
		d.recall(l)
	}
	d.noteTalk(l)
}

// show sends the call as it is now to all whom it concerns or concerned, and has it recorded.
func (d *Desk) show(l *live) {
	d.countTold(l)
	d.record(l)
	d.tell(slices.Sorted(maps.Keys(l.told)), protocol.Event, protocol.CallEvent, l.seen())
	d.leave(l)
}

// seen is the call as agents see it.
func (l *live) seen() protocol.Call {
	c := protocol.Call{
		ID: l.call.ID, Direction: l.call.Direction, State: l.call.State,
		Number: l.number.Shown, Display: l.number.Display, E164: l.number.E164, Name: l.call.Name, DID: l.call.DID,
		Caller: l.caller, Legs: l.legs,
		Started: l.call.Started, Answered: l.call.Answered, Ended: l.call.Ended, Cause: l.call.Cause,
		Missed: l.call.Missed,
		Ticket: l.ticket, Previous: l.previous,
	}
	if l.number.Kind == phone.Withheld {
		c.Number, c.Display = "", ""
	}
	l.offer(&c.Caller)
	if l.line != nil {
		c.Line = protocol.Line{Name: l.line.Name, Comment: l.line.Comment}
	}
	c.Links = l.links.For(c)
	return c
}

// named gives the legs the names of the agents who are at them.
func (d *Desk) named(l *live) []protocol.Leg {
	named := make([]protocol.Leg, len(l.call.Legs))
	for i, leg := range l.call.Legs {
		var names []string
		for _, a := range d.at(l, leg.Extension) {
			names = append(names, a.Name)
		}
		named[i] = protocol.Leg{
			Extension: leg.Extension, Agent: strings.Join(names, ", "), Login: l.took[leg.Extension],
			State: leg.State, Calling: leg.Calling,
		}
	}
	return named
}

// identify finds out who calls: at once where the number itself says it, otherwise beside the loop.
func (d *Desk) identify(ctx context.Context, l *live) {
	l.number = d.Numbers.Read(l.call.Number)
	d.meet(l)
	l.caller, l.acted = protocol.Caller{Status: protocol.Looking, Category: neutral(l.number)}, false
	switch l.number.Kind {
	case phone.Withheld:
		l.caller.Status = protocol.Withheld
		return
	case phone.Internal:
		l.caller.Status = protocol.OwnPhone
		for _, a := range d.at(l, l.number.Local) {
			l.caller.Customers = append(l.caller.Customers, protocol.Customer{
				Login: a.Login, Name: a.Name, Phone: l.number.Local,
			})
		}
	}
	id, number, known := l.call.ID, l.number, l.caller.Customers
	d.work.Go(func() { d.look(ctx, l, id, number, known) })
}

// look asks the directory, unless the customers are known already, and the store, and hands the
// answer to the loop. A slow directory is told once as unknown and corrected when it answers after
// all.
func (d *Desk) look(ctx context.Context, l *live, id string, number phone.Number, known []protocol.Customer) {
	type answer struct {
		customers []protocol.Customer
		category  protocol.Category
		blocked   *protocol.Block
	}
	found := make(chan answer, 1)
	asked := d.Now()
	d.work.Go(func() {
		customers := known
		if len(known) == 0 {
			var err error
			if customers, err = d.Directory.Find(ctx, number); err != nil && ctx.Err() == nil {
				d.Log.Warn("the caller could not be looked up", "call", id, "error", err)
			}
			d.traceLooked(id, customers, d.Now().Sub(asked), err)
		}
		category, err := d.Store.Category(ctx, number.Key())
		if err != nil {
			if ctx.Err() == nil { // otherwise the hub stops
				d.Log.Warn("the number's category could not be read", "call", id, "error", err)
			}
			category = neutral(number)
		}
		found <- answer{customers, category, d.blockOf(ctx, number.Key())}
	})
	settle := func(a answer) {
		_ = d.do(ctx, func() { // only a stopping hub refuses, and then nobody is there to be told
			if l.number == number {
				now := callerOf(number, a.customers, newer(l.caller.Category, a.category))
				if now.Blocked = a.blocked; l.acted {
					now.Blocked = l.caller.Blocked
				}
				if !reflect.DeepEqual(l.caller, now) {
					l.caller = now
					d.askOpenTickets(l)
					d.show(l)
				}
			}
		})
	}
	late := time.NewTimer(lookupTime)
	defer late.Stop()
	select {
	case a := <-found:
		settle(a)
		return
	case <-ctx.Done():
		return
	case <-late.C:
		settle(answer{known, neutral(number), nil})
		d.note(id, trace.Step{What: trace.Late, After: lookupTime})
	}
	select {
	case a := <-found:
		settle(a)
	case <-ctx.Done():
	}
}

func callerOf(number phone.Number, customers []protocol.Customer, category protocol.Category) protocol.Caller {
	c := protocol.Caller{Customers: customers, Category: category}
	switch {
	case number.Kind == phone.Internal:
		c.Status = protocol.OwnPhone
	case len(customers) == 0:
		c.Status = protocol.Unknown
	case len(customers) == 1 && !customers[0].Maybe:
		c.Status = protocol.Known
	default:
		c.Status = protocol.Several
	}
	return c
}

// inOrder returns all calls, oldest first.
func (d *Desk) inOrder() []*live {
	return slices.SortedFunc(maps.Values(d.calls), func(a, b *live) int {
		return cmp.Or(a.call.Started.Compare(b.call.Started), cmp.Compare(a.call.ID, b.call.ID))
	})
}
