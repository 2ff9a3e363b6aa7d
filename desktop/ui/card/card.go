// Package card is what a popup looks like: a picture of a call or of a warning, and what happens when it is pressed.
//
// It imports Fyne's canvas objects and its software painter, no window and no driver. A Card is built once for each surface and changed by
// Set; nothing in it moves by itself, so it is painted only after a change. Everything here belongs to Fyne's goroutine (fyne.Do).
package card

import (
	"cmp"
	"image/color"

	"fyne.io/fyne/v2"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// Width of every card, in Fyne's units (1 is a pixel at 96 dpi). The height follows from what there is to say.
const Width = 392

// MoreHeight is the height of the line that counts the cards without a place.
const MoreHeight = 32

const (
	pad    = 16
	inner  = Width - 2*pad
	corner = 12
)

// Look is how cards look, beside what they say.
type Look struct {
	Dark    bool
	Texts   Texts
	Tickets bool // the agent may make tickets: there is an OK
}

// Actions is what pressing does; all are called on Fyne's goroutine and must not wait.
type Actions struct {
	OK       func(call, customer string) // make the ticket
	Append   func(call, ticket string)   // add the call to an open ticket, by its number
	Open     func(url string)
	Copy     func(text string)
	Close    func(id string)
	Category func(call string) // nil: the category cannot be changed
}

// Card is one card.
type Card struct {
	look   Look
	act    Actions
	sheet  *sheet
	icons  icons
	model  model.Card
	size   fyne.Size
	zones  []zone
	hover  string
	chosen string // the customer's login
	all    bool   // the list of customers is unfolded
	copied string // the ticket whose number was copied
	more   int    // not a card but the line that counts those without a place
}

// zone is a part of the card that can be pressed.
type zone struct {
	name string
	x, y float32
	w, h float32
	do   func()
}

// New builds an empty card.
func New(look Look, act Actions) *Card {
	return &Card{look: look, act: act, sheet: newSheet(), icons: icons{}}
}

// Object is the card as Fyne sees it.
func (c *Card) Object() fyne.CanvasObject { return c.sheet.box }

// Size is the card's size in Fyne's units.
func (c *Card) Size() fyne.Size { return c.size }

// Set shows this call or warning.
func (c *Card) Set(m model.Card) {
	if m.ID != c.model.ID || c.more > 0 {
		c.chosen, c.copied, c.hover, c.all = "", "", "", false
	}
	c.model, c.more = m, 0
	c.draw()
}

// SetMore makes this the line that says how many cards have no place.
func (c *Card) SetMore(n int) {
	c.model, c.more, c.hover = model.Card{}, n, ""
	c.draw()
}

// SetLook changes the theme, the language or the rights; it is seen from the next Set on.
func (c *Card) SetLook(l Look) { c.look = l }

// Tap presses what is at this place, in Fyne's units. It tells whether the card has changed.
func (c *Card) Tap(x, y float32) bool {
	z := c.at(x, y)
	if z == nil || z.do == nil {
		return false
	}
	z.do()
	c.draw()
	return true
}

// Hover says where the pointer is; false for over means that it has left. It tells whether the card has changed.
func (c *Card) Hover(x, y float32, over bool) bool {
	name := ""
	if z := c.at(x, y); over && z != nil {
		name = z.name
	}
	if name == c.hover {
		return false
	}
	c.hover = name
	c.draw()
	return true
}

func (c *Card) at(x, y float32) *zone {
	for i := range c.zones {
		if z := &c.zones[i]; x >= z.x && y >= z.y && x < z.x+z.w && y < z.y+z.h {
			return z
		}
	}
	return nil
}

// head is the card's first line.
type head struct {
	icon  string
	title string
	color color.NRGBA
}

// head says what is going on, in words, a colour and an icon.
func (c *Card) head(p palette) head {
	m, say := c.model, c.look.Texts.Say
	who := map[string]any{"Who": oneLine(m.Elsewhere)}
	switch {
	case m.Kind == model.Warn && m.Title == model.TitleMissed:
		return head{iconMissed, say("card.missed"), p.red}
	case m.Kind == model.Warn && m.Press.State == model.Made:
		return head{iconCheck, c.warning(), p.green}
	case m.Kind == model.Warn && m.Title == model.TitleMessage:
		return head{iconMessage, c.warning(), p.blue}
	case m.Kind == model.Warn:
		return head{iconWarning, c.warning(), p.amber}
	case m.Call.Missed && m.Kind == model.Incoming:
		return head{iconMissed, say("card.missed"), p.red}
	case m.Elsewhere != "" && m.Kind == model.Answer:
		return head{iconAway, c.look.Texts.SayWith("card.transferred", who), p.grey}
	case m.Elsewhere != "":
		return head{iconAway, c.look.Texts.SayWith("card.elsewhere", who), p.grey}
	case m.Kind == model.Incoming && (m.Done || m.Mine == protocol.Ended) && m.Call.State != protocol.Ended:
		return head{iconAway, say("card.stopped"), p.grey}
	case m.Done || m.Call.State == protocol.Ended || m.Kind == model.Answer && m.Mine == protocol.Ended:
		return head{iconTalking, say("card.ended"), p.grey}
	case m.Mine == protocol.Held:
		return head{iconHeld, say("card.held"), p.amber}
	case m.Kind == model.Answer && m.Call.Direction == protocol.Outgoing:
		return head{iconAway, say("card.outgoing"), p.green}
	case m.Kind == model.Answer:
		return head{iconTalking, say("card.answered"), p.green}
	case m.Call.Direction == protocol.Internal:
		return head{iconRinging, say("card.internal"), p.blue}
	}
	return head{iconRinging, say("card.incoming"), p.blue}
}

func (c *Card) warning() string {
	return oneLine(c.look.Texts.SayWith(c.model.Title, map[string]any{"From": oneLine(c.model.From), "Text": oneLine(c.model.Text)}))
}

// over tells whether there is nothing more to be done on this card.
func (c *Card) over() bool { return c.model.Done && (c.model.Elsewhere != "" || c.model.Mine == "") }

// draw lays the whole card out anew, from top to bottom.
func (c *Card) draw() {
	p := light
	if c.look.Dark {
		p = dark
	}
	c.sheet.begin()
	c.zones = c.zones[:0]
	back := c.sheet.rect(0, 0, Width, 10, corner, p.surface)
	back.StrokeColor, back.StrokeWidth = p.border, 1
	var y float32
	if c.more > 0 {
		y = c.counted(p)
	} else {
		y = c.body(p)
	}
	back.Resize(fyne.NewSize(Width, y))
	c.size = fyne.NewSize(Width, y)
	c.sheet.end()
	c.sheet.box.Resize(c.size)
}

// counted is the line for the cards that have no place.
func (c *Card) counted(p palette) float32 {
	words := c.look.Texts.Count("card.more", c.more)
	w := width(words, 13, true)
	c.sheet.text((Width-w)/2, 7, words, 13, true, p.muted)
	return MoreHeight
}

func (c *Card) body(p palette) float32 {
	h := c.head(p)
	y := c.header(p, h)
	if c.model.Kind == model.Warn {
		y = c.words(p, y)
	}
	if c.model.Call.ID != "" {
		y = c.who(p, y)
		if !c.model.Done && c.model.Kind != model.Warn { // there is nobody to say it to any more
			y = c.say(p, y, h)
		}
		y = c.tickets(p, y)
	}
	return c.footer(p, y, h) + pad
}

// header: the state in an icon, words and the line's name; the cross that closes.
func (c *Card) header(p palette, h head) float32 {
	const icon = 32
	c.sheet.rect(pad, 14, icon, icon, icon/2, p.tinted(h.color))
	c.sheet.icon(pad+6, 20, icon-12, c.icons.get(h.icon, h.color, p.tinted(h.color)))
	x, room := float32(pad+icon+10), float32(inner-icon-10-30)
	line := oneLine(c.model.Call.Line.Name)
	if line == "" && c.model.Kind != model.Warn {
		line = oneLine(c.model.Call.DID)
	}
	bottom := float32(14 + icon)
	switch {
	case line != "":
		c.sheet.text(x, 11, fit(h.title, 14, true, room), 14, true, h.color)
		c.sheet.text(x, 29, fit(line, 12, false, room), 12, false, p.muted)
	default:
		for i, t := range wrap(h.title, 14, true, room, 2) {
			at := float32(20)
			if i > 0 {
				at, bottom = 20+float32(i)*19, 14+icon+10
			}
			c.sheet.text(x, at, t, 14, true, h.color)
		}
	}
	c.zone("close", Width-pad-22, 10, 28, 28, func() {
		if c.act.Close != nil {
			c.act.Close(c.model.ID)
		}
	})
	shade := p.muted
	if c.hover == "close" {
		c.sheet.rect(Width-pad-22, 10, 28, 28, 14, p.hover)
		shade = p.text
	}
	c.sheet.icon(Width-pad-17, 15, 18, c.icons.get(iconClose, shade, p.surface))
	return bottom + 10
}

// words are a warning's own text.
func (c *Card) words(p palette, y float32) float32 {
	if c.model.Call.ID != "" { // a missed call says it all itself
		return y
	}
	for _, line := range wrap(oneLine(c.model.Text), 14, false, inner, 4) {
		_, h := c.sheet.text(pad, y-2, line, 14, false, p.text)
		y += h + 1
	}
	return y + 2
}

// who is calling: the number as large as can be, the customer, how sure that is.
func (c *Card) who(p palette, y float32) float32 {
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
		if c.act.Category != nil {
			c.zone("category", Width-pad-32, y-1, 32, 32, func() { c.act.Category(call.ID) })
		}
	}
	switch {
	case call.Caller.Status == protocol.Withheld || number == "":
		c.sheet.text(pad, y-1, fit(c.look.Texts.Say("card.withheld"), 22, true, room), 22, true, p.text)
	case call.Links.CID != "":
		w, h := c.number(number, y, room, p.link)
		if c.hover == "cid" {
			c.sheet.rect(pad, y+28, w, 1.5, 0, p.link)
		}
		c.zone("cid", pad, y-2, w, max(h, 32), c.open(call.Links.CID))
	default:
		c.number(number, y, room, p.text)
	}
	y += 34
	y = c.customer(p, y)
	return c.remark(p, y)
}

// number draws a number in a line of 34, smaller where it is long: it is cut only as the last resort.
func (c *Card) number(words string, y, room float32, shade color.NRGBA) (w, h float32) {
	size := float32(24)
	for size > 14 && width(words, size, true) > room {
		size--
	}
	return c.sheet.text(pad, y-3+(24-size)*0.7, fit(words, size, true, room), size, true, shade)
}

// customer says who it is, as far as it is known.
func (c *Card) customer(p palette, y float32) float32 {
	call, texts := c.model.Call, c.look.Texts
	people := call.Caller.Customers
	line := func(words string, size float32, bold bool, shade color.NRGBA) {
		if words = oneLine(words); words == "" {
			return
		}
		_, h := c.sheet.text(pad, y, fit(words, size, bold, inner), size, bold, shade)
		y += h - 1
	}
	switch {
	case len(people) > 1:
		return c.choice(p, y)
	case len(people) == 1:
		one := people[0]
		name := cmp.Or(one.Name, one.Company, one.Email, one.Login)
		line(name, 17, true, p.text)
		if one.Company != name {
			line(one.Company, 14, false, p.muted)
		}
		if one.Maybe {
			line(texts.Say("card.maybe"), 12, false, p.amber)
		}
	case call.Caller.Status == protocol.OwnPhone:
		line(c.colleague(), 17, true, p.text)
	case call.Caller.Status == protocol.Looking:
		line(call.Name, 17, true, p.text)
		line(texts.Say("card.looking"), 13, false, p.muted)
	case call.Caller.Status == protocol.Withheld:
		line(call.Name, 17, true, p.text)
	default:
		line(call.Name, 17, true, p.text)
		line(texts.Say("card.unknown"), 13, false, p.muted)
	}
	return y + 5
}

// colleague is the other one on an internal call.
func (c *Card) colleague() string {
	for _, leg := range c.model.Call.Legs {
		if leg.Calling && leg.Agent != "" {
			return leg.Agent
		}
	}
	return c.model.Call.Name
}

// choice lists the customers that share a number.
func (c *Card) choice(p palette, y float32) float32 {
	people := c.model.Call.Caller.Customers
	_, h := c.sheet.text(pad, y, fit(c.look.Texts.Count("card.several", len(people)), 13, false, inner), 13, false, p.muted)
	y += h + 3
	const tall = 28
	most := 4
	if c.all {
		most = 8
	}
	for i, one := range people {
		if i == most-1 && len(people) > most {
			shade := p.link
			if c.all { // as many as a popup can hold
				shade = p.muted
			} else {
				c.zone("all", pad, y, inner, tall, func() { c.all = true })
			}
			if c.hover == "all" {
				c.sheet.rect(pad, y, inner, tall, 7, p.hover)
			}
			c.sheet.text(pad+32, y+4, c.look.Texts.Count("card.more", len(people)-i), 13, false, shade)
			y += tall + 1
			break
		}
		name := "customer " + one.Login
		icon, shade := iconRadio, p.muted
		switch {
		case c.chosen == one.Login && c.chosen != "":
			icon, shade = iconChosen, p.link
			c.sheet.rect(pad, y, inner, tall, 7, p.tinted(p.link))
		case c.hover == name:
			c.sheet.rect(pad, y, inner, tall, 7, p.hover)
		}
		c.sheet.icon(pad+7, y+5, 18, c.icons.get(icon, shade, p.surface))
		words := oneLine(cmp.Or(one.Name, one.Email, one.Login))
		company := oneLine(one.Company)
		room := float32(inner - 40)
		if company != "" {
			room *= 0.6
		}
		w, _ := c.sheet.text(pad+32, y+3, fit(words, 14, true, room), 14, true, p.text)
		if company != "" {
			left := inner - 40 - w - 8
			c.sheet.text(pad+32+w+8, y+4, fit(company, 13, false, left), 13, false, p.muted)
		}
		login := one.Login
		c.zone(name, pad, y, inner, tall, func() { c.chosen = login })
		y += tall + 1
	}
	return y + 4
}

// remark is what agents have noted about the number.
func (c *Card) remark(p palette, y float32) float32 {
	note := c.model.Call.Caller.Category
	_, shade := category(p, note.Color)
	words := oneLine(note.Comment)
	if words == "" {
		return y
	}
	lines := wrap(words, 13, false, inner-14, 2)
	c.sheet.rect(pad, y+1, 3, float32(18*len(lines))-2, 1.5, shade)
	for _, line := range lines {
		c.sheet.text(pad+12, y-1, line, 13, false, shade)
		y += 18
	}
	return y + 5
}

func category(p palette, color protocol.Color) (icon string, shade color.NRGBA) {
	switch color {
	case protocol.Green:
		return iconGreen, p.green
	case protocol.Yellow:
		return iconYellow, p.amber
	case protocol.Red:
		return iconRed, p.red
	}
	return iconNeutral, p.muted
}

// say is the line's comment: what the agent should say, or know, on this line.
func (c *Card) say(p palette, y float32, h head) float32 {
	lines := wrap(c.model.Call.Line.Comment, 14, false, inner-42, 3)
	if len(lines) == 0 {
		return y
	}
	high := float32(len(lines))*19 + 15
	y += 2
	c.sheet.rect(pad, y, inner, high, 8, p.tinted(h.color))
	c.sheet.icon(pad+10, y+8, 18, c.icons.get(iconSay, h.color, p.surface))
	for i, line := range lines {
		c.sheet.text(pad+34, y+7+float32(i)*19, line, 14, false, p.text)
	}
	return y + high + 8
}

// footer: links at the left, the ticket at the right, or below each other where the ticket has more to say.
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
	link := func(name, key, icon, url string) {
		if url == "" || c.over() {
			return
		}
		words := c.look.Texts.Say(key)
		w := width(words, 14, false) + 38
		if c.hover == name {
			c.sheet.rect(x, y+4, w, tall-2, 8, p.hover)
		}
		c.sheet.icon(x+8, y+12, 17, c.icons.get(icon, p.link, p.surface))
		c.sheet.text(x+30, y+10, words, 14, false, p.link)
		c.zone(name, x, y+4, w, tall-2, c.open(url))
		x += w + 4
		used = true
	}
	link("map", "card.map", iconMap, links.Map)
	link("tlink", "card.tlink", iconOpen, links.Ticket)
	if c.look.Tickets && !c.over() && c.model.Kind != model.Warn {
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
			c.sheet.icon(Width-pad-w-26, y+11, 18, c.icons.get(iconWaiting, p.muted, p.surface))
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

// button is the one thing to press.
func (c *Card) button(p palette, y float32, name, words string, h head) {
	fill := h.color
	if fill == p.grey || fill == p.amber || fill == p.red {
		fill = p.blue
	}
	w := width(words, 14, true) + 36
	x := Width - pad - w
	c.sheet.rect(x, y, w, 34, 9, fill)
	if c.hover == name {
		shade := p.onAccent
		shade.A = 0x2a
		c.sheet.rect(x, y, w, 34, 9, shade)
	}
	c.sheet.text(x+18, y+7, words, 14, true, p.onAccent)
	c.zone(name, x, y, w, 34, func() {
		if c.act.OK != nil {
			c.act.OK(c.model.Call.ID, c.customerLogin())
		}
	})
}

// customerLogin is the one that was chosen, or the only one.
func (c *Card) customerLogin() string {
	if c.chosen != "" {
		return c.chosen
	}
	if people := c.model.Call.Caller.Customers; len(people) == 1 {
		return people[0].Login
	}
	return ""
}

// ticket is the number of the ticket that was made, to be told to the caller.
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
	// The label and what a press does share the line above the number.
	labelled := fit(label, 12, false, room)
	w, _ := c.sheet.text(pad+12, y+6, labelled, 12, false, p.muted)
	if left := room - w - 26; left > width(hint, 12, false) || c.copied == number {
		shade := p.muted
		if c.hover == "copy" || c.copied == number {
			shade = p.green
		}
		c.sheet.icon(pad+12+w+10, y+9, 13, c.icons.get(icon, shade, fill))
		c.sheet.text(pad+12+w+26, y+6, fit(hint, 12, false, max(left, 20)), 12, false, shade)
	}
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

func (c *Card) open(url string) func() {
	return func() {
		if c.act.Open != nil {
			c.act.Open(url)
		}
	}
}

func (c *Card) zone(name string, x, y, w, h float32, do func()) {
	c.zones = append(c.zones, zone{name, x, y, w, h, do})
}
