package card

// Middle is the middle of an enabled zone, in pixels.
func Middle(p *Painter, name string) (x, y int, ok bool) {
	for _, z := range p.Card.zones {
		if z.name == name && z.do != nil {
			return int((z.x + z.w/2) * p.scale), int((z.y + z.h/2) * p.scale), true
		}
	}
	return 0, 0, false
}

// Objects counts the canvas objects of a card.
func Objects(p *Painter) int {
	s := p.Card.sheet
	return len(s.rects.all) + len(s.pics.all) + len(s.lines.all) + len(s.tipRects.all) + len(s.tipLines.all)
}

// Order lists the enabled zones in keyboard order.
func Order(p *Painter) []string { return p.Card.order() }

// Focused is the zone that Enter presses.
func Focused(p *Painter) string { return p.Card.focus }
