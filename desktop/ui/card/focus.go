package card

import (
	"cmp"
	"slices"
	"strings"
)

// Key is one that a card with the keyboard goes by.
type Key int

// The keys.
const (
	Next  Key = iota // Tab, and the arrows down and right
	Prior            // Shift and Tab, and the arrows up and left
	Press            // Enter and Space
)

// Keyboard gives the keyboard to the card, or takes it away. It begins where OK is, else with
// whatever else there is to press, last with the cross.
func (c *Card) Keyboard(on bool) {
	c.keys, c.focus = on, ""
	if on {
		c.aim()
	}
	c.draw()
}

// Key does what a key means. It tells whether the card has changed.
func (c *Card) Key(k Key) bool {
	if !c.keys {
		return false
	}
	c.aim()
	switch k {
	case Press:
		return c.press(c.named(c.focus))
	case Next:
		c.step(1)
	case Prior:
		c.step(-1)
	}
	c.rests = false
	c.draw()
	return true
}

// Stays tells whether the keyboard still is for this card when what it is at was pressed: what
// opens something elsewhere, or closes the card, ends that.
func (c *Card) Stays() bool {
	switch z := c.named(c.focus); {
	case z == nil, z.name == "close", z.name == "category", z.name == "cid", z.name == "map", z.name == "tlink",
		z.name == "ticket", z.name == "before":
		return false
	default:
		return !strings.HasPrefix(z.name, "open ")
	}
}

// aim sees to it that the keyboard is at something that can be pressed: what it was at may be gone.
func (c *Card) aim() {
	if z := c.named(c.focus); z != nil && z.do != nil {
		return
	}
	c.focus = ""
	if c.Waits() { // OK was pressed: a second Enter is nothing, until there is a number
		return
	}
	order := c.order()
	if i := slices.IndexFunc(order, func(name string) bool {
		return strings.HasPrefix(name, "customer ")
	}); i >= 0 && c.named("ok") == nil {
		c.focus = order[i] // who it is comes before OK
		return
	}
	for _, name := range append([]string{"ok", "ticket", "copy"}, order...) {
		if slices.Contains(order, name) {
			c.focus = name
			return
		}
	}
}

func (c *Card) step(by int) {
	order := c.order()
	switch i := slices.Index(order, c.focus); {
	case len(order) == 0:
	case i < 0 && by < 0:
		c.focus = order[len(order)-1]
	case i < 0:
		c.focus = order[0]
	default:
		c.focus = order[(i+by+len(order))%len(order)]
	}
}

// order is what can be pressed, as one reads it: line by line, the cross last.
func (c *Card) order() []string {
	parts := slices.DeleteFunc(slices.Clone(c.zones), func(z zone) bool { return z.do == nil })
	slices.SortStableFunc(parts, func(a, b zone) int {
		if (a.name == "close") != (b.name == "close") {
			if a.name == "close" {
				return 1
			}
			return -1
		}
		if middle := b.y + b.h/2; middle > a.y && middle < a.y+a.h { // side by side
			return cmp.Compare(a.x, b.x)
		}
		return cmp.Compare(a.y, b.y)
	})
	names := make([]string, len(parts))
	for i, z := range parts {
		names[i] = z.name
	}
	return names
}

// ring is drawn round what Enter presses.
func (c *Card) ring(p palette) {
	c.aim()
	z := c.named(c.focus)
	if z == nil {
		return
	}
	gap := c.sheet.rect(z.x-2, z.y-2, z.w+4, z.h+4, 9, p.clear())
	gap.StrokeColor, gap.StrokeWidth = p.surface, 4
	r := c.sheet.rect(z.x-3, z.y-3, z.w+6, z.h+6, 10, p.clear())
	r.StrokeColor, r.StrokeWidth = p.text, 2
}
