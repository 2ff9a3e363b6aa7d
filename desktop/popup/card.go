package popup

import "time"

// Linger is how long a card that is over (answered elsewhere, missed, ended) can still be read.
const Linger = 4 * time.Second

// Times are the three delays of a kind of popup. Show 0 keeps a card until it is closed or over.
type Times struct {
	Appear, Show, Disappear time.Duration
}

// Item is a card for the screen. It replaces the one with its ID in place.
type Item struct {
	ID    string
	Turn  time.Time // a later turn is shown even if the earlier one was closed or has run out
	Times Times
	Hold  bool          // ignore Show: the phone rings, or an answer is pending
	Over  bool          // it disappears once it could be read
	Stay  time.Duration // how long it stays then, regardless of Show; zero: Linger
}

// Phase is the state of a card.
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

// card is the state of a card, advanced by tick.
type card struct {
	item    Item
	order   int // of arrival; higher is nearer to the corner
	phase   Phase
	since   time.Time // of the phase, for the two fades
	from    float32   // the alpha at which a fade began
	left    time.Duration
	ends    bool // left counts down
	ticks   time.Time
	hover   bool
	idle    bool      // the pointer was left on it: it moves to the far end
	pointed time.Time // when the pointer last moved over it
	final   bool      // closed or removed: the pointer does not bring it back
	out     bool      // removed: forgotten once it is off the screen
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
		switch c.phase { // it has run out, and must be seen now
		case Disappearing:
			c.comeBack(now)
		case Gone:
			c.begin(item)
			return
		}
	}
	c.restart(was)
}

// restart starts the clock again if what it depends on has changed: how long the card stays follows
// from its state, not from the order in which that came about.
func (c *card) restart(was Item) {
	item := c.item
	over := item.Over != was.Over || item.Stay != was.Stay
	if item.Hold != was.Hold || item.Times.Show != was.Times.Show || over && !item.Over {
		c.left, c.ends, over = item.Times.Show, item.Times.Show > 0, true
	}
	if !item.Over || !over {
		return
	}
	if c.phase == Queued && item.Stay == 0 {
		c.phase = Gone // it was never on the screen
	}
	if was.Over && item.Stay > was.Stay && c.phase == Disappearing && !c.final {
		c.comeBack(c.ticks)
	}
	c.linger()
}

// comeBack reverses a fade.
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

// pressing reports whether the card precedes newer ones, as for a ringing phone.
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

// span is the time of a part of a fade.
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
