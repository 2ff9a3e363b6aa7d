package popup

import (
	"cmp"
	"slices"
	"time"
)

// Rest is how long the stack stays as it is after the pointer has left it, which may be on the way
// to another card's button.
const Rest = 500 * time.Millisecond

// Idle is how long a resting pointer holds a card that is over: the agent has left it there. Then
// ringing phones come first again.
const Idle = 10 * time.Second

// Still reports whether cards must keep their places: the pointer is over one or has just left it,
// or one has the keyboard. New cards go to the far end or wait; places that become free stay empty.
func (m *Machine) Still(now time.Time) bool {
	if m.pointedAt() {
		return true
	}
	since := now.Sub(m.left)
	return !m.left.IsZero() && since >= 0 && since < Rest // false if the clock was set back
}

// pointedAt reports whether the pointer is over a card, or one has the keyboard.
func (m *Machine) pointedAt() bool {
	return slices.ContainsFunc(m.cards, func(c *card) bool { return c.hover && c.placed() })
}

// lookBelow notes that the card below the pointer is off the screen.
func (m *Machine) lookBelow(now time.Time) {
	for _, c := range m.cards {
		if c.hover && c.phase == Gone {
			c.hover, m.left = false, now
		}
	}
}

// takeFarEnd puts new cards behind those that have a place.
func (m *Machine) takeFarEnd(ids []string) {
	for _, id := range ids {
		if c := m.find(id); c.phase == Queued {
			c.order = m.farEnd()
		}
	}
}

// farEnd is the order of a card behind all others. Orders are unique.
func (m *Machine) farEnd() int {
	lowest := m.next
	for _, c := range m.cards {
		lowest = min(lowest, c.order)
	}
	return lowest - 1
}

// idles reports whether a resting pointer on the card is forgotten.
func (c *card) idles() bool { return c.hover && c.item.Over }

func (c *card) placed() bool { return c.phase != Queued && c.phase != Gone }

// claim ranks cards for a place, highest first. While the stack is still, the card below the
// pointer stays, and placed cards yield to a ringing phone only.
func (c *card) claim(still bool) int {
	switch {
	case still && c.hover:
		return 3
	case c.pressing():
		return 2
	case still && c.placed():
		return 1
	}
	return 0
}

// nearer orders cards by their distance from the corner. New cards in a still stack follow placed
// ones, by rank.
func nearer(a, b *card, still bool) int {
	if !still || a.placed() && b.placed() {
		return cmp.Compare(b.order, a.order)
	}
	switch {
	case a.placed():
		return -1
	case b.placed():
		return 1
	}
	return 0
}
