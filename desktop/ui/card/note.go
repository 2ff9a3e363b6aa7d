package card

// categoryComment draws the agents' comment on the number.
func (c *Card) categoryComment(p palette, y float32) float32 {
	note := c.model.Call.Caller.Category
	_, shade := category(p, note.Color)
	words := oneLine(note.Comment)
	if words == "" {
		return y
	}
	lines := wrap(words, 13, false, inner-14, 3)
	c.sheet.rect(pad, y+1, 3, float32(18*len(lines))-2, 1.5, shade)
	for _, line := range lines {
		c.sheet.text(pad+12, y-1, line, 13, false, shade)
		y += 18
	}
	return y + 5
}

// lineComment draws the line's comment: what the agent should say or know.
func (c *Card) lineComment(p palette, y float32, h head) float32 {
	lines := wrap(c.model.Call.Line.Comment, 14, false, inner-42, 3)
	if len(lines) == 0 {
		return y
	}
	high := float32(len(lines))*19 + 15
	y += 2
	c.sheet.rect(pad, y, inner, high, 8, p.tinted(h.color))
	c.sheet.icon(pad+10, y+8, 18, c.icons.get(iconSay, h.color, p.surface))
	for i, line := range lines {
		c.sheet.text(pad+34, y+7+float32(i)*19, line, 14, false, p.text)
	}
	return y + high + 8
}
