package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"traybell/hub/desk/internal/ruled"
	"traybell/hub/fail"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// rulings carries out what rules decide.
type rulings struct{ *loop }

// facts are what rules know of a call.
func (r rulings) facts(c *call) (f rules.Facts) {
	if !r.rules.Rules.Empty() {
		f = ruled.View{
			Call: c.Call, Number: c.parsed, Name: c.name, Caller: c.caller, Open: c.open, Ticket: c.tickets(","),
			Missed: c.missed(),
		}.Facts()
		f.Answers = c.done.Answers()
	}
	return f
}

// renew routes a call of which more is known now, and shows it.
func (r rulings) renew(c *call) {
	if r.rules.Rules.Empty() {
		r.show(c)
		return
	}
	began := r.now()
	r.route(c)
	r.show(c)
	r.traces.changed(c, began)
}

// obey carries out what is done once.
func (r rulings) obey(c *call) {
	for _, asks := range c.routed.Rules.Asks {
		if r.desk.opts.Ask != nil && c.caller.Status != protocol.Looking && c.done.Ask(asks) {
			seen, pbx := c.seen(), c.PBX
			r.background(func(ctx context.Context, d *Desk) {
				answer := d.opts.Ask(ctx, asks, pbx, seen)
				d.later(ctx, func(l *loop) {
					if c.done.Answer(asks.Name, answer); l.calls[c.ID] == c {
						rulings{l}.renew(c)
					}
				})
			})
		}
	}
	for _, w := range c.routed.Rules.Warns {
		r.notify(c.done.Warn(w, slices.Sorted(maps.Keys(c.seenBy))), protocol.Warning, protocol.CallWarning,
			protocol.Text{From: cmp.Or(c.parsed.Display, c.name), Text: w.Text})
	}
	if c.press != nil || c.ticket != nil || !c.done.Ticket(c.Call, c.caller, c.routed.Rules) {
		return
	}
	by := staff.Agent{Name: c.routed.Rules.By.Create}
	draft, err := c.draft(r.rules, by, ticketing.CreateTicket{})
	if err != nil {
		r.traces.Step(c.ID, trace.Step{What: trace.NoTicket, Why: fail.Of(err).Error()})
		return
	}
	draft.CallID = c.requested()
	c.press = r.presses.start(by, "rule", draft, 0)
	c.decided, c.chosen = true, draft.Customer
	r.record(c)
}
