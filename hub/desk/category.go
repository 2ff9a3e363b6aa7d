package desk

import (
	"context"

	"traybell/hub/caller"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// CategoryStore stores the categories of numbers. A number is a phone.Number.Key.
type CategoryStore interface {
	caller.Categories
	SetCategory(ctx context.Context, c protocol.Category) error
}

// SetCategory sets the category of a number in any notation, and sends it to all agents.
func (d *Desk) SetCategory(ctx context.Context, a staff.Agent, in protocol.SetCategory) error {
	category, err := caller.NewCategory(in, d.Rules().Numbers, a.Name, d.now())
	if err != nil {
		return err
	}
	d.categories.Lock()
	defer d.categories.Unlock()
	if err := d.opts.Categories.SetCategory(ctx, category); err != nil {
		return fail.New(protocol.CategoryUnsaved, "").Because(err)
	}
	d.log.Info("category changed", "number", category.Number, "color", category.Color, "agent", a.Login)
	// It is saved: the calls show it even if the agent no longer waits.
	return d.wait(context.WithoutCancel(ctx), func(l *loop) {
		l.notify(l.rules.Staff.Logins(), protocol.Event, protocol.CategoryEvent, category)
		l.each(l.parties.with(category.Number), func(c *call) {
			if c.parsed.Key() == category.Number && !c.impostor {
				c.caller.Category = caller.Newer(c.caller.Category, category)
				rulings{l}.renew(c)
			}
		})
	})
}
