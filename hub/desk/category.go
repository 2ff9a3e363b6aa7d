package desk

import (
	"context"
	"slices"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// CategoryStore stores the categories of numbers. A number is a phone.Number.Key.
type CategoryStore interface {
	// Category returns the neutral category for a number without one.
	Category(ctx context.Context, number string) (protocol.Category, error)
	SetCategory(ctx context.Context, c protocol.Category) error
}

// Bounds of what agents may write about a number, in characters.
const (
	longestNumber  = 200
	longestComment = 1000
)

// SetCategory sets the category of a number in any notation, and sends it to all agents.
func (d *Desk) SetCategory(ctx context.Context, a staff.Agent, in protocol.SetCategory) error {
	if !slices.Contains([]protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}, in.Color) {
		return fail.New(fail.Invalid, "There is no category %.40q: neutral, green, yellow or red.", in.Color)
	}
	if len(in.Number) > longestNumber {
		return fail.New(fail.Invalid, "The number is longer than %d characters.", longestNumber)
	}
	number := d.Rules().Numbers.Typed(in.Number)
	if number.Key() == "" || number.Kind == phone.Withheld {
		return fail.New(fail.Invalid, "A category needs a number; this caller withheld it.")
	}
	comment, err := freetext.Clean("comment", in.Comment, longestComment)
	if err != nil {
		return err
	}
	d.categories.Lock()
	defer d.categories.Unlock()
	category := protocol.Category{
		Number: number.Key(), Color: in.Color, Comment: comment, Author: a.Name, Changed: d.now().UTC(),
	}
	if err := d.opts.Categories.SetCategory(ctx, category); err != nil {
		return fail.Again(fail.Internal, err, "The category could not be saved; please tell an administrator.")
	}
	d.log.Info("category changed", "number", category.Number, "color", category.Color, "agent", a.Login)
	return d.wait(ctx, func(l *loop) {
		l.notify(l.everyone(), protocol.Event, protocol.CategoryEvent, category)
		for _, c := range l.calls {
			if c.parsed.Key() == category.Number {
				c.caller.Category = category
				l.show(c)
			}
		}
	})
}

// neutral is the category of a number without one.
func neutral(number phone.Number) protocol.Category {
	return protocol.Category{Number: number.Key(), Color: protocol.Neutral}
}

// newer returns the later of two categories: an agent may have changed it since it was read.
func newer(shown, read protocol.Category) protocol.Category {
	if shown.Changed.After(read.Changed) {
		return shown
	}
	return read
}
