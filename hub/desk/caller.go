package desk

import (
	"context"
	"reflect"
	"time"

	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// identify sets the caller of a withheld or internal number, and looks up others in the background.
func (l *loop) identify(c *call) {
	c.parsed = l.rules.Numbers.Read(c.Number)
	l.parties.meet(c)
	c.caller, c.blockChanged = protocol.Caller{Status: protocol.Looking, Category: neutral(c.parsed)}, false
	switch c.parsed.Kind {
	case phone.Withheld:
		c.caller.Status = protocol.Withheld
		return
	case phone.Internal:
		c.caller.Status = protocol.OwnPhone
		for _, a := range l.at(c, c.parsed.Local) {
			c.caller.Customers = append(c.caller.Customers, protocol.Customer{
				Login: a.Login, Name: a.Name, Phone: c.parsed.Local,
			})
		}
	}
	lookup := lookup{call: c.ID, number: c.parsed, known: c.caller.Customers}
	l.background(func(ctx context.Context, d *Desk) { d.look(ctx, lookup) })
}

type lookup struct {
	call   string
	number phone.Number
	known  []protocol.Customer // colleagues: no directory is asked
}

type found struct {
	customers []protocol.Customer
	category  protocol.Category
	blocked   *protocol.Block
}

// look asks the directory and the store. If that takes too long, the caller is shown as unknown
// until they answer.
func (d *Desk) look(ctx context.Context, lookup lookup) {
	answer := make(chan found, 1)
	d.work.Go(func() { answer <- d.find(ctx, lookup) })
	late := time.NewTimer(lookupTime)
	defer late.Stop()
	for {
		select {
		case f := <-answer:
			d.later(ctx, func(l *loop) { l.identified(lookup, f) })
			return
		case <-ctx.Done():
			return
		case <-late.C:
			meanwhile := found{customers: lookup.known, category: neutral(lookup.number)}
			d.later(ctx, func(l *loop) { l.identified(lookup, meanwhile) })
			d.traces.step(lookup.call, trace.Step{What: trace.Late, After: lookupTime})
		}
	}
}

func (d *Desk) find(ctx context.Context, lookup lookup) found {
	f := found{customers: lookup.known}
	var err error
	if began := d.now(); len(f.customers) == 0 {
		f.customers, err = d.opts.Directory.Find(ctx, lookup.number)
		if err != nil && ctx.Err() == nil {
			d.log.Warn("cannot look up caller", "call", lookup.call, "error", err)
		}
		d.traces.lookup(lookup.call, f.customers, d.now().Sub(began), err)
	}
	if f.category, err = d.opts.Categories.Category(ctx, lookup.number.Key()); err != nil {
		if ctx.Err() == nil {
			d.log.Warn("cannot read category", "call", lookup.call, "error", err)
		}
		f.category = neutral(lookup.number)
	}
	if d.opts.Blocks != nil {
		f.blocked = d.opts.Blocks.Of(ctx, lookup.number.Key())
	}
	return f
}

// identified shows the result of a lookup, unless the call's number has changed.
func (l *loop) identified(lookup lookup, f found) {
	c := l.calls[lookup.call]
	if c == nil || c.parsed != lookup.number {
		return
	}
	now := callerOf(c.parsed, f.customers, newer(c.caller.Category, f.category))
	if now.Blocked = f.blocked; c.blockChanged {
		now.Blocked = c.caller.Blocked
	}
	if reflect.DeepEqual(c.caller, now) {
		return
	}
	c.caller = now
	l.open.find(c)
	l.show(c)
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
