package card

import (
	"cmp"
	"slices"
	"strings"
)

// Key is a key for a card that has the keyboard.
type Key int

// The keys.
const (
	Next     Key = iota // Tab, Down, Right
	Previous            // Shift+Tab, Up, Left
	Press               // Enter, Space
)

// Keyboard gives or takes the keyboard. The focus starts at OK, or else at the first enabled zone.
func (c *Card) Keyboard(on bool) {
	c.keys, c.focus = on, ""
	if on {
		c.fixFocus()
	}
	c.draw()
}

// Key handles a key and reports whether the card has changed.
func (c *Card) Key(k Key) bool {
	if !c.keys {
		return false
	}
	c.fixFocus()
	switch k {
	case Press:
		return c.press(c.named(c.focus))
	case Next:
		c.step(1)
	case Previous:
		c.step(-1)
	}
	c.tipShown = false
	c.draw()
	return true
}

// KeepsKeyboard reports whether the card keeps the keyboard after the focused zone is pressed: not
// if it opens something else or closes the card.
func (c *Card) KeepsKeyboard() bool {
	switch z := c.named(c.focus); {
	case z == nil, z.name == "close", z.name == "category", z.name == "cid", z.name == "map", z.name == "tlink",
		z.name == "ticket", z.name == "before", z.name == "note", z.name == "do transfer", z.name == "do dtmf":
		return false
	default:
		return !strings.HasPrefix(z.name, "open ")
	}
}

// fixFocus moves the focus to an enabled zone if necessary.
func (c *Card) fixFocus() {
	if z := c.named(c.focus); z != nil && z.do != nil {
		return
	}
	c.focus = ""
	if c.Waiting() { // OK was pressed: Enter does nothing until the ticket exists
		return
	}
	order := c.order()
	if i := slices.IndexFunc(order, func(name string) bool {
		return strings.HasPrefix(name, "customer ")
	}); i >= 0 && c.named("ok") == nil {
		c.focus = order[i] // choose the customer before OK
		return
	}
	for _, name := range append([]string{"append " + c.enteredFound(), "ok", "ticket", "copy"}, order...) {
		// Enter must not hang up because the card got the keyboard
		if slices.Contains(order, name) && !strings.HasPrefix(name, "do ") {
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

// order lists the enabled zones line by line, close last.
func (c *Card) order() []string {
	parts := slices.DeleteFunc(slices.Clone(c.zones), func(z zone) bool { return z.do == nil })
	slices.SortStableFunc(parts, func(a, b zone) int {
		if (a.name == "close") != (b.name == "close") {
			if a.name == "close" {
				return 1
			}
			return -1
		}
		if middle := b.y + b.h/2; middle > a.y && middle < a.y+a.h { // on the same line
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

// ring is drawn around the focused zone.
func (d drawing) ring() {
	d.fixFocus()
	z := d.named(d.focus)
	if z == nil {
		return
	}
	gap := d.sheet.rect(z.x-2, z.y-2, z.w+4, z.h+4, 9, d.p.clear())
	gap.StrokeColor, gap.StrokeWidth = d.p.surface, 4
	r := d.sheet.rect(z.x-3, z.y-3, z.w+6, z.h+6, 10, d.p.clear())
	r.StrokeColor, r.StrokeWidth = d.p.text, 2
}
