// Package popup decides when and where cards are on the screen. It knows neither calls nor windows.
//
// It is pure: the time is an argument, and Step returns when to call it next, so that nothing runs
// while nothing changes. A Machine belongs to one goroutine.
package popup

import (
	"cmp"
	"slices"
	"time"
)

// Limit is how many cards are stacked; the others are counted.
const Limit = 5

// Frame is the time between two steps of a fade.
const Frame = 16 * time.Millisecond

// View is a card that is on the screen now.
type View struct {
	ID    string
	Phase Phase
	Alpha float32 // 0 to 1
}

// Machine is the state of all cards.
type Machine struct {
	cards []*card
	next  int
	room  int
	left  time.Time // when the pointer last left a card
}

// New returns a machine without cards.
func New() *Machine { return &Machine{room: Limit} }

// Set replaces the cards. Known ones stay where they are.
func (m *Machine) Set(items []Item, now time.Time) {
	m.tick(now)
	for _, item := range items {
		c := m.find(item.ID)
		if c == nil {
			c = &card{order: m.next}
			m.next++
			m.cards = append(m.cards, c)
			c.begin(item)
			c.ticks = now
			continue
		}
		c.change(item, now)
	}
	for _, c := range m.cards {
		if !slices.ContainsFunc(items, func(item Item) bool { return item.ID == c.item.ID }) {
			c.leave(now)
			c.final, c.out = true, true
		}
	}
	m.forget(now)
}

// forget drops removed cards that are off the screen.
func (m *Machine) forget(now time.Time) {
	m.lookBelow(now)
	m.cards = slices.DeleteFunc(m.cards, func(c *card) bool { return c.out && c.phase == Gone })
}

// Room sets how many cards fit on the screen, at most Limit.
func (m *Machine) Room(n int) { m.room = max(1, min(n, Limit)) }

// Close removes a card for the rest of its turn.
func (m *Machine) Close(id string, now time.Time) {
	m.tick(now)
	if c := m.find(id); c != nil {
		c.leave(now)
		c.final = true
	}
}

// Hover says whether the pointer is over a card; it is called for each of its moves. It stops the
// card's clock and brings a fading card back; on one that is over until it has rested for Idle.
func (m *Machine) Hover(id string, over bool, now time.Time) {
	m.tick(now)
	c := m.find(id)
	if c == nil {
		return
	}
	c.pointed = now
	if c.hover == over {
		return
	}
	c.hover = over
	m.left = now
	if over && c.phase == Disappearing && !c.final {
		c.comeBack(now)
		c.left = c.item.Times.Show // it is read again
		if c.item.Over {
			c.linger()
		}
	}
}

// Waiting is how many cards have no place on the screen.
func (m *Machine) Waiting() int {
	n := 0
	for _, c := range m.cards {
		if c.phase == Queued {
			n++
		}
	}
	return n
}

// Phase is a card's; Gone for an unknown one.
func (m *Machine) Phase(id string) Phase {
	if c := m.find(id); c != nil {
		return c.phase
	}
	return Gone
}

// Wanting is how many cards are on the screen or want to be.
func (m *Machine) Wanting() int {
	n := 0
	for _, c := range m.cards {
		if c.phase != Gone {
			n++
		}
	}
	return n
}

// Candidates returns the cards that should be on the screen if there is room, nearest to the corner
// first, at most Limit: held cards before newer ones; while the stack is Still, placed ones before
// new ones. Step for the same moment shows no others.
func (m *Machine) Candidates(now time.Time) []string {
	m.tick(now)
	return m.candidates(now)
}

func (m *Machine) candidates(now time.Time) []string {
	still := m.Still(now)
	live := make([]*card, 0, len(m.cards))
	for _, c := range m.cards {
		if c.idle && !still {
			c.idle, c.order = false, m.farEnd()
		}
		if c.phase != Gone {
			live = append(live, c)
		}
	}
	slices.SortFunc(live, func(a, b *card) int {
		return cmp.Or(cmp.Compare(b.claim(still), a.claim(still)), cmp.Compare(b.order, a.order))
	})
	live = live[:min(len(live), Limit)]
	slices.SortStableFunc(live, func(a, b *card) int { return nearer(a, b, still) })
	ids := make([]string, len(live))
	for i, c := range live {
		ids[i] = c.item.ID
	}
	return ids
}

// Step returns what is on the screen now, nearest to the corner first, and when to call it next;
// the zero time means after the next change.
func (m *Machine) Step(now time.Time) (views []View, next time.Time) {
	m.tick(now)
	m.place(now)
	m.forget(now)
	soonest := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, c := range m.cards {
		switch c.phase {
		case Appearing, Disappearing:
			soonest(now.Add(Frame))
		case Holding:
			if c.counts() {
				soonest(now.Add(c.left))
			}
		}
	}
	for _, c := range m.cards {
		if c.idles() {
			soonest(c.pointed.Add(Idle))
		}
	}
	if m.Still(now) && !m.pointedAt() {
		soonest(m.left.Add(Rest))
	}
	shown := slices.Clone(m.cards)
	slices.SortFunc(shown, func(a, b *card) int { return cmp.Compare(b.order, a.order) })
	for _, c := range shown {
		if c.phase == Queued || c.phase == Gone {
			continue
		}
		views = append(views, View{ID: c.item.ID, Phase: c.phase, Alpha: c.alpha(now)})
	}
	return views, next
}

// place assigns the places on the screen.
func (m *Machine) place(now time.Time) {
	ids, still := m.candidates(now), m.Still(now)
	if len(ids) > m.room {
		// The farthest from the corner lose theirs, unless they are held.
		keep := slices.Clone(ids)
		for i := len(keep) - 1; i >= 0 && len(keep) > m.room; i-- {
			if c := m.find(keep[i]); !c.pressing() && !c.hover {
				keep = slices.Delete(keep, i, i+1)
			}
		}
		ids = keep[:m.room]
	}
	if still {
		m.takeFarEnd(ids)
	}
	for _, c := range m.cards {
		placed := slices.Contains(ids, c.item.ID)
		switch {
		case c.phase == Queued && placed:
			c.phase, c.since, c.from = Appearing, now, 0
			if c.item.Times.Appear <= 0 {
				c.hold(now)
			}
		case (c.phase == Appearing || c.phase == Holding) && !placed:
			c.phase, c.hover = Queued, false
		case c.phase == Disappearing && !placed:
			c.phase = Gone
		}
	}
}

func (m *Machine) find(id string) *card {
	for _, c := range m.cards {
		if c.item.ID == id {
			return c
		}
	}
	return nil
}

// tick moves every card on to now.
func (m *Machine) tick(now time.Time) {
	for _, c := range m.cards {
		c.tick(now)
		if c.idles() && now.Sub(c.pointed) >= Idle {
			c.hover, c.idle, m.left = false, true, c.pointed.Add(Idle)
		}
	}
}
