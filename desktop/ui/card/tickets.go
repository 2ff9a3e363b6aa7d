package card

import (
	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// maxTickets limits the open tickets on a card.
const maxTickets = 3

// tickets lists the customer's open tickets. A press on one opens its page, a press on its button
// adds the call to it.
func (d drawing) tickets(y float32) float32 {
	list := d.model.Call.Caller.Tickets
	if len(list) == 0 || d.model.Kind == model.Warn || d.model.Press.State == model.Made || d.finished() {
		return y
	}
	const tall = 27
	texts, entered := d.look.Texts, d.enteredFound()
	if caller := d.model.Call.Caller; entered == "" || caller.OpenTickets > 0 || len(list) > 1 {
		y = d.ticketsHead(y)
	}
	add := texts.Say("card.add")
	wide := width(add, 13, true) + 18
	for _, t := range list[:min(len(list), maxTickets)] {
		room := float32(inner)
		number := oneLine(t.Number)
		if d.mayAppend() && t.Number != entered { // that one has its own button
			name := "append " + t.Number
			x := pad + inner - wide
			room -= wide + 8
			fill := d.p.tinted(d.p.link)
			if d.hover == name {
				fill = d.p.hover
			}
			d.sheet.rect(x, y+1, wide, tall-4, 7, fill)
			d.sheet.text(x+9, y+3, add, 13, true, d.p.link)
			d.zone(name, x, y, wide, tall, func() {
				if d.act.Append != nil {
					d.act.Append(d.model.Call.ID, t.Number)
				}
			})
		}
		name := "open " + t.Number
		shade := d.p.text
		if t.URL != "" {
			shade = d.p.link
			if d.hover == name {
				d.sheet.rect(pad-4, y, room+4, tall-2, 7, d.p.hover)
			}
			d.zone(name, pad, y, room, tall, d.open(t.URL))
		}
		w, _ := d.sheet.text(pad, y+3, fit(number, 13, true, room), 13, true, shade)
		if left := room - w - 8; left > 30 {
			d.sheet.text(pad+w+8, y+3, fit(oneLine(t.Title), 13, false, left), 13, false, d.p.text)
		}
		y += tall
	}
	return y + 4
}

// ticketsHead says how many tickets are open, and opens the list of all.
func (d drawing) ticketsHead(y float32) float32 {
	caller := d.model.Call.Caller
	w, _ := d.sheet.text(pad, y, fit(d.openTickets(), 12, false, inner), 12, false, d.p.muted)
	if more := caller.OpenTickets - min(len(caller.Tickets), maxTickets); more > 0 &&
		caller.TicketsPage != "" {
		words := d.look.Texts.Say("card.all_tickets")
		x, wide := pad+w+12, width(words, 12, true)
		if d.hover == "open all" {
			d.sheet.rect(x-4, y-1, wide+8, 19, 6, d.p.hover)
		}
		d.sheet.text(x, y, words, 12, true, d.p.link)
		d.zone("open all", x-4, y-2, wide+8, 20, d.open(caller.TicketsPage))
	}
	return y + 19
}

// openTickets says how many tickets are open.
func (c content) openTickets() string {
	caller := c.model.Call.Caller
	if caller.OpenTickets >= protocol.MostCounted {
		return c.look.Texts.SayWith("card.open_tickets_many", map[string]any{"Most": protocol.MostCounted})
	}
	return c.look.Texts.Count("card.open_tickets", max(caller.OpenTickets, len(caller.Tickets)))
}
