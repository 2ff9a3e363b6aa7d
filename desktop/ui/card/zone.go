package card

// zone is a part of the card that can be pressed, or that has something to say when the pointer
// rests on it.
type zone struct {
	name string
	x, y float32
	w, h float32
	do   func() // nil: it is not pressed
	tip  []string
}

// zone adds a part to the card.
func (c *Card) zone(name string, x, y, w, h float32, do func()) *zone {
	c.zones = append(c.zones, zone{name: name, x: x, y: y, w: w, h: h, do: do})
	return &c.zones[len(c.zones)-1]
}

// says gives a part its tip, a paragraph an entry; empty ones are left out.
func (z *zone) says(paragraphs ...string) {
	for _, p := range paragraphs {
		if p = oneLine(p); p != "" {
			z.tip = append(z.tip, p)
		}
	}
}

func (z *zone) over(x, y float32) bool {
	return x >= z.x && y >= z.y && x < z.x+z.w && y < z.y+z.h
}

// at is what lies there; of two the one that was drawn first, which lies inside the other where
// they overlap.
func (c *Card) at(x, y float32) *zone {
	for i := range c.zones {
		if z := &c.zones[i]; z.over(x, y) {
			return z
		}
	}
	return nil
}

// named is the part of that name; nil where there is none any more.
func (c *Card) named(name string) *zone {
	for i := range c.zones {
		if c.zones[i].name == name {
			return &c.zones[i]
		}
	}
	return nil
}

// Tap presses what is at this place, in Fyne's units. It tells whether the card has changed.
func (c *Card) Tap(x, y float32) bool { return c.press(c.at(x, y)) }

func (c *Card) press(z *zone) bool {
	if z == nil || z.do == nil {
		return false
	}
	z.do()
	c.rests = false
	c.draw()
	return true
}

// Hover says where the pointer is; false for over means that it has left. It tells whether the card
// has changed.
func (c *Card) Hover(x, y float32, over bool) bool {
	name := ""
	if z := c.at(x, y); over && z != nil {
		name = z.name
	}
	if name == c.hover {
		return false
	}
	c.hover, c.rests = name, false
	c.draw()
	return true
}

// Tipped tells whether there is something to say about what the pointer is over, and it is not said
// yet.
func (c *Card) Tipped() bool {
	z := c.named(c.hover)
	return z != nil && len(z.tip) > 0 && !c.rests
}

// Rest says that the pointer has stayed where it is: the tip of what is there is shown. It tells
// whether the card has changed.
func (c *Card) Rest() bool {
	if !c.Tipped() {
		return false
	}
	c.rests = true
	c.draw()
	return true
}

// tipped is the part whose tip is shown now: the one that the pointer rests on, else the one that
// the keyboard is at.
func (c *Card) tipped() *zone {
	if c.hover != "" && c.rests {
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
