package card

import (
	"cmp"
	"strings"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// Words is a card as text, for notifications and screen readers.
type Words struct {
	Title    string // state and caller
	Lines    []string
	Finished bool // no more actions
}

// Read returns the text of a card.
func Read(look Look, m model.Card) Words {
	c := content{look: look, model: m}
	w := Words{Title: c.head(light).title, Finished: c.finished()}
	add := func(parts ...string) {
		kept := parts[:0:0]
		for _, p := range parts {
			if p = oneLine(p); p != "" {
				kept = append(kept, p)
			}
		}
		if len(kept) > 0 {
			w.Lines = append(w.Lines, strings.Join(kept, " — "))
		}
	}
	if m.Kind == model.Warn && m.Call.ID == "" {
		add(m.Text)
	}
	if m.Call.ID != "" {
		number := c.otherNumber()
		if m.Call.Caller.Status == protocol.Withheld || number == "" {
			number = look.Texts.Say("card.withheld")
		}
		w.Title += ": " + number
		c.addCaller(add)
		for _, one := range m.Call.Data[:min(len(m.Call.Data), mostData)] {
			add(oneLine(one.Label) + ": " + oneLine(one.Value))
		}
		add(m.Call.Line.Name)
		if !m.Done && m.Kind != model.Warn {
			add(m.Call.Line.Comment)
		}
		if last := m.Call.Previous; last != nil && m.Kind != model.Warn && !w.Finished {
			text := c.previousText(*last)
			if last.Ticket != nil && last.Ticket.Number != "" {
				text += " #" + last.Ticket.Number
			}
			add(text)
		}
		if len(m.Call.Caller.Tickets) > 0 && m.Kind != model.Warn && !w.Finished {
			add(c.openTickets())
		}
	}
	c.addPress(add)
	return w
}

// addCaller adds the caller, the certainty and the category.
func (c content) addCaller(add func(...string)) {
	call, texts := c.model.Call, c.look.Texts
	people := call.Caller.Customers
	switch {
	case len(people) > 1:
		add(texts.Count("card.several", len(people)))
		for _, one := range people {
			add(cmp.Or(one.Name, one.Email, one.Login), one.Company)
		}
	case len(people) == 1:
		one := people[0]
		add(nameOf(one), one.Company)
		if one.Maybe {
			add(texts.Say("card.maybe"))
		}
	case call.Caller.Status == protocol.OwnPhone:
		add(c.colleague(), texts.Say("card.colleague"))
	case call.Caller.Status == protocol.Looking:
		add(call.Name, texts.Say("card.looking"))
	case call.Caller.Status == protocol.Withheld:
		add(call.Name)
	default:
		add(call.Name, texts.Say("card.unknown"))
	}
	switch note := call.Caller.Category; note.Color {
	case protocol.Green:
		add(texts.Say("category.green"), note.Comment)
	case protocol.Yellow:
		add(texts.Say("category.yellow"), note.Comment)
	case protocol.Red:
		add(texts.Say("category.red"), note.Comment)
	default:
		add(note.Comment)
	}
}

// addPress adds the state of the ticket.
func (c content) addPress(add func(...string)) {
	press, texts := c.model.Press, c.look.Texts
	switch press.State {
	case model.Made:
		label := texts.Say("card.ticket")
		if press.Ticket.By != "" {
			label = texts.SayWith("card.ticket_by", map[string]any{"Who": oneLine(press.Ticket.By)})
		}
		add(label + " " + oneLine(press.Ticket.Number))
	case model.Failed:
		add(cmp.Or(press.Reason, texts.Say("card.failed")))
	case model.Queued:
		add(texts.Say("card.queued"), press.Reason)
	case model.Pressed:
		if press.Into != "" {
			add(texts.Say("card.adding"))
			return
		}
		add(texts.Say("card.making"))
	case model.NotPressed:
	}
}
