package card

// ticket draws the number of the created ticket, to be read to the caller.
func (d drawing) ticket(y float32) float32 {
	t := d.model.Press.Ticket
	const tall = 58
	label := d.look.Texts.Say("card.ticket")
	if t.By != "" {
		label = d.look.Texts.SayWith("card.ticket_by", map[string]any{"Who": oneLine(t.By)})
	}
	fill := d.p.tinted(d.p.green)
	d.sheet.rect(pad, y, inner, tall, 9, fill)
	room := float32(inner - 24)
	if t.URL != "" {
		words := d.look.Texts.Say("card.open")
		w := width(words, 14, true) + 42
		x := Width - pad - w - 6
		room -= w + 6
		if d.hover == "ticket" {
			d.sheet.rect(x, y+12, w, 34, 8, d.p.surface)
		}
		d.sheet.icon(x+10, y+20, 17, d.icons.get(iconOpen, d.p.link, fill))
		d.sheet.text(x+32, y+18, words, 14, true, d.p.link)
		d.zone("ticket", x, y+6, w, tall-12, d.open(t.URL))
	}
	number := oneLine(t.Number)
	hint, icon := d.look.Texts.Say("card.copy"), iconCopy
	if d.copied == number {
		hint, icon = d.look.Texts.Say("card.copied"), iconCheck
	}
	// The label and the hint share the line above the number. If they do not fit, the label is cut.
	w, _ := d.sheet.text(pad+12, y+6, fit(label, 12, false, room-26-width(hint, 12, false)), 12, false, d.p.muted)
	shade := d.p.muted
	if d.hover == "copy" || d.copied == number {
		shade = d.p.green
	}
	d.sheet.icon(pad+12+w+10, y+9, 13, d.icons.get(icon, shade, fill))
	d.sheet.text(pad+12+w+26, y+6, hint, 12, false, shade)
	size := float32(20)
	for size > 13 && width(number, size, true) > room {
		size--
	}
	d.sheet.text(pad+12, y+24+(20-size)/2, fit(number, size, true, room), size, true, d.p.text)
	d.zone("copy", pad, y, room+12, tall, func() {
		d.copied = number
		if d.act.Copy != nil {
			d.act.Copy(number)
		}
	})
	return y + tall + 6
}
