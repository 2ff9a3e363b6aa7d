package screen

import (
	"image"
	"time"

	"traybell/desktop/platform"
)

// settles is how long a card must have been where it is before it can be pressed. A call that comes
// in puts its card where the one before was: whoever was about to press OK there would make the
// ticket of another caller, and cannot have seen what the pointer is over now.
const settles = 300 * time.Millisecond

type input struct {
	slot *slot
	platform.Input
}

// input is what the pointer does over a window.
func (p *Presenter) input(in input) {
	s, now := in.slot, time.Now()
	if p.keys(in) {
		return
	}
	if !s.visible {
		return // it was on its way when the window was hidden
	}
	switch in.Kind {
	case platform.PointerMoved:
		if p.rested(s, in, now) {
			return
		}
		p.machine.Hover(s.id, true, now)
		p.hover(s, in.X, in.Y, true)
	case platform.PointerLeft:
		s.pressed = false
		p.machine.Hover(s.id, s == p.typing.slot, now)
		p.hover(s, in.X, in.Y, false)
	case platform.Pressed:
		s.pressed = now.Sub(s.moved) >= settles
	case platform.Released:
		if s.pressed && s.id != "" {
			s.pressed = false
			p.tap(s, in.X, in.Y, now)
		}
	}
}

// rested tells whether the pointer only lies where it lay before the card came below it. It stops
// no clock then: nobody points at the card.
func (p *Presenter) rested(s *slot, in input, now time.Time) bool {
	at := s.at.Add(image.Pt(in.X, in.Y))
	if s.below == nil && now.Sub(s.came) < settles {
		s.below = &at
	}
	if s.below == nil || *s.below != at {
		s.below, s.came = nil, time.Time{} // from now on it is what the pointer does
		return false
	}
	return true
}

func (p *Presenter) hover(s *slot, x, y int, over bool) {
	changed := false
	if p.do(func() { changed = s.painter.Hover(x, y, over) }) && changed {
		p.again(s)
		p.rest(s)
	}
}

func (p *Presenter) tap(s *slot, x, y int, now time.Time) {
	p.press(s, func() bool { return s.painter.Tap(x, y) }, now)
}

// press presses something on a card, by the pointer or by a key.
func (p *Presenter) press(s *slot, f func() bool, now time.Time) {
	changed := false
	if !p.do(func() { changed = f() }) {
		return
	}
	if s.closed {
		s.closed = false
		p.machine.Close(s.id, now)
		p.tell(p.opts.Events.Close, s.id)
		return
	}
	if changed {
		p.again(s)
	}
}
