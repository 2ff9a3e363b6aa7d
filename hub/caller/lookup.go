package caller

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Directory finds customers by number.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
	// Known is Find for a number that does not call now: no server is asked for it.
	Known(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// Categories reads the category of a number, a phone.Number.Key.
type Categories interface {
	// Category returns the neutral category for a number without one.
	Category(ctx context.Context, number string) (protocol.Category, error)
}

// Blocks looks up blocked numbers.
type Blocks interface {
	// Of returns nil for a number that is not blocked.
	Of(ctx context.Context, number string) *protocol.Block
}

// Lookup reads what is known about numbers.
type Lookup struct {
	Directory  Directory
	Categories Categories
	Blocks     Blocks // nil: callers cannot be blocked
	Log        *slog.Logger
}

// Found is what is known about a number.
type Found struct {
	Number    phone.Number // the reading that was used
	Customers []protocol.Customer
	Category  protocol.Category
	Blocked   *protocol.Block
}

// Nothing is what is known about a number that has no category and is not blocked.
func Nothing(number phone.Number, customers []protocol.Customer) Found {
	return Found{Number: number, Customers: customers, Category: Neutral(number.Key())}
}

// Caller returns what agents see of the caller. inside: a phone of the company calls.
func (f Found) Caller(inside bool) protocol.Caller {
	c := protocol.Caller{
		Status: Status(f.Customers), Customers: f.Customers, Category: f.Category, Blocked: f.Blocked,
	}
	if inside {
		c.Status = protocol.OwnPhone
	}
	return c
}

// Status is that of a caller outside whose number these customers have.
func Status(customers []protocol.Customer) protocol.CallerStatus {
	switch {
	case len(customers) == 0:
		return protocol.Unknown
	case len(customers) == 1 && !customers[0].Maybe:
		return protocol.Known
	}
	return protocol.Several
}

// Neutral is the category of a number without one. number is phone.Number.Key.
func Neutral(number string) protocol.Category {
	return protocol.Category{Number: number, Color: protocol.Neutral}
}

// Customers returns the reading that a customer has, or all of them if there is none. Readings are
// in order, most plausible first; a customer who only may have a reading counts least.
func (l Lookup) Customers(ctx context.Context, readings []phone.Number,
) (with []phone.Number, customers []protocol.Customer, err error) {
	with = readings
	for i, number := range readings {
		var found []protocol.Customer
		if found, err = l.Directory.Find(ctx, number); len(found) == 0 {
			continue
		}
		if !found[0].Maybe {
			return readings[i : i+1], found, nil
		}
		if len(customers) == 0 {
			with, customers = readings[i:i+1], found
		}
	}
	return with, customers, err
}

// Today returns the customers who have the number of an earlier call today, for the agent to choose
// one. A guess is not among them: it is for the agent who talks with the caller. It logs an error.
// call is the call's ID.
func (l Lookup) Today(ctx context.Context, call string, number phone.Number) []protocol.Customer {
	if number.Kind == phone.Withheld {
		return nil
	}
	found, err := l.Directory.Known(ctx, number)
	if err != nil {
		l.Log.Warn("cannot look up the customer of an earlier call", "call", call, "error", err)
	}
	return slices.DeleteFunc(slices.Clone(found), func(c protocol.Customer) bool { return c.Maybe })
}

// Noted returns the first reading with a category or a block, else the first. call is the call's
// ID, for the log.
func (l Lookup) Noted(ctx context.Context, call string, readings []phone.Number, customers []protocol.Customer) Found {
	var first Found
	for i, number := range readings {
		f := Found{Number: number, Customers: customers}
		f.Category, f.Blocked = l.Notes(ctx, call, number.Key())
		if f.Blocked != nil || f.Category.Color != protocol.Neutral || f.Category.Comment != "" {
			return f
		}
		if i == 0 {
			first = f
		}
	}
	return first
}

// Notes reads the category and the block of a number, a phone.Number.Key. It logs a category that
// cannot be read, and returns the neutral one.
func (l Lookup) Notes(ctx context.Context, call, number string) (protocol.Category, *protocol.Block) {
	category, err := l.Categories.Category(ctx, number)
	if err != nil {
		if !errors.Is(ctx.Err(), context.Canceled) {
			l.Log.Warn("cannot read category", "call", call, "error", err)
		}
		category = Neutral(number)
	}
	if l.Blocks == nil {
		return category, nil
	}
	return category, l.Blocks.Of(ctx, number)
}
