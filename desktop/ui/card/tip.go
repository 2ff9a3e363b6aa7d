package card

const (
	tipSize = 13
	tipLine = 18
	tipPad  = 10
)

// tip draws the tip of the hovered or focused zone on top of everything: below the zone if there is
// space, else above it. The card does not grow; text that does not fit is shortened.
func (d drawing) tip() {
	z := d.tipped()
	if z == nil || len(z.tip) == 0 {
		return
	}
	above, below := z.y-6, d.size.Height-(z.y+z.h)-6
	most := int((max(above, below) - 2*tipPad) / tipLine)
	if most < 1 {
		return // the card is a single line
	}
	var lines []string
	var wide float32
	bold := 0 // the first paragraph is a title
	for i, paragraph := range z.tip {
		for _, line := range wrap(paragraph, tipSize, i == 0 && len(z.tip) > 1, inner-2*tipPad, most) {
			if len(lines) == most {
				lines[most-1] = fit(lines[most-1]+ellipsis, tipSize, false, inner-2*tipPad)
				break
			}
			lines = append(lines, line)
			wide = max(wide, width(line, tipSize, i == 0 && len(z.tip) > 1))
		}
		if i == 0 && len(z.tip) > 1 {
			bold = len(lines)
		}
	}
	w, h := wide+2*tipPad, float32(len(lines))*tipLine+2*tipPad-4
	x := min(max(z.x+z.w/2-w/2, pad/2), Width-pad/2-w)
	y := z.y + z.h + 4
	if below < h+4 && above > below {
		y = z.y - 4 - h
	}
	d.sheet.above = true
	defer func() { d.sheet.above = false }()
	d.sheet.rect(x, y, w, h, 7, d.p.text)
	for i, line := range lines {
		d.sheet.text(x+tipPad, y+tipPad-4+float32(i)*tipLine, line, tipSize, i < bold, d.p.surface)
	}
}
