package card

import (
	"cmp"
	"strings"
	"time"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// previous draws the previous call with the same party: when, who talked, and its ticket.
func (d drawing) previous(y float32) float32 {
	last := d.model.Call.Previous
	if last == nil || d.model.Kind == model.Warn || d.finished() {
		return y
	}
	const x, tall = pad + 24, 19
	words := d.previousText(*last)
	lines := wrap(words, 13, false, inner-24, 2)
	d.sheet.icon(pad, y+1, 16, d.icons.get(iconPrevious, d.p.muted, d.p.surface))
	begin, wide := y, float32(0)
	for _, line := range lines {
		wide, _ = d.sheet.text(x, y-1, line, 13, false, d.p.muted)
		y += tall
	}
	tip := d.zone("previous", pad-4, begin-2, 24, 22, nil)
	tip.setTip(words, oneLine(last.Line))
	if t := last.Ticket; t != nil && t.Number != "" {
		number := "#" + oneLine(t.Number)
		if w := width(number, 13, true); wide+8+w <= inner-24 { // on the same line
			y -= tall
			d.previousTicket(x+wide+8, y, w, number, t.URL)
		} else {
			d.previousTicket(x, y, min(w, inner-24), fit(number, 13, true, inner-24), t.URL)
		}
		y += tall
	}
	return y + 5
}

// previousTicket draws the ticket of that call, as a link if it has a page.
func (d drawing) previousTicket(x, y, w float32, number, url string) {
	shade := d.p.text
	if url != "" {
		shade = d.p.link
		if d.hover == "before" {
			d.sheet.rect(x-4, y-2, w+8, 22, 6, d.p.hover)
		}
		d.zone("before", x-4, y-2, w+8, 22, d.open(url)).setTip(d.look.Texts.Say("card.open"))
	}
	d.sheet.text(x, y-1, number, 13, true, shade)
}

// previousText describes the previous call in a sentence.
func (c content) previousText(last protocol.PreviousCall) string {
	now := cmp.Or(c.model.Call.Started, c.model.Since)
	places := map[string]any{"When": when(c.look.Texts, last.Started, now), "Who": oneLine(last.Agent)}
	outgoing, named := last.Direction == protocol.Outgoing, oneLine(last.Agent) != ""
	key := "card.previous"
	switch {
	case outgoing && last.Missed:
		key = "card.previous_unreached"
	case last.Missed:
		key = "card.previous_missed"
	case outgoing && named:
		key = "card.previous_called_by"
	case outgoing:
		key = "card.previous_called"
	case named:
		key = "card.previous_with"
	}
	return c.look.Texts.SayWith(key, places)
}

// when formats a time relative to now: with the clock for today and yesterday, in days within a
// week, else as a date.
func when(texts Texts, at, now time.Time) string {
	at, now = at.Local(), now.Local()
	clock := at.Format(texts.Say("when.clock"))
	days := int(midnight(now).Sub(midnight(at)).Hours()/24 + 0.5) // days have 23 to 25 hours
	switch {
	case days <= 0:
		return texts.SayWith("when.today", map[string]any{"Time": clock})
	case days == 1:
		return texts.SayWith("when.yesterday", map[string]any{"Time": clock})
	case days < 7:
		return texts.Count("when.days_ago", days)
	}
	date := map[string]any{"Day": at.Day(), "Month": "", "Time": clock, "Year": at.Year()}
	if months := strings.Fields(texts.Say("when.months")); len(months) == 12 {
		date["Month"] = months[at.Month()-1]
	}
	if at.Year() == now.Year() || days < 180 {
		return texts.SayWith("when.date", date)
	}
	return texts.SayWith("when.date_year", date)
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
