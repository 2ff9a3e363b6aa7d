package card

// zone is a part of the card that can be pressed or has a tip.
type zone struct {
	name string
	x, y float32
	w, h float32
	do   func() // nil: not enabled
	tip  []string
}

// zone adds a zone to the card.
func (c *Card) zone(name string, x, y, w, h float32, do func()) *zone {
	c.zones = append(c.zones, zone{name: name, x: x, y: y, w: w, h: h, do: do})
	return &c.zones[len(c.zones)-1]
}

// setTip sets the paragraphs of the tip. Empty ones are left out.
func (z *zone) setTip(paragraphs ...string) {
	for _, p := range paragraphs {
		if p = oneLine(p); p != "" {
			z.tip = append(z.tip, p)
		}
	}
}

func (z *zone) contains(x, y float32) bool {
	return x >= z.x && y >= z.y && x < z.x+z.w && y < z.y+z.h
}

// at returns the zone at a point. If zones overlap, the first one drawn is the inner one.
func (c *Card) at(x, y float32) *zone {
	for i := range c.zones {
		if z := &c.zones[i]; z.contains(x, y) {
			return z
		}
	}
	return nil
}

// named returns the zone with a name, or nil.
func (c *Card) named(name string) *zone {
	for i := range c.zones {
		if c.zones[i].name == name {
			return &c.zones[i]
		}
	}
	return nil
}

// Tap presses the zone at a point, in Fyne's units. It reports whether the card has changed.
func (c *Card) Tap(x, y float32) bool { return c.press(c.at(x, y)) }

func (c *Card) press(z *zone) bool {
	if z == nil || z.do == nil {
		return false
	}
	z.do()
	c.tipShown = false
	c.draw()
	return true
}

// Hover moves the pointer, or away if over is false. It reports whether the card has changed.
func (c *Card) Hover(x, y float32, over bool) bool {
	name := ""
	if z := c.at(x, y); over && z != nil {
		name = z.name
	}
	if name == c.hover {
		return false
	}
	c.hover, c.tipShown = name, false
	c.draw()
	return true
}

// HasTip reports whether the hovered zone has a tip that is not shown yet.
func (c *Card) HasTip() bool {
	z := c.named(c.hover)
	return z != nil && len(z.tip) > 0 && !c.tipShown
}

// ShowTip shows the tip of the hovered zone. It reports whether the card has changed.
func (c *Card) ShowTip() bool {
	if !c.HasTip() {
		return false
	}
	c.tipShown = true
	c.draw()
	return true
}

// tipped is the zone whose tip is shown: the hovered one, else the focused one.
func (c *Card) tipped() *zone {
	if c.hover != "" && c.tipShown {
		return c.named(c.hover)
	}
	if c.keys && c.hover == "" {
		return c.named(c.focus)
	}
	return nil
}

func (c *Card) open(url string) func() {
	return func() {
		if c.act.Open != nil {
			c.act.Open(url)
		}
	}
}
