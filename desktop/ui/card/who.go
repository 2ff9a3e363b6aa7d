package card

import (
	"cmp"
	"image/color"
	"strings"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// caller draws the number as large as possible, and the customer.
func (c *Card) caller(p palette, y float32) float32 {
	call := c.model.Call
	number := oneLine(cmp.Or(call.Display, call.Number))
	room := float32(inner)
	if call.Caller.Status != protocol.Withheld && call.Caller.Status != protocol.OwnPhone && number != "" {
		icon, shade := category(p, call.Caller.Category.Color)
		room -= 34
		if c.hover == "category" {
			c.sheet.rect(Width-pad-32, y-1, 32, 32, 8, p.hover)
		}
		c.sheet.icon(Width-pad-28, y+3, 24, c.icons.get(icon, shade, p.surface))
		var change func()
		if c.act.Category != nil {
			change = func() { c.act.Category(call.ID) }
		}
		c.zone("category", Width-pad-32, y-1, 32, 32, change).setTip(c.categoryTip()...)
	}
	switch {
	case call.Caller.Status == protocol.Withheld || number == "":
		c.sheet.text(pad, y-1, fit(c.look.Texts.Say("card.withheld"), 22, true, room), 22, true, p.text)
	case call.Links.CID != "":
		w, h := c.number(number, y, room, p.link)
		if c.hover == "cid" {
			c.sheet.rect(pad, y+28, w, 1.5, 0, p.link)
		}
		c.zone("cid", pad, y-2, w, max(h, 32), c.open(call.Links.CID)).setTip(c.look.Texts.Say("card.cid"))
	default:
		c.number(number, y, room, p.text)
	}
	y += 34
	y = c.customer(p, y)
	return c.categoryComment(p, y)
}

// number draws a number, smaller if it is long and shortened only as a last resort.
func (c *Card) number(words string, y, room float32, shade color.NRGBA) (w, h float32) {
	size := float32(24)
	for size > 14 && width(words, size, true) > room {
		size--
	}
	return c.sheet.text(pad, y-3+(24-size)*0.7, fit(words, size, true, room), size, true, shade)
}

// certainty draws an icon left of the name for how certain the caller is, with a tip.
func (c *Card) certainty(p palette, y float32, icon, words string) {
	c.sheet.icon(pad, y+4, 17, c.icons.get(icon, p.muted, p.surface))
	c.zone("certainty", pad-4, y, 24, 24, nil).setTip(words)
}

// customer draws what is known about the caller.
func (c *Card) customer(p palette, y float32) float32 {
	call, text := c.model.Call, c.look.Texts.Say
	people := call.Caller.Customers
	const x, room = pad + 24, inner - 24
	begin, cut := y, false
	line := func(words string, size float32, bold bool, shade color.NRGBA, most int) {
		words = oneLine(words)
		lines := wrap(words, size, bold, room, most)
		for _, l := range lines {
			_, h := c.sheet.text(x, y, l, size, bold, shade)
			y += h - 1
		}
		cut = cut || len(lines) > 0 && strings.HasSuffix(lines[len(lines)-1], ellipsis)
	}
	name := func(words string) { line(words, 17, true, p.text, 2) }
	about := func(words string) { line(words, 13, false, p.muted, 1) }
	switch {
	case len(people) > 1 && c.finished(): // no choice after the call
		names := make([]string, len(people))
		for i, one := range people {
			names[i] = cmp.Or(one.Name, one.Company, one.Email, one.Login)
		}
		line(strings.Join(names, ", "), 14, true, p.text, 2)
		c.certainty(p, begin-2, iconSeveral, strings.Join(names, ", "))
	case len(people) > 1:
		return c.choice(p, y)
	case len(people) == 1:
		one := people[0]
		words := cmp.Or(one.Name, one.Company, one.Email, one.Login)
		name(words)
		if one.Company != words {
			line(one.Company, 14, false, p.muted, 1)
		}
		if cut {
			c.zone("name", x, begin, room, y-begin, nil).setTip(words, one.Company)
		}
		if one.Maybe {
			line(text("card.maybe"), 13, false, p.amber, 2)
			c.certainty(p, begin, iconMaybe, text("card.maybe"))
		} else {
			c.certainty(p, begin, iconKnown, text("card.known"))
		}
	case call.Caller.Status == protocol.OwnPhone:
		name(c.colleague())
		about(text("card.colleague"))
		c.certainty(p, begin, iconColleague, text("card.colleague"))
	case call.Caller.Status == protocol.Looking:
		name(call.Name)
		about(text("card.looking"))
		c.certainty(p, begin, iconLooking, text("card.looking"))
	case call.Caller.Status == protocol.Withheld:
		name(call.Name)
		about(text("card.withheld_why"))
		c.certainty(p, begin, iconHidden, text("card.withheld_why"))
	default:
		name(call.Name)
		about(text("card.unknown"))
		c.certainty(p, begin, iconUnknown, text("card.unknown"))
	}
	return y + 5
}

// colleague is the other party of an internal call.
func (c *Card) colleague() string {
	for _, leg := range c.model.Call.Legs {
		if leg.Calling && leg.Agent != "" {
			return leg.Agent
		}
	}
	return c.model.Call.Name
}

// noCustomer is the choice "none of these". Logins do not start with a space.
const noCustomer = " "

// several reports whether the agent has to choose a customer, or none, before a ticket.
func (c *Card) several() bool { return len(c.model.Call.Caller.Customers) > 1 }

// mayChoose reports whether the choice can be changed: not after a ticket was requested.
func (c *Card) mayChoose() bool {
	return c.look.Tickets && (c.model.Press.State == model.NotPressed || c.model.Press.State == model.Failed)
}

// choiceMade is the login chosen on this card or with OK, or noCustomer, or empty.
func (c *Card) choiceMade() string { return cmp.Or(c.chosen, c.model.Press.For) }

// choice lists the customers that share the number.
func (c *Card) choice(p palette, y float32) float32 {
	people := c.model.Call.Caller.Customers
	_, h := c.sheet.text(pad+24, y, fit(c.look.Texts.Count("card.several", len(people)), 13, false, inner-24), 13,
		false, p.muted)
	c.certainty(p, y-3, iconSeveral, c.look.Texts.Count("card.several", len(people)))
	y += h + 5
	most := 4
	if c.all {
		most = 8
	}
	for i, one := range people {
		if i == most-1 && len(people) > most {
			shade := p.link
			if c.all { // at most as many as fit on a popup
				shade = p.muted
			} else {
				c.zone("all", pad, y, inner, choiceTall, func() { c.all = true })
			}
			if c.hover == "all" {
				c.sheet.rect(pad, y, inner, choiceTall, 7, p.hover)
			}
			c.sheet.text(pad+32, y+4, c.look.Texts.Count("card.more", len(people)-i), 13, false, shade)
			y += choiceTall + 1
			break
		}
		y = c.option(p, y, "customer "+one.Login, one.Login, cmp.Or(one.Name, one.Email, one.Login), one.Company)
	}
	return c.option(p, y, "none", noCustomer, c.look.Texts.Say("card.no_customer"), "") + 4
}

const choiceTall = 28

// option draws a choice.
func (c *Card) option(p palette, y float32, zone, login, words, company string) float32 {
	icon, shade := iconRadio, p.muted
	switch {
	case login != "" && login == c.choiceMade():
		icon, shade = iconChosen, p.link
		c.sheet.rect(pad, y, inner, choiceTall, 7, p.tinted(p.link))
	case c.hover == zone && c.mayChoose():
		c.sheet.rect(pad, y, inner, choiceTall, 7, p.hover)
	}
	c.sheet.icon(pad+7, y+5, 18, c.icons.get(icon, shade, p.surface))
	words, company = oneLine(words), oneLine(company)
	room := float32(inner - 40)
	if company != "" {
		room *= 0.6
	}
	short := fit(words, 14, true, room)
	w, _ := c.sheet.text(pad+32, y+3, short, 14, true, p.text)
	cut := short != words
	if company != "" {
		left := inner - 40 - w - 8
		short := fit(company, 13, false, left)
		c.sheet.text(pad+32+w+8, y+4, short, 13, false, p.muted)
		cut = cut || short != company
	}
	choose := func() {
		c.chosen = login
		if c.keys {
			c.focus = "ok" // the next step
		}
	}
	if !c.mayChoose() {
		choose = nil
	}
	if z := c.zone(zone, pad, y, inner, choiceTall, choose); cut {
		z.setTip(words, company)
	}
	return y + choiceTall + 1
}

// customerLogin is the chosen or only customer, or empty.
func (c *Card) customerLogin() string {
	switch people := c.model.Call.Caller.Customers; {
	case len(people) == 1:
		return people[0].Login
	case c.choiceMade() == noCustomer:
		return ""
	}
	return c.choiceMade()
}
