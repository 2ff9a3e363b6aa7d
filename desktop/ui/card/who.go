package card

import (
	"cmp"
	"image/color"
	"strings"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// caller draws the number as large as possible, and the customer.
func (d drawing) caller(y float32) float32 {
	call := d.model.Call
	number := d.otherNumber()
	room := float32(inner)
	if call.Caller.Status != protocol.Withheld && call.Caller.Status != protocol.OwnPhone && number != "" {
		icon, shade := category(d.p, call.Caller.Category.Color)
		room -= 34
		if d.hover == "category" {
			d.sheet.rect(Width-pad-32, y-1, 32, 32, 8, d.p.hover)
		}
		d.sheet.icon(Width-pad-28, y+3, 24, d.icons.get(icon, shade, d.p.surface))
		var change func()
		if d.act.Category != nil {
			change = func() { d.act.Category(call.ID) }
		}
		d.zone("category", Width-pad-32, y-1, 32, 32, change).setTip(d.categoryTip()...)
	}
	switch {
	case call.Caller.Status == protocol.Withheld || number == "":
		d.sheet.text(pad, y-1, fit(d.look.Texts.Say("card.withheld"), 22, true, room), 22, true, d.p.text)
	case d.model.MayShow && d.act.Show != nil:
		w, h := d.number(number, y, room, d.p.link)
		if d.hover == "show" {
			d.sheet.rect(pad, y+28, w, 1.5, 0, d.p.link)
		}
		d.zone("show", pad, y-2, w, max(h, 32), func() { d.act.Show(call.ID) }).
			setTip(d.look.Texts.Say("card.show_number"))
	case call.Links.CID != "":
		w, h := d.number(number, y, room, d.p.link)
		if d.hover == "cid" {
			d.sheet.rect(pad, y+28, w, 1.5, 0, d.p.link)
		}
		d.zone("cid", pad, y-2, w, max(h, 32), d.open(call.Links.CID)).setTip(d.look.Texts.Say("card.cid"))
	default:
		d.number(number, y, room, d.p.text)
	}
	y += 34
	y = d.customer(y)
	return d.categoryComment(y)
}

// otherNumber is the number of the other party, for people.
func (c content) otherNumber() string {
	if c.model.Call.Hidden {
		return c.look.Texts.Say("card.hidden")
	}
	return oneLine(cmp.Or(c.model.Call.Display, c.model.Call.Number))
}

// number draws a number, smaller if it is long and shortened only as a last resort.
func (d drawing) number(words string, y, room float32, shade color.NRGBA) (w, h float32) {
	size := float32(24)
	for size > 14 && width(words, size, true) > room {
		size--
	}
	return d.sheet.text(pad, y-3+(24-size)*0.7, fit(words, size, true, room), size, true, shade)
}

// Names joins the names of customers with one number.
func Names(people []protocol.Customer) string {
	names := make([]string, len(people))
	for i, one := range people {
		names[i] = nameOf(one)
	}
	return strings.Join(names, ", ")
}

func nameOf(one protocol.Customer) string { return cmp.Or(one.Name, one.Company, one.Email, one.Login) }

// certainty draws an icon left of the first line, the name or what is said instead, for how certain
// the caller is, with a tip.
func (d drawing) certainty(y float32, icon, words string) {
	d.sheet.icon(pad, y+4, 17, d.icons.get(icon, d.p.muted, d.p.surface))
	d.zone("certainty", pad-4, y, 24, 24, nil).setTip(words)
}

// customer draws what is known about the caller.
func (d drawing) customer(y float32) float32 {
	call, text := d.model.Call, d.look.Texts.Say
	people := call.Caller.Customers
	const x, room = pad + 24, inner - 24
	begin, cut := y, false
	line := func(words string, size float32, bold bool, shade color.NRGBA, most int) {
		words = oneLine(words)
		lines := wrap(words, size, bold, room, most)
		for _, l := range lines {
			_, h := d.sheet.text(x, y, l, size, bold, shade)
			y += h - 1
		}
		cut = cut || len(lines) > 0 && strings.HasSuffix(lines[len(lines)-1], ellipsis)
	}
	name := func(words string) { line(words, 17, true, d.p.text, 2) }
	about := func(words string) { line(words, 13, false, d.p.muted, 1) }
	switch {
	case len(people) > 1 && d.finished(): // no choice after the call
		names := Names(people)
		line(names, 14, true, d.p.text, 2)
		d.certainty(begin-2, iconSeveral, names)
	case len(people) > 1:
		return d.choice(y)
	case len(people) == 1:
		one := people[0]
		words := nameOf(one)
		name(words)
		if one.Company != words {
			line(one.Company, 14, false, d.p.muted, 1)
		}
		if cut {
			d.zone("name", x, begin, room, y-begin, nil).setTip(words, one.Company)
		}
		if one.Maybe {
			line(text("card.maybe"), 13, false, d.p.amber, 2)
			d.certainty(begin, iconMaybe, text("card.maybe"))
		} else {
			d.certainty(begin, iconKnown, text("card.known"))
		}
	default:
		who, icon, words := call.Name, iconUnknown, text("card.unknown")
		switch call.Caller.Status {
		case protocol.OwnPhone:
			who, icon, words = d.colleague(), iconColleague, text("card.colleague")
		case protocol.Looking:
			icon, words = iconLooking, text("card.looking")
		case protocol.Withheld:
			icon, words = iconHidden, text("card.withheld_why")
		}
		if oneLine(who) == "" {
			begin -= 3 // the line is a small one
		}
		name(who)
		about(words)
		d.certainty(begin, icon, words)
	}
	return y + 5
}

// colleague is the other party of an internal call.
func (c content) colleague() string {
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
func (c content) several() bool { return len(c.model.Call.Caller.Customers) > 1 }

// mayChoose reports whether the choice can be changed: not after a ticket was requested.
func (c content) mayChoose() bool {
	return c.look.Tickets && (c.model.Press.State == model.NotPressed || c.model.Press.State == model.Failed)
}

// choiceMade is the login chosen on this card or with OK, or noCustomer, or empty.
func (c content) choiceMade() string { return cmp.Or(c.chosen, c.model.Press.For) }

// choice lists the customers that share the number.
func (d drawing) choice(y float32) float32 {
	people := d.model.Call.Caller.Customers
	_, h := d.sheet.text(pad+24, y, fit(d.look.Texts.Count("card.several", len(people)), 13, false, inner-24), 13,
		false, d.p.muted)
	d.certainty(y-3, iconSeveral, d.look.Texts.Count("card.several", len(people)))
	y += h + 5
	most := 4
	if d.all {
		most = 8
	}
	for i, one := range people {
		if i == most-1 && len(people) > most {
			shade := d.p.link
			if d.all { // at most as many as fit on a popup
				shade = d.p.muted
			} else {
				d.zone("all", pad, y, inner, choiceTall, func() { d.all = true })
			}
			if d.hover == "all" {
				d.sheet.rect(pad, y, inner, choiceTall, 7, d.p.hover)
			}
			d.sheet.text(pad+32, y+4, d.look.Texts.Count("card.more", len(people)-i), 13, false, shade)
			y += choiceTall + 1
			break
		}
		y = d.option(y, "customer "+one.Login, one.Login, cmp.Or(one.Name, one.Email, one.Login), one.Company)
	}
	return d.option(y, "none", noCustomer, d.look.Texts.Say("card.no_customer"), "") + 4
}

const choiceTall = 28

// option draws a choice.
func (d drawing) option(y float32, zone, login, words, company string) float32 {
	icon, shade := iconRadio, d.p.muted
	switch {
	case login != "" && login == d.choiceMade():
		icon, shade = iconChosen, d.p.link
		d.sheet.rect(pad, y, inner, choiceTall, 7, d.p.tinted(d.p.link))
	case d.hover == zone && d.mayChoose():
		d.sheet.rect(pad, y, inner, choiceTall, 7, d.p.hover)
	}
	d.sheet.icon(pad+7, y+5, 18, d.icons.get(icon, shade, d.p.surface))
	words, company = oneLine(words), oneLine(company)
	room := float32(inner - 40)
	if company != "" {
		room *= 0.6
	}
	short := fit(words, 14, true, room)
	w, _ := d.sheet.text(pad+32, y+3, short, 14, true, d.p.text)
	cut := short != words
	if company != "" {
		left := inner - 40 - w - 8
		short := fit(company, 13, false, left)
		d.sheet.text(pad+32+w+8, y+4, short, 13, false, d.p.muted)
		cut = cut || short != company
	}
	choose := func() {
		d.chosen = login
		if d.keys {
			d.focus = "ok" // the next step
		}
	}
	if !d.mayChoose() {
		choose = nil
	}
	if z := d.zone(zone, pad, y, inner, choiceTall, choose); cut {
		z.setTip(words, company)
	}
	return y + choiceTall + 1
}

// customerLogin is the chosen or only customer, or empty.
func (c content) customerLogin() string {
	switch people := c.model.Call.Caller.Customers; {
	case len(people) == 1:
		return people[0].Login
	case c.choiceMade() == noCustomer:
		return ""
	}
	return c.choiceMade()
}
