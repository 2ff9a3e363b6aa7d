package card

import (
	"image/color"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// head is the title of a card.
type head struct {
	icon  string
	title string
	color color.NRGBA
}

// head returns the title, colour and icon for the card's state.
func (c *Card) head(p palette) head {
	m, text := c.model, c.look.Texts.Say
	who := map[string]any{"Who": oneLine(m.Elsewhere)}
	switch {
	case m.Kind == model.Warn && m.Title == model.TitleMissed:
		return head{iconMissed, text("card.missed"), p.red}
	case m.Kind == model.Warn && (m.Press.State == model.Made || model.Good(m.Title)):
		return head{iconCheck, c.warning(), p.green}
	case m.Kind == model.Warn && m.Title == model.TitleMessage:
		return head{iconMessage, c.warning(), p.blue}
	case m.Kind == model.Warn:
		return head{iconWarning, c.warning(), p.amber}
	case m.Call.Missed && m.Kind == model.Incoming:
		return head{iconMissed, text("card.missed"), p.red}
	case m.Elsewhere != "" && m.Kind == model.Answer:
		return head{iconAway, c.look.Texts.SayWith("card.transferred", who), p.grey}
	case m.Elsewhere != "":
		return head{iconAway, c.look.Texts.SayWith("card.elsewhere", who), p.grey}
	case m.Kind == model.Incoming && (m.Done || m.Mine == protocol.Ended) && m.Call.State != protocol.Ended:
		return head{iconAway, text("card.stopped"), p.grey}
	case m.Done || m.Call.State == protocol.Ended || m.Kind == model.Answer && m.Mine == protocol.Ended:
		return head{iconTalking, text("card.ended"), p.grey}
	case m.Mine == protocol.Held:
		return head{iconHeld, text("card.held"), p.amber}
	case m.Kind == model.Answer && m.Call.Direction == protocol.Outgoing:
		return head{iconAway, text("card.outgoing"), p.green}
	case m.Kind == model.Answer:
		return head{iconTalking, text("card.answered"), p.green}
	case m.Call.Direction == protocol.Internal:
		return head{iconRinging, text("card.internal"), p.blue}
	}
	return head{iconRinging, text("card.incoming"), p.blue}
}

func (c *Card) warning() string {
	return oneLine(c.look.Texts.SayWith(c.model.Title, map[string]any{
		"From": oneLine(c.model.From), "Text": oneLine(c.model.Text),
	}))
}

// header draws the icon, the title, the line's name and the close button.
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
	closing := "button.close"
	if c.model.Call.ID != "" && !c.model.Done {
		closing = "card.close" // reassures the agent that closing does not hang up
	}
	c.zone("close", Width-pad-22, 10, 28, 28, func() {
		if c.act.Close != nil {
			c.act.Close(c.model.ID)
		}
	}).setTip(c.look.Texts.Say(closing))
	shade := p.muted
	if c.hover == "close" {
		c.sheet.rect(Width-pad-22, 10, 28, 28, 14, p.hover)
		shade = p.text
	}
	c.sheet.icon(Width-pad-17, 15, 18, c.icons.get(iconClose, shade, p.surface))
	return bottom + 10
}

// warningText draws the text of a warning.
func (c *Card) warningText(p palette, y float32) float32 {
	if c.model.Call.ID != "" { // a missed call has no text
		return y
	}
	for _, line := range wrap(oneLine(c.model.Text), 14, false, inner, 4) {
		_, h := c.sheet.text(pad, y-2, line, 14, false, p.text)
		y += h + 1
	}
	return y + 2
}
