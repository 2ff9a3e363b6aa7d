package card

// categoryComment draws the agents' comment on the number.
func (d drawing) categoryComment(y float32) float32 {
	note := d.model.Call.Caller.Category
	_, shade := category(d.p, note.Color)
	words := oneLine(note.Comment)
	if words == "" {
		return y
	}
	lines := wrap(words, 13, false, inner-14, 3)
	d.sheet.rect(pad, y+1, 3, float32(18*len(lines))-2, 1.5, shade)
	for _, line := range lines {
		d.sheet.text(pad+12, y-1, line, 13, false, shade)
		y += 18
	}
	return y + 5
}

// lineComment draws the line's comment: what the agent should say or know.
func (d drawing) lineComment(y float32, h head) float32 {
	lines := wrap(d.model.Call.Line.Comment, 14, false, inner-42, 3)
	if len(lines) == 0 {
		return y
	}
	high := float32(len(lines))*19 + 15
	y += 2
	d.sheet.rect(pad, y, inner, high, 8, d.p.tinted(h.color))
	d.sheet.icon(pad+10, y+8, 18, d.icons.get(iconSay, h.color, d.p.surface))
	for i, line := range lines {
		d.sheet.text(pad+34, y+7+float32(i)*19, line, 14, false, d.p.text)
	}
	return y + high + 8
}
