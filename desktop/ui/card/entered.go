package card

import (
	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// enteredFound returns the number of the ticket that the caller entered, if the call can be added to
// it; else none.
func (c content) enteredFound() string {
	e := c.model.Call.Entered
	if e == nil || e.State != protocol.EnteredFound || !c.mayAppend() {
		return ""
	}
	return e.Number
}

// mayAppend reports whether the agent may add the call to a ticket now.
func (c content) mayAppend() bool {
	press := c.model.Press
	return c.look.Tickets && (press.State == model.NotPressed || press.State == model.Failed && press.Retry)
}

// drawEntered offers to add the call to the ticket whose number the caller entered, or says why it
// cannot be.
func drawEntered(d drawing, y float32, h head) float32 {
	e := d.model.Call.Entered
	if e == nil || d.model.Kind == model.Warn || d.model.Press.State == model.Made || d.finished() {
		return y
	}
	with := map[string]any{"Number": oneLine(e.Number)}
	key := ""
	switch e.State {
	case protocol.EnteredMissing:
		key = "card.entered_missing"
	case protocol.EnteredOther:
		key = "card.entered_other"
	case protocol.EnteredFound:
		if number := d.enteredFound(); number != "" {
			words := fit(d.look.Texts.SayWith("card.add_to", with), 14, true, inner-36)
			d.wide(y, "append "+number, words, h, func() {
				if d.act.Append != nil {
					d.act.Append(d.model.Call.ID, number)
				}
			})
			return y + 42
		}
	}
	if key == "" {
		return y
	}
	for _, line := range wrap(d.look.Texts.SayWith(key, with), 13, false, inner, 2) {
		d.sheet.text(pad, y, line, 13, false, d.p.muted)
		y += 18
	}
	return y + 5
}
