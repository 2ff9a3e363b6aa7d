package card

import (
	"cmp"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// FoldedHeight is the height of a folded card.
const FoldedHeight = 56

// Fold shows only the state and the caller, or all again. It takes effect with the next Set.
func (c *Card) Fold(on bool) { c.folded = on }

// foldedLines draws a folded card. A press anywhere shows all of it.
func (d drawing) foldedLines() float32 {
	const icon, x = 32, pad + 42
	h := d.head(d.p)
	if d.hover == "unfold" {
		d.sheet.rect(0, 0, Width, FoldedHeight, corner, d.p.hover)
	}
	d.sheet.rect(pad, 12, icon, icon, icon/2, d.p.tinted(h.color))
	d.sheet.icon(pad+6, 18, icon-12, d.icons.get(h.icon, h.color, d.p.tinted(h.color)))
	who, about := d.callerLine(), h.title
	if d.model.Kind == model.Warn {
		who, about = h.title, oneLine(d.model.Text)
		if d.model.Call.ID != "" { // a missed call
			about = d.otherNumber()
		}
	}
	room := float32(Width - pad - x)
	call := d.model.Call
	if color := call.Caller.Category.Color; color != "" && color != protocol.Neutral {
		mark, shade := category(d.p, color)
		room -= 32
		d.sheet.icon(Width-pad-24, 16, 24, d.icons.get(mark, shade, d.p.surface))
	}
	d.sheet.text(x, 9, fit(who, 15, true, room), 15, true, d.p.text)
	d.sheet.text(x, 30, fit(about, 12, false, room), 12, false, h.color)
	d.zone("unfold", 0, 0, Width, FoldedHeight, func() {
		if d.act.Unfold != nil {
			d.act.Unfold(d.model.ID)
		}
	})
	return FoldedHeight
}

// callerLine is the caller in a line: the only customer or else the number.
func (c content) callerLine() string {
	call := c.model.Call
	number := cmp.Or(c.otherNumber(), oneLine(c.look.Texts.Say("card.withheld")))
	switch people := call.Caller.Customers; {
	case len(people) == 1:
		return oneLine(cmp.Or(people[0].Name, people[0].Company, people[0].Email, people[0].Login)) + " · " + number
	case call.Name != "" && len(people) == 0:
		return oneLine(call.Name) + " · " + number
	}
	return number
}
