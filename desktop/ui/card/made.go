package card

// ticket draws the number of the created ticket, to be read to the caller.
func (c *Card) ticket(p palette, y float32) float32 {
	t := c.model.Press.Ticket
	const tall = 58
	label := c.look.Texts.Say("card.ticket")
	if t.By != "" {
		label = c.look.Texts.SayWith("card.ticket_by", map[string]any{"Who": oneLine(t.By)})
	}
	fill := p.tinted(p.green)
	c.sheet.rect(pad, y, inner, tall, 9, fill)
	room := float32(inner - 24)
	if t.URL != "" {
		words := c.look.Texts.Say("card.open")
		w := width(words, 14, true) + 42
		x := Width - pad - w - 6
		room -= w + 6
		if c.hover == "ticket" {
			c.sheet.rect(x, y+12, w, 34, 8, p.surface)
		}
		c.sheet.icon(x+10, y+20, 17, c.icons.get(iconOpen, p.link, fill))
		c.sheet.text(x+32, y+18, words, 14, true, p.link)
		c.zone("ticket", x, y+6, w, tall-12, c.open(t.URL))
	}
	number := oneLine(t.Number)
	hint, icon := c.look.Texts.Say("card.copy"), iconCopy
	if c.copied == number {
		hint, icon = c.look.Texts.Say("card.copied"), iconCheck
	}
	// The label and the hint share the line above the number. If they do not fit, the label is cut.
	w, _ := c.sheet.text(pad+12, y+6, fit(label, 12, false, room-26-width(hint, 12, false)), 12, false, p.muted)
	shade := p.muted
	if c.hover == "copy" || c.copied == number {
		shade = p.green
	}
	c.sheet.icon(pad+12+w+10, y+9, 13, c.icons.get(icon, shade, fill))
	c.sheet.text(pad+12+w+26, y+6, hint, 12, false, shade)
	size := float32(20)
	for size > 13 && width(number, size, true) > room {
		size--
	}
	c.sheet.text(pad+12, y+24+(20-size)/2, fit(number, size, true, room), size, true, p.text)
	c.zone("copy", pad, y, room+12, tall, func() {
		c.copied = number
		if c.act.Copy != nil {
			c.act.Copy(number)
		}
	})
	return y + tall + 6
}
