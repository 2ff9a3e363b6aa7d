// Package popup decides when and where cards are on the screen; it knows neither calls nor windows.
//
// Machine is the state machine of all cards, place.go the arithmetic of corners and stacks. Everything is a pure function of what it is
// given: the time comes as an argument and the machine says when it wants to be asked next, so nothing ticks while nothing changes.
// A Machine belongs to one goroutine.
package popup

import (
	"cmp"
	"slices"
	"time"
)

// Limit is how many cards are stacked at most; the others are counted.
const Limit = 5

// Linger is how long a card whose subject is over (answered by somebody else, missed, hung up) can still be read.
const Linger = 4 * time.Second

// Frame is the time between two steps of a fade.
const Frame = 16 * time.Millisecond

// Times are the three delays of a kind of popup. Show 0 keeps a card until it is closed or over.
type Times struct {
	Appear, Show, Disappear time.Duration
}

// Item is a card that wants to be on the screen. One with a known ID replaces the earlier one in place.
type Item struct {
	ID    string
	Turn  time.Time // a later turn is shown again, though the earlier one was closed or has run out
	Times Times
	Hold  bool          // stays whatever Show says: the phone rings, or an answer is awaited
	Over  bool          // done with: it goes once it could be read
	Stay  time.Duration // how long it is still of use then, whatever Show says; zero: Linger
}

// Phase is where a card is in its life.
type Phase int

// The phases.
const (
	Queued Phase = iota // waits for a place
	Appearing
	Holding
	Disappearing
	Gone
)

func (p Phase) String() string {
	return [...]string{"queued", "appearing", "holding", "disappearing", "gone"}[p]
}

// View is a card that is on the screen now.
type View struct {
	ID    string
	Phase Phase
	Alpha float32 // 0 to 1
}

type card struct {
	item  Item
	order int // of arrival; the higher, the nearer to the corner
	phase Phase
	since time.Time // of the phase, for the two fades
	from  float32   // the alpha at which a fade began
	left  time.Duration
	ends  bool // left counts down
	ticks time.Time
	hover bool
	final bool // closed by the agent, or taken out: the pointer does not call it back
	out   bool // not wanted any more: forgotten once it has gone
}

// Machine is the state of all cards.
type Machine struct {
	cards []*card
	next  int
	room  int
}

// New returns a machine without cards.
func New() *Machine { return &Machine{room: Limit} }

// Set says which cards there are now. Cards that are missing go, new ones come, known ones go on where they are.
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
	m.forget()
}

// forget drops the cards that nobody wants and nobody sees.
func (m *Machine) forget() {
	m.cards = slices.DeleteFunc(m.cards, func(c *card) bool { return c.out && c.phase == Gone })
}

// Room says how many cards fit on the screen, at most Limit.
func (m *Machine) Room(n int) { m.room = max(1, min(n, Limit)) }

// Close takes a card off the screen because the agent said so; it does not come back in this turn.
func (m *Machine) Close(id string, now time.Time) {
	m.tick(now)
	if c := m.find(id); c != nil {
		c.leave(now)
		c.final = true
	}
}

// Hover says that the pointer is over a card, or no longer. Its clock stands still meanwhile, and a card that was fading comes back.
func (m *Machine) Hover(id string, over bool, now time.Time) {
	m.tick(now)
	c := m.find(id)
	if c == nil || c.hover == over {
		return
	}
	c.hover = over
	if over && c.phase == Disappearing && !c.final {
		c.comeBack(now)
		c.left = c.item.Times.Show // to be read anew
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

// Phase is where a card is; one that nobody knows is Gone.
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

// Candidates lets the time pass until now and returns the cards that should be on the screen if there is room for them, nearest to the
// corner first, at most Limit. A card that must be held has the first right to a place, then the newest. Step for the same moment
// shows no others.
func (m *Machine) Candidates(now time.Time) []string {
	m.tick(now)
	return m.candidates()
}

func (m *Machine) candidates() []string {
	live := make([]*card, 0, len(m.cards))
	for _, c := range m.cards {
		if c.phase != Gone {
			live = append(live, c)
		}
	}
	slices.SortFunc(live, func(a, b *card) int {
		if a.pressing() != b.pressing() {
			if a.pressing() {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.order, a.order)
	})
	live = live[:min(len(live), Limit)]
	slices.SortFunc(live, func(a, b *card) int { return cmp.Compare(b.order, a.order) })
	ids := make([]string, len(live))
	for i, c := range live {
		ids[i] = c.item.ID
	}
	return ids
}

// Step brings the machine to now and returns what is on the screen, nearest to the corner first, and when to ask again; the zero time
// means: only after something else has happened.
func (m *Machine) Step(now time.Time) (views []View, next time.Time) {
	m.tick(now)
	m.seat(now)
	m.forget()
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

// seat gives the places on the screen to those with a right to them.
func (m *Machine) seat(now time.Time) {
	ids := m.candidates()
	if len(ids) > m.room {
		// The farthest from the corner go first, unless they must be held.
		keep := slices.Clone(ids)
		for i := len(keep) - 1; i >= 0 && len(keep) > m.room; i-- {
			if !m.find(keep[i]).pressing() {
				keep = slices.Delete(keep, i, i+1)
			}
		}
		ids = keep[:m.room]
	}
	for _, c := range m.cards {
		seated := slices.Contains(ids, c.item.ID)
		switch {
		case c.phase == Queued && seated:
			c.phase, c.since, c.from = Appearing, now, 0
			if c.item.Times.Appear <= 0 {
				c.hold(now)
			}
		case (c.phase == Appearing || c.phase == Holding) && !seated:
			c.phase, c.hover = Queued, false
		case c.phase == Disappearing && !seated:
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

// tick lets the time since the last call pass for every card.
func (m *Machine) tick(now time.Time) {
	for _, c := range m.cards {
		c.tick(now)
	}
}

func (c *card) begin(item Item) {
	c.item, c.phase = item, Queued
	c.final, c.out = false, false
	c.left, c.ends = item.Times.Show, item.Times.Show > 0
	if item.Over {
		c.linger()
	}
}

func (c *card) change(item Item, now time.Time) {
	was := c.item
	if !item.Turn.Equal(was.Turn) || c.out {
		if c.phase == Disappearing {
			c.comeBack(now)
		}
		phase := c.phase
		c.begin(item)
		if phase != Gone {
			c.phase = phase
		}
		return
	}
	c.item = item
	if item.Hold && !was.Hold && !c.final {
		switch c.phase { // it had run out, and now it must be seen
		case Disappearing:
			c.comeBack(now)
		case Gone:
			c.begin(item)
			return
		}
	}
	if was.Hold && !item.Hold { // the clock begins when nothing holds the card any more
		c.left, c.ends = item.Times.Show, item.Times.Show > 0
	} else if was.Times.Show != item.Times.Show {
		c.left, c.ends = item.Times.Show, item.Times.Show > 0
	}
	if item.Over && (!was.Over || was.Hold && !item.Hold || was.Times.Show != item.Times.Show) {
		if c.phase == Queued {
			c.phase = Gone // what nobody has seen needs no farewell
		}
		c.linger()
	}
}

// comeBack turns a fade round where it has got to.
func (c *card) comeBack(now time.Time) {
	c.phase, c.since, c.from = Appearing, now, c.alpha(now)
}

func (c *card) linger() {
	if c.item.Stay > 0 {
		c.left, c.ends = c.item.Stay, true
		return
	}
	if !c.ends || c.left > Linger {
		c.left, c.ends = Linger, true
	}
}

// pressing tells whether the card comes before newer ones: it must be held, a phone rings.
func (c *card) pressing() bool { return c.item.Hold && c.phase != Disappearing }
func (c *card) counts() bool   { return c.ends && !c.item.Hold && !c.hover }

func (c *card) tick(now time.Time) {
	passed := now.Sub(c.ticks)
	if passed < 0 {
		passed = 0 // the clock was set back
	}
	c.ticks = now
	switch c.phase {
	case Appearing:
		if now.Sub(c.since) >= c.span(c.item.Times.Appear, 1-c.from) {
			c.hold(now)
		}
	case Holding:
		if c.counts() {
			c.left -= passed
			if c.left <= 0 {
				c.leave(now)
			}
		}
	case Disappearing:
		if now.Sub(c.since) >= c.span(c.item.Times.Disappear, c.from) {
			c.phase = Gone
		}
	}
}

func (c *card) hold(now time.Time) { c.phase, c.since, c.from = Holding, now, 1 }

func (c *card) leave(now time.Time) {
	switch c.phase {
	case Gone, Disappearing:
	case Queued:
		c.phase = Gone
	default:
		c.from = c.alpha(now)
		c.phase, c.since = Disappearing, now
		if c.item.Times.Disappear <= 0 {
			c.phase = Gone
		}
	}
}

// span is the part of a fade that is left when it does not begin at its end.
func (c *card) span(whole time.Duration, part float32) time.Duration {
	return time.Duration(float32(whole) * part)
}

func (c *card) alpha(now time.Time) float32 {
	passed := float32(now.Sub(c.since))
	switch c.phase {
	case Appearing:
		if c.item.Times.Appear <= 0 {
			return 1
		}
		return min(1, c.from+passed/float32(c.item.Times.Appear))
	case Holding:
		return 1
	case Disappearing:
		if c.item.Times.Disappear <= 0 {
			return 0
		}
		return max(0, c.from-passed/float32(c.item.Times.Disappear))
	}
	return 0
}
