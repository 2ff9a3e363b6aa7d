package card

import (
	"cmp"

	"traybell/desktop/model"
)

// footer has the links on the left and the ticket on the right, or above them if it needs more
// space.
func (d drawing) footer(y float32, h head) float32 {
	if d.model.Call.ID == "" {
		if d.model.Press.State == model.Made {
			return d.ticket(y+2) - 6
		}
		if model.AlarmOf(d.model.ID) != "" {
			d.wide(y+4, "acknowledge", d.look.Texts.Say("card.acknowledge"), h, func() {
				d.act.Acknowledge(d.model.ID)
			})
			return y + 40
		}
		return y - 6
	}
	const tall = 34
	links, press := d.model.Call.Links, d.model.Press
	if press.State == model.Made {
		y = d.ticket(y + 2)
	}
	if press.State == model.Failed {
		lines := wrap(cmp.Or(oneLine(press.Reason), d.look.Texts.Say("card.failed")), 13, false, inner, 3)
		for _, line := range lines {
			d.sheet.text(pad, y, line, 13, false, d.p.red)
			y += 18
		}
		y += 6
	}
	if (press.State == model.Pressed || press.State == model.Queued) && press.Reason != "" {
		for _, line := range wrap(oneLine(press.Reason), 13, false, inner, 3) {
			d.sheet.text(pad, y, line, 13, false, d.p.muted)
			y += 18
		}
		y += 6
	}
	x, used := float32(pad-8), false
	link := func(name, key, tip, icon, url string) {
		if url == "" || d.finished() {
			return
		}
		words := d.look.Texts.Say(key)
		w := width(words, 14, false) + 38
		if d.hover == name {
			d.sheet.rect(x, y+4, w, tall-2, 8, d.p.hover)
		}
		d.sheet.icon(x+8, y+12, 17, d.icons.get(icon, d.p.link, d.p.surface))
		d.sheet.text(x+30, y+10, words, 14, false, d.p.link)
		d.zone(name, x, y+4, w, tall-2, d.open(url)).setTip(d.look.Texts.Say(tip))
		x += w + 4
		used = true
	}
	link("map", "card.map", "card.map_tip", iconMap, links.Map)
	link("tlink", "card.tlink", "card.tlink_tip", iconOpen, links.Ticket)
	if d.look.Tickets && !d.finished() && d.model.Kind != model.Warn {
		switch {
		case press.State == model.Pressed, press.State == model.Queued:
			words := d.look.Texts.Say("card.making")
			switch {
			case press.State == model.Queued:
				words = d.look.Texts.Say("card.queued")
			case press.Into != "":
				words = d.look.Texts.Say("card.adding")
			}
			w := width(words, 14, false)
			sign := iconWaiting
			if press.State == model.Pressed {
				sign = spinner(d.turn)
			}
			d.sheet.icon(Width-pad-w-26, y+11, 18, d.icons.get(sign, d.p.muted, d.p.surface))
			d.sheet.text(Width-pad-w, y+10, words, 14, false, d.p.muted)
			used = true
		case press.State == model.NotPressed:
			d.button(y+4, "ok", d.look.Texts.Say("card.ok"), h)
			used = true
		case press.State == model.Failed && press.Retry:
			d.button(y+4, "ok", d.look.Texts.Say("card.retry"), h)
			used = true
		}
	}
	if used {
		return y + tall + 4
	}
	return y - 6
}

// button is the main button.
func (d drawing) button(y float32, name, words string, h head) {
	if d.several() && d.choiceMade() == "" {
		words = d.look.Texts.Say("card.choose")
		w := width(words, 14, false) + 36
		d.sheet.rect(Width-pad-w, y, w, 34, 9, d.p.hover)
		d.sheet.text(Width-pad-w+18, y+7, words, 14, false, d.p.muted)
		return
	}
	d.wide(y, name, words, h, func() {
		if d.act.OK != nil {
			d.act.OK(d.model.Call.ID, d.customerLogin())
		}
	})
}

// wide draws a button with words at the right.
func (d drawing) wide(y float32, name, words string, h head, do func()) {
	fill := h.color
	if fill == d.p.grey || fill == d.p.amber || fill == d.p.red {
		fill = d.p.blue
	}
	w := width(words, 14, true) + 36
	x := Width - pad - w
	if d.hover == name {
		fill = d.p.pressed(fill)
	}
	d.sheet.rect(x, y, w, 34, 9, fill)
	d.sheet.text(x+18, y+7, words, 14, true, d.p.onAccent)
	d.zone(name, x, y, w, 34, do)
}
