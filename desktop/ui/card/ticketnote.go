package card

import (
	"strings"

	"traybell/desktop/model"
)

// hasNote reports whether the card has the field for a note: from the answer on, so that nothing
// more is on the card of a ringing phone.
func (c *Card) hasNote() bool {
	return c.look.Tickets && c.model.Note.Max > 0 && c.model.Kind == model.Answer && !c.finished() && c.act.Note != nil
}

// note draws the field with what the call was about. A press opens it for typing.
func (d drawing) note(y float32) float32 {
	if !d.hasNote() {
		return y
	}
	const tall = 34
	y += 3
	say, note := d.look.Texts.Say, d.model.Note
	box := d.sheet.rect(pad, y, inner, tall, 8, d.p.surface)
	box.StrokeColor, box.StrokeWidth = d.p.muted, 1
	if d.hover == "note" {
		box.FillColor, box.StrokeColor = d.p.hover, d.p.link
	}
	words, shade := oneLine(note.Text), d.p.text
	if words == "" {
		words, shade = say("note.placeholder"), d.p.muted
	}
	d.sheet.icon(pad+9, y+8, 18, d.icons.get(iconWrite, d.p.muted, d.p.surface))
	d.sheet.text(pad+34, y+7, fit(words, 14, false, inner-44), 14, false, shade)
	d.zone("note", pad, y, inner, tall, func() { d.act.Note(d.model.Call.ID) }).setTip(say("note.tip"), note.Text)
	y += tall + 3
	status, failed := NoteStatus(d.look.Texts, note, d.model.Press.State)
	if status == "" {
		return y + 3
	}
	shade = d.p.muted
	switch {
	case failed:
		shade = d.p.red
	case note.State == model.NoteSaved && note.Text == "":
		shade = d.p.green
	}
	for _, line := range wrap(status, 12, false, inner, 3) {
		d.sheet.text(pad, y, line, 12, false, shade)
		y += 17
	}
	return y + 3
}

// NoteStatus says what becomes of a note; empty: nothing. failed: the agent must do something.
func NoteStatus(texts Texts, n model.Note, ticket model.PressState) (status string, failed bool) {
	unsent := strings.TrimSpace(n.Text) != ""
	switch {
	case n.State == model.NoteSending:
		return texts.Say("note.sending"), false
	case n.State == model.NoteFailed:
		return strings.TrimSpace(texts.Say("note.failed") + " " + oneLine(n.Reason)), true
	case unsent && ticket == model.Made:
		return texts.Say("note.unsent"), true
	case unsent && ticket == model.Pressed:
		return "", false
	case unsent:
		return texts.Say("note.waits"), false
	case n.State == model.NoteQueued:
		return texts.Say("note.queued"), false
	case n.State == model.NoteSaved:
		return texts.Say("note.saved"), false
	}
	return "", false
}
