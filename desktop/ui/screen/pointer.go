package screen

import (
	"image"
	"time"

	"traybell/desktop/platform"
)

// settleTime is how long a card must have been in place before it can be pressed. A new call's card
// may take the place of another one just when the agent presses OK there, which would create a
// ticket for the wrong caller.
const settleTime = 300 * time.Millisecond

type input struct {
	slot *slot
	platform.Input
}

// input handles pointer input.
func (p *Presenter) input(in input) {
	s, now := in.slot, time.Now()
	if p.handleKey(in) {
		return
	}
	if !s.visible {
		return // sent before the window was hidden
	}
	switch in.Kind {
	case platform.PointerMoved:
		if s.pointerUnmoved(in, now) {
			return
		}
		p.machine.Hover(s.id, true, now)
		p.hover(s, in.X, in.Y, true)
	case platform.PointerLeft:
		s.pressed = false
		p.machine.Hover(s.id, s == p.typing.slot, now)
		p.hover(s, in.X, in.Y, false)
	case platform.Pressed:
		s.pressed = now.Sub(s.moved) >= settleTime
	case platform.Released:
		if s.pressed && s.id != "" {
			s.pressed = false
			p.press(s, func() bool { return s.painter.Tap(in.X, in.Y) }, now)
		}
	}
}

// pointerUnmoved reports whether the pointer is still where it was before the card appeared below
// it. It does not hover the card then.
func (s *slot) pointerUnmoved(in input, now time.Time) bool {
	at := s.at.Add(image.Pt(in.X, in.Y))
	if s.below == nil && now.Sub(s.came) < settleTime {
		s.below = &at
	}
	if s.below == nil || *s.below != at {
		s.below, s.came = nil, time.Time{} // the pointer has moved
		return false
	}
	return true
}

func (p *Presenter) hover(s *slot, x, y int, over bool) {
	changed := false
	if p.do(func() { changed = s.painter.Hover(x, y, over) }) && changed {
		s.repaint()
		p.scheduleTip(s)
	}
}

// press presses a zone of a card, by pointer or key.
func (p *Presenter) press(s *slot, f func() bool, now time.Time) {
	changed := false
	if !p.do(func() { changed = f() }) {
		return
	}
	if s.closed {
		s.closed = false
		p.machine.Close(s.id, now)
		p.notify(p.opts.Events.Close, s.id)
		return
	}
	if s.unfold {
		s.unfold, p.unfolded, p.rearrange = false, s.id, true
		return
	}
	if changed {
		s.repaint()
	}
}
