package card

import (
	"cmp"
	"image/color"
	"slices"
	"strings"

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
func (c content) head(p palette) head {
	m, text := c.model, c.look.Texts.Say
	who := map[string]any{"Who": oneLine(m.Elsewhere)}
	switch {
	case m.Kind == model.Warn && m.Title == model.TitleMissed:
		return head{iconMissed, text("card.missed"), p.red}
	case m.Kind == model.Warn && model.Good(m.Title):
		return head{iconCheck, c.warning(), p.green}
	case m.Kind == model.Warn && m.Title == model.TitleMessage:
		return head{iconMessage, c.warning(), p.blue}
	case m.Kind == model.Warn:
		return head{iconWarning, c.warning(), p.amber}
	case m.Call.Test:
		return head{iconRinging, text("card.test"), p.amber}
	case m.Call.Missed && m.Kind == model.Incoming:
		return head{iconMissed, text("card.missed"), p.red}
	case m.Control.Slot != "":
		return head{
			iconHeld,
			c.look.Texts.SayWith("card.parked_at", map[string]any{"Slot": oneLine(m.Control.Slot)}),
			p.amber,
		}
	case m.Kind == model.Answer && m.Mine == protocol.Ended && ringsAt(m.Call) != "":
		return head{iconAway, c.look.Texts.SayWith("card.ringing_at", map[string]any{"Who": ringsAt(m.Call)}), p.grey}
	case m.Kind == model.Answer && m.Mine == protocol.Ended && slices.Contains(m.Call.Can, protocol.ControlPickup):
		return head{iconHeld, text("card.parked"), p.amber}
	case m.Elsewhere != "" && m.Kind == model.Answer:
		return head{iconAway, c.look.Texts.SayWith("card.transferred", who), p.grey}
	case m.Elsewhere != "":
		return head{iconAway, c.look.Texts.SayWith("card.elsewhere", who), p.grey}
	case m.Outside:
		return head{iconAway, text("card.outside"), p.grey}
	case m.Kind == model.Incoming && (m.Done || m.Mine == protocol.Ended) && m.Call.State != protocol.Ended:
		return head{iconAway, text("card.stopped"), p.grey}
	case m.Call.EndUnseen && m.Done:
		return head{iconTalking, text("card.unseen"), p.grey}
	case m.Done || m.Call.State == protocol.Ended || m.Kind == model.Answer && m.Mine == protocol.Ended:
		return head{iconTalking, text("card.ended"), p.grey}
	case slices.Contains(m.Call.Can, protocol.ControlCancel):
		return head{iconAway, text("card.consulting"), p.amber}
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

// ringsAt returns at whose phones a call rings: names or extensions.
func ringsAt(call protocol.Call) string {
	var who []string
	for _, leg := range call.Legs {
		if leg.State == protocol.Ringing && !leg.Calling {
			who = append(who, oneLine(cmp.Or(leg.Agent, leg.Extension)))
		}
	}
	return strings.Join(who, ", ")
}

func (c content) warning() string {
	return oneLine(c.look.Texts.SayWith(c.model.Title, map[string]any{
		"From": oneLine(c.model.From), "Text": oneLine(c.model.Text),
	}))
}

// header draws the icon, the title, the line's name and the close button.
func (d drawing) header(h head) float32 {
	const icon = 32
	d.sheet.rect(pad, 14, icon, icon, icon/2, d.p.tinted(h.color))
	d.sheet.icon(pad+6, 20, icon-12, d.icons.get(h.icon, h.color, d.p.tinted(h.color)))
	x, room := float32(pad+icon+10), float32(inner-icon-10-30)
	line := oneLine(d.model.Call.Line.Name)
	if line == "" && d.model.Kind != model.Warn {
		line = oneLine(d.model.Call.DID)
	}
	bottom := float32(14 + icon)
	switch {
	case line != "":
		d.sheet.text(x, 11, fit(h.title, 14, true, room), 14, true, h.color)
		d.sheet.text(x, 29, fit(line, 12, false, room), 12, false, d.p.muted)
	default:
		for i, t := range wrap(h.title, 14, true, room, 2) {
			at := float32(20)
			if i > 0 {
				at, bottom = 20+float32(i)*19, 14+icon+10
			}
			d.sheet.text(x, at, t, 14, true, h.color)
		}
	}
	closing := "button.close"
	if d.model.Call.ID != "" && !d.model.Done {
		closing = "card.close" // reassures the agent that closing does not hang up
	}
	d.zone("close", Width-pad-22, 10, 28, 28, func() {
		if d.act.Close != nil {
			d.act.Close(d.model.ID)
		}
	}).setTip(d.look.Texts.Say(closing))
	shade := d.p.muted
	if d.hover == "close" {
		d.sheet.rect(Width-pad-22, 10, 28, 28, 14, d.p.hover)
		shade = d.p.text
	}
	d.sheet.icon(Width-pad-17, 15, 18, d.icons.get(iconClose, shade, d.p.surface))
	return bottom + 10
}

// warningText draws the text of a warning.
func (d drawing) warningText(y float32) float32 {
	if d.model.Call.ID != "" { // a missed call has no text
		return y
	}
	for _, line := range wrap(oneLine(d.model.Text), 14, false, inner, 4) {
		_, h := d.sheet.text(pad, y-2, line, 14, false, d.p.text)
		y += h + 1
	}
	return y + 2
}
