package card

import (
	"cmp"

	"traybell/desktop/model"
)

// footer has the links on the left and the ticket on the right, or above them if it needs more
// space.
func (c *Card) footer(p palette, y float32, h head) float32 {
	if c.model.Call.ID == "" {
		if c.model.Press.State == model.Made {
			return c.ticket(p, y+2) - 6
		}
		return y - 6
	}
	const tall = 34
	links, press := c.model.Call.Links, c.model.Press
	if press.State == model.Made {
		y = c.ticket(p, y+2)
	}
	if press.State == model.Failed {
		lines := wrap(cmp.Or(oneLine(press.Reason), c.look.Texts.Say("card.failed")), 13, false, inner, 3)
		for _, line := range lines {
			c.sheet.text(pad, y, line, 13, false, p.red)
			y += 18
		}
		y += 6
	}
	if (press.State == model.Pressed || press.State == model.Queued) && press.Reason != "" {
		for _, line := range wrap(oneLine(press.Reason), 13, false, inner, 3) {
			c.sheet.text(pad, y, line, 13, false, p.muted)
			y += 18
		}
		y += 6
	}
	x, used := float32(pad-8), false
	link := func(name, key, tip, icon, url string) {
		if url == "" || c.finished() {
			return
		}
		words := c.look.Texts.Say(key)
		w := width(words, 14, false) + 38
		if c.hover == name {
			c.sheet.rect(x, y+4, w, tall-2, 8, p.hover)
		}
		c.sheet.icon(x+8, y+12, 17, c.icons.get(icon, p.link, p.surface))
		c.sheet.text(x+30, y+10, words, 14, false, p.link)
		c.zone(name, x, y+4, w, tall-2, c.open(url)).setTip(c.look.Texts.Say(tip))
		x += w + 4
		used = true
	}
	link("map", "card.map", "card.map_tip", iconMap, links.Map)
	link("tlink", "card.tlink", "card.tlink_tip", iconOpen, links.Ticket)
	if c.look.Tickets && !c.finished() && c.model.Kind != model.Warn {
		switch {
		case press.State == model.Pressed, press.State == model.Queued:
			words := c.look.Texts.Say("card.making")
			switch {
			case press.State == model.Queued:
				words = c.look.Texts.Say("card.queued")
			case press.Into != "":
				words = c.look.Texts.Say("card.adding")
			}
			w := width(words, 14, false)
			sign := iconWaiting
			if press.State == model.Pressed {
				sign = spinner(c.turn)
			}
			c.sheet.icon(Width-pad-w-26, y+11, 18, c.icons.get(sign, p.muted, p.surface))
			c.sheet.text(Width-pad-w, y+10, words, 14, false, p.muted)
			used = true
		case press.State == model.NotPressed:
			c.button(p, y+4, "ok", c.look.Texts.Say("card.ok"), h)
			used = true
		case press.State == model.Failed && press.Retry:
			c.button(p, y+4, "ok", c.look.Texts.Say("card.retry"), h)
			used = true
		}
	}
	if used {
		return y + tall + 4
	}
	return y - 6
}

// button is the main button.
func (c *Card) button(p palette, y float32, name, words string, h head) {
	if c.several() && c.choiceMade() == "" {
		words = c.look.Texts.Say("card.choose")
		w := width(words, 14, false) + 36
		c.sheet.rect(Width-pad-w, y, w, 34, 9, p.hover)
		c.sheet.text(Width-pad-w+18, y+7, words, 14, false, p.muted)
		return
	}
	fill := h.color
	if fill == p.grey || fill == p.amber || fill == p.red {
		fill = p.blue
	}
	w := width(words, 14, true) + 36
	x := Width - pad - w
	if c.hover == name {
		fill = p.pressed(fill)
	}
	c.sheet.rect(x, y, w, 34, 9, fill)
	c.sheet.text(x+18, y+7, words, 14, true, p.onAccent)
	c.zone(name, x, y, w, 34, func() {
		if c.act.OK != nil {
			c.act.OK(c.model.Call.ID, c.customerLogin())
		}
	})
}
