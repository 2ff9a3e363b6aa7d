package card

import (
	"cmp"
	"strings"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// Words is what a card says, for those who do not see it: the system's notifications, and whoever
// reads those aloud. Every line is one.
type Words struct {
	Title string // what is going on, and who it is
	Lines []string
	Over  bool // there is nothing more to be done
}

// Read puts a card into words.
func Read(look Look, m model.Card) Words {
	c := Card{look: look, model: m}
	w := Words{Title: c.head(light).title, Over: c.over()}
	say := func(parts ...string) {
		said := parts[:0:0]
		for _, p := range parts {
			if p = oneLine(p); p != "" {
				said = append(said, p)
			}
		}
		if len(said) > 0 {
			w.Lines = append(w.Lines, strings.Join(said, " — "))
		}
	}
	if m.Kind == model.Warn && m.Call.ID == "" {
		say(m.Text)
	}
	if m.Call.ID != "" {
		number := oneLine(cmp.Or(m.Call.Display, m.Call.Number))
		if m.Call.Caller.Status == protocol.Withheld || number == "" {
			number = look.Texts.Say("card.withheld")
		}
		w.Title += ": " + number
		c.sayWho(say)
		say(m.Call.Line.Name)
		if !m.Done && m.Kind != model.Warn {
			say(m.Call.Line.Comment)
		}
		if last := m.Call.Previous; last != nil && m.Kind != model.Warn && !w.Over {
			said := c.beforeThis(*last)
			if last.Ticket != nil && last.Ticket.Number != "" {
				said += " #" + last.Ticket.Number
			}
			say(said)
		}
		if len(m.Call.Caller.Tickets) > 0 && m.Kind != model.Warn && !w.Over {
			say(c.openTickets())
		}
	}
	c.sayPress(say)
	return w
}

// sayWho is who calls, how sure that is, and what agents have noted.
func (c *Card) sayWho(say func(...string)) {
	call, texts := c.model.Call, c.look.Texts
	people := call.Caller.Customers
	switch {
	case len(people) > 1:
		say(texts.Count("card.several", len(people)))
		for _, one := range people {
			say(cmp.Or(one.Name, one.Email, one.Login), one.Company)
		}
	case len(people) == 1:
		one := people[0]
		say(cmp.Or(one.Name, one.Company, one.Email, one.Login), one.Company)
		if one.Maybe {
			say(texts.Say("card.maybe"))
		}
	case call.Caller.Status == protocol.OwnPhone:
		say(c.colleague(), texts.Say("card.colleague"))
	case call.Caller.Status == protocol.Looking:
		say(call.Name, texts.Say("card.looking"))
	case call.Caller.Status == protocol.Withheld:
		say(call.Name)
	default:
		say(call.Name, texts.Say("card.unknown"))
	}
	switch note := call.Caller.Category; note.Color {
	case protocol.Green:
		say(texts.Say("category.green"), note.Comment)
	case protocol.Yellow:
		say(texts.Say("category.yellow"), note.Comment)
	case protocol.Red:
		say(texts.Say("category.red"), note.Comment)
	default:
		say(note.Comment)
	}
}

// sayPress is what became of OK.
func (c *Card) sayPress(say func(...string)) {
	press, texts := c.model.Press, c.look.Texts
	switch press.State {
	case model.Made:
		label := texts.Say("card.ticket")
		if press.Ticket.By != "" {
			label = texts.SayWith("card.ticket_by", map[string]any{"Who": oneLine(press.Ticket.By)})
		}
		say(label + " " + oneLine(press.Ticket.Number))
	case model.Failed:
		say(cmp.Or(press.Reason, texts.Say("card.failed")))
	case model.Queued:
		say(texts.Say("card.queued"), press.Reason)
	case model.Pressed:
		if press.Into != "" {
			say(texts.Say("card.adding"))
			return
		}
		say(texts.Say("card.making"))
	case model.NotPressed:
	}
}
