package popup

import (
	"cmp"
	"slices"
	"time"
)

// Rest is how long after the pointer has left it the stack stays as it is: whoever is on the way
// from one card to a button of another presses what was aimed at.
const Rest = 500 * time.Millisecond

// Still tells whether no card may change its place now: the pointer is over one, or was a moment
// ago, or one has the keyboard. A card that comes meanwhile takes the far end of the stack, or
// waits where there is no room; the place of one that goes stays empty.
func (m *Machine) Still(now time.Time) bool {
	if m.pointedAt() {
		return true
	}
	since := now.Sub(m.left)
	return !m.left.IsZero() && since >= 0 && since < Rest // a clock that was set back ends it
}

// pointedAt tells whether the pointer is over a card, or one has the keyboard.
func (m *Machine) pointedAt() bool {
	return slices.ContainsFunc(m.cards, func(c *card) bool { return c.hover && c.placed() })
}

// lookBelow notes that a card has gone which the pointer was over.
func (m *Machine) lookBelow(now time.Time) {
	for _, c := range m.cards {
		if c.hover && c.phase == Gone {
			c.hover, m.left = false, now
		}
	}
}

// takeFarEnd has those that come now follow those that have a place.
func (m *Machine) takeFarEnd(ids []string) {
	lowest := m.next
	for _, c := range m.cards {
		lowest = min(lowest, c.order) // also of those that wait: no two are alike
	}
	for _, id := range ids {
		if c := m.find(id); c.phase == Queued {
			lowest--
			c.order = lowest
		}
	}
}

func (c *card) placed() bool { return c.phase != Queued && c.phase != Gone }

// claim is the card's right to a place; the higher comes first. In a stack that must be still what
// the pointer is over stays, and what has a place keeps it but to a phone that rings.
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

// nearer orders cards by their way from the corner. Those that come into a stack that must be still
// follow those that are there, in the order of their right.
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
