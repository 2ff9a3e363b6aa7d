package desk

import (
	"context"
	"reflect"
	"slices"

	"traybell/hub/caller"
	"traybell/hub/desk/internal/lookup"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// identify sets a caller who is a colleague or withholds the number, and looks up others in the
// background. Who is a colleague depends on where the call comes from, not on the number.
func (l *loop) identify(c *call) {
	c.parsed = l.rules.Numbers.Read(c.Number)
	c.impostor = l.rules.Impostor(c.Direction, c.parsed)
	l.parties.meet(c)
	c.lookup = lookup.Lookup{}
	c.caller = protocol.Caller{Status: protocol.Looking, Category: caller.Neutral(c.parsed.Key())}
	c.blockChanged = false
	switch {
	case c.Direction == protocol.Internal:
		c.caller.Status = protocol.OwnPhone
		at := func(extension string) []staff.Agent { return l.sharing.At(extension, c.takenBy) }
		c.caller.Customers = caller.Colleagues(at, caller.Extension(c.Call), c.parsed.Local)
	case c.parsed.Kind == phone.Withheld:
		c.caller.Status = protocol.Withheld
		return
	case c.impostor:
		// Neither the colleague nor a directory entry of the extension: anyone can present it.
		c.caller.Status = protocol.Unknown
		return
	}
	c.lookup = lookup.Lookup{
		Call: c.ID, Number: c.parsed, Known: c.caller.Customers, Inside: c.Direction == protocol.Internal,
	}
	first := c.lookup
	l.background(func(ctx context.Context, d *Desk) {
		d.lookups.Look(ctx, first, func(f caller.Found) { d.later(ctx, func(l *loop) { l.identified(first, f) }) })
	})
}

// identified shows the result of a lookup, unless the call's number has changed. It reports whether
// it is new.
func (l *loop) identified(of lookup.Lookup, f caller.Found) (changed bool) {
	c := l.calls[of.Call]
	if c == nil || c.parsed != of.Number || (c.Direction == protocol.Internal) != of.Inside {
		return false
	}
	other := f.Number.E164 != c.parsed.E164 // another reading is another party
	if other {
		c.parsed, c.lookup.Number, c.blockChanged = f.Number, f.Number, false
		l.parties.meet(c)
	} else {
		f.Category = caller.Newer(c.caller.Category, f.Category)
		if len(f.Customers) == 0 {
			f.Customers = c.caller.Customers // found meanwhile, or in an earlier state of the directories
		}
	}
	now := f.Caller(of.Inside)
	if c.blockChanged {
		now.Blocked = c.caller.Blocked
	}
	if !other && reflect.DeepEqual(c.caller, now) {
		return false
	}
	c.caller = now
	l.traces.blocked(c)
	l.findOpenTickets(c)
	rulings{l}.renew(c)
	return true
}

// DirectoryChanged looks up again the callers of live calls, and those of ended calls who are
// unknown: the directories may not have been read when the call came. With numbers, only these.
func (d *Desk) DirectoryChanged(ctx context.Context, of ...phone.Number) {
	d.later(ctx, func(l *loop) {
		var again []*call
		for _, c := range l.calls {
			if len(of) > 0 && !l.reads(c, of) {
				continue
			}
			unknown := len(c.caller.Customers) == 0
			if c.lookup.Call != "" && len(c.lookup.Known) == 0 && (unknown || c.State != protocol.Ended) {
				again = append(again, c)
			}
		}
		var numbers []phone.Number // those of the oldest calls first
		of := map[phone.Number][]lookup.Lookup{}
		for _, c := range inOrder(slices.Values(again)) {
			number := c.lookup.Number
			if of[number] == nil {
				numbers = append(numbers, number)
			}
			of[number] = append(of[number], c.lookup)
		}
		l.background(func(ctx context.Context, d *Desk) {
			for _, number := range numbers {
				d.lookAgain(ctx, number, of[number])
			}
		})
	})
}

// reads reports whether the caller's number may be one of these.
func (l *loop) reads(c *call, of []phone.Number) bool {
	return slices.ContainsFunc(l.rules.Numbers.Readings(c.lookup.Number), func(n phone.Number) bool {
		return slices.ContainsFunc(of, func(one phone.Number) bool { return one.Key() == n.Key() })
	})
}

// DirectorySilent traces that directories did not answer about the caller's number.
func (d *Desk) DirectorySilent(ctx context.Context, of phone.Number, err error) {
	d.later(ctx, func(l *loop) {
		for _, c := range l.calls {
			if c.lookup.Call != "" && len(c.caller.Customers) == 0 && l.reads(c, []phone.Number{of}) {
				d.traces.Step(c.lookup.Call, trace.LookedStep(nil, 0, err))
			}
		}
	})
}

// lookAgain looks up a number again, for its calls.
func (d *Desk) lookAgain(ctx context.Context, number phone.Number, of []lookup.Lookup) {
	f, ok := d.lookups.Again(ctx, number, of[0].Call)
	if !ok {
		return
	}
	d.later(ctx, func(l *loop) {
		l.backlog.Add(len(of), func(i int) {
			if l.identified(of[i], f) {
				d.traces.Step(of[i].Call, trace.LookedStep(f.Customers, 0, nil))
			}
		})
	})
}
