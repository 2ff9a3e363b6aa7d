package card

import (
	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// maxTickets limits the open tickets on a card.
const maxTickets = 3

// tickets lists the customer's open tickets. A press on one opens its page, a press on its button
// adds the call to it.
func (c *Card) tickets(p palette, y float32) float32 {
	list := c.model.Call.Caller.Tickets
	if len(list) == 0 || c.model.Kind == model.Warn || c.model.Press.State == model.Made || c.finished() {
		return y
	}
	const tall = 27
	texts, press := c.look.Texts, c.model.Press
	w, _ := c.sheet.text(pad, y, fit(c.openTickets(), 12, false, inner), 12, false, p.muted)
	if more := c.model.Call.Caller.OpenTickets - min(len(list), maxTickets); more > 0 &&
		c.model.Call.Caller.TicketsPage != "" {
		words := texts.Say("card.all_tickets")
		x, wide := pad+w+12, width(words, 12, true)
		if c.hover == "open all" {
			c.sheet.rect(x-4, y-1, wide+8, 19, 6, p.hover)
		}
		c.sheet.text(x, y, words, 12, true, p.link)
		c.zone("open all", x-4, y-2, wide+8, 20, c.open(c.model.Call.Caller.TicketsPage))
	}
	y += 19
	add := texts.Say("card.add")
	wide := width(add, 13, true) + 18
	for _, t := range list[:min(len(list), maxTickets)] {
		room := float32(inner)
		number := oneLine(t.Number)
		if c.look.Tickets && (press.State == model.NotPressed || press.State == model.Failed && press.Retry) {
			name := "append " + t.Number
			x := pad + inner - wide
			room -= wide + 8
			fill := p.tinted(p.link)
			if c.hover == name {
				fill = p.hover
			}
			c.sheet.rect(x, y+1, wide, tall-4, 7, fill)
			c.sheet.text(x+9, y+3, add, 13, true, p.link)
			c.zone(name, x, y, wide, tall, func() {
				if c.act.Append != nil {
					c.act.Append(c.model.Call.ID, t.Number)
				}
			})
		}
		name := "open " + t.Number
		shade := p.text
		if t.URL != "" {
			shade = p.link
			if c.hover == name {
				c.sheet.rect(pad-4, y, room+4, tall-2, 7, p.hover)
			}
			c.zone(name, pad, y, room, tall, c.open(t.URL))
		}
		w, _ := c.sheet.text(pad, y+3, fit(number, 13, true, room), 13, true, shade)
		if left := room - w - 8; left > 30 {
			c.sheet.text(pad+w+8, y+3, fit(oneLine(t.Title), 13, false, left), 13, false, p.text)
		}
		y += tall
	}
	return y + 4
}

// openTickets says how many tickets are open.
func (c *Card) openTickets() string {
	caller := c.model.Call.Caller
	if caller.OpenTickets >= protocol.MostCounted {
		return c.look.Texts.SayWith("card.open_tickets_many", map[string]any{"Most": protocol.MostCounted})
	}
	return c.look.Texts.Count("card.open_tickets", max(caller.OpenTickets, len(caller.Tickets)))
}
