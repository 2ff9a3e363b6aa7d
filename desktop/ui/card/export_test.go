package card

// Middle is where a part of the card is, in pixels.
func Middle(p *Painter, name string) (x, y int, ok bool) {
	for _, z := range p.Card.zones {
		if z.name == name {
			return int((z.x + z.w/2) * p.scale), int((z.y + z.h/2) * p.scale), true
		}
	}
	return 0, 0, false
}

// Objects counts the canvas objects that a card has made.
func Objects(p *Painter) int {
	s := p.Card.sheet
	return len(s.rects.all) + len(s.pics.all) + len(s.lines.all)
}
