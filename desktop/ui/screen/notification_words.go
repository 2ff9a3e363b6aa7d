package screen

import (
	"cmp"
	"strings"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/system"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// Keys of actions. Those that end with a colon are followed by an argument.
const (
	actPage    = "default" // a press on the notification itself, like on the card's number
	actOK      = "ok"
	actOKFor   = "ok:"
	actNone    = "none" // none of several customers
	actAdd     = "add:"
	actMap     = "map"
	actTLink   = "tlink"
	actTicket  = "ticket"
	actCopy    = "copy"
	actTake    = "acknowledge"
	maxChoices = 3 // limit of customers and tickets, as notifications have little space
)

// notification converts a card into a notification.
func (p *Notifications) notification(c model.Card) system.Notification {
	look := p.active.look
	words := card.Read(look, c)
	n := system.Notification{
		Title: words.Title, Text: strings.Join(words.Lines, "\n"), Urgent: c.Sticky,
		Category: notificationCategory(c),
	}
	if c.Kind == model.Warn {
		n.Expires = times(p.kind(c.Kind)).Show
	}
	add := func(key, label string) {
		n.Actions = append(n.Actions, system.NotificationAction{Key: key, Label: label})
	}
	if t := c.Press.Ticket; c.Press.State == model.Made {
		if p.opts.Events.Copy != nil {
			add(actCopy, look.Texts.Say("button.copy"))
		}
		if t.URL != "" {
			add(actTicket, look.Texts.Say("card.open"))
		}
	}
	if model.AlarmOf(c.ID) != "" {
		add(actTake, look.Texts.Say("card.acknowledge"))
	}
	if c.Call.ID == "" || words.Finished {
		return n
	}
	if c.Call.Links.CID != "" {
		add(actPage, words.Title)
	}
	if c.Kind != model.Warn && look.Tickets && (c.Press.State == model.NotPressed ||
		c.Press.State == model.Failed && c.Press.Retry) {
		p.offerTicket(c, add)
	}
	if c.Call.Links.Ticket != "" {
		add(actTLink, look.Texts.Say("card.tlink"))
	}
	if c.Call.Links.Map != "" {
		add(actMap, look.Texts.Say("card.map"))
	}
	return n
}

// offerTicket adds the ticket actions: for which customer, or to which ticket.
func (p *Notifications) offerTicket(c model.Card, add func(key, label string)) {
	texts := p.active.look.Texts
	label := texts.Say("card.ok")
	if c.Press.State == model.Failed {
		label = texts.Say("card.retry")
	}
	if people := c.Call.Caller.Customers; len(people) > 1 {
		for _, one := range people[:min(len(people), maxChoices)] {
			add(actOKFor+one.Login, label+": "+cmp.Or(one.Name, one.Email, one.Login))
		}
		add(actNone, label+": "+texts.Say("card.no_customer"))
	} else {
		add(actOK, label)
	}
	for _, t := range c.Call.Caller.Tickets[:min(len(c.Call.Caller.Tickets), maxChoices)] {
		add(actAdd+t.Number, texts.Say("card.add")+" "+t.Number)
	}
}

// notificationCategory is the category of the Desktop Notifications Specification.
func notificationCategory(c model.Card) string {
	switch {
	case c.Call.ID == "":
		return ""
	case c.Call.Missed || c.Title == model.TitleMissed:
		return "call.unanswered"
	case c.Done || c.Call.State == protocol.Ended:
		return "call.ended"
	case c.Kind == model.Incoming:
		return "call.incoming"
	}
	return "call"
}

// act performs a pressed action.
func (p *Notifications) act(id, key string) {
	c, known := p.card(id)
	if !known {
		return
	}
	e := p.opts.Events
	pair := func(f func(string, string), b string) {
		if f != nil {
			p.opts.Do(func() { f(c.Call.ID, b) })
		}
	}
	name, about, _ := strings.Cut(key, ":")
	switch {
	case key == actOK:
		switch people := c.Call.Caller.Customers; len(people) {
		case 0:
			pair(e.OK, "")
		case 1:
			pair(e.OK, people[0].Login)
		} // several were found meanwhile: an updated notification follows
	case key == actNone:
		pair(e.OK, "")
	case name+":" == actOKFor:
		pair(e.OK, about)
	case name+":" == actAdd:
		pair(e.Append, about)
	case key == actPage:
		p.notify(e.Open, c.Call.Links.CID)
	case key == actMap:
		p.notify(e.Open, c.Call.Links.Map)
	case key == actTLink:
		p.notify(e.Open, c.Call.Links.Ticket)
	case key == actTicket:
		p.notify(e.Open, c.Press.Ticket.URL)
	case key == actCopy:
		p.notify(e.Copy, c.Press.Ticket.Number)
	case key == actTake:
		p.machine.Close(id, time.Now())
		p.notify(e.Acknowledge, id)
	}
}
