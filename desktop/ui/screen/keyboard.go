package screen

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/ui/card"
)

const (
	restsAfter = 400 * time.Millisecond // the pointer has come to rest
	keysFor    = 15 * time.Second       // without a key the keyboard goes back: an agent may have forgotten it
)

// What the presenter tells itself, beside what surfaces tell.
const (
	keysWanted platform.InputKind = -1 - iota // the hotkey was pressed
	keysIdle
	rested
)

// typing is which card has the keyboard.
type typing struct {
	slot  *slot // nil: none
	since time.Time
}

// Keyboard gives the keyboard to the newest card, or, where one has it, to the next older one. It
// may be called from any goroutine.
func (p *Presenter) Keyboard() { go p.say(input{Input: platform.Input{Kind: keysWanted}}) }

// say is for the presenter itself; it waits for its turn.
func (p *Presenter) say(in input) {
	select {
	case p.inputs <- in:
	case <-p.quit:
	}
}

// keys takes what the keyboard does, and what the presenter tells itself. It tells whether that was
// it.
func (p *Presenter) keys(in input) bool {
	now, s := time.Now(), in.slot
	has := s != nil && s == p.typing.slot
	switch in.Kind {
	case keysWanted:
		p.typeInto(p.newest(now), now)
	case keysIdle:
		if p.typing.slot != nil && now.Sub(p.typing.since) >= keysFor {
			p.leaveKeys()
		}
	case rested:
		if s.visible && s.still == in.X {
			p.change(s, func() bool { return s.painter.Card.Rest() })
		}
	case platform.KeyNext, platform.KeyPrior:
		if has {
			p.keep(now)
			k := card.Next
			if in.Kind == platform.KeyPrior {
				k = card.Prior
			}
			p.change(s, func() bool { return s.painter.Card.Key(k) })
		}
	case platform.KeyPress:
		if has {
			p.keep(now)
			stays := false
			p.do(func() { stays = s.painter.Card.Stays() })
			p.press(s, func() bool { return s.painter.Card.Key(card.Press) }, now)
			if !stays {
				p.leaveKeys()
			}
		}
	case platform.KeyAway:
		if has {
			p.leaveKeys()
		}
	case platform.KeysLost:
		if has {
			p.typing.slot = nil
			p.unfocus(s)
		}
	default:
		return false
	}
	return true
}

// newest is the card that the keyboard is for: the one nearest to the corner, and after that each
// one's neighbour.
func (p *Presenter) newest(now time.Time) *slot {
	var up []*slot
	at := -1
	for _, id := range p.machine.Candidates(now) {
		if s := p.slots[id]; s != nil && s.visible {
			if s == p.typing.slot {
				at = len(up)
			}
			up = append(up, s)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[(at+1)%len(up)]
}

func (p *Presenter) typeInto(s *slot, now time.Time) {
	if s == nil || s == p.typing.slot {
		return
	}
	t, can := s.surface.(platform.Typist)
	if !can {
		return
	}
	if before := p.typing.slot; before != nil {
		p.typing.slot = nil
		p.unfocus(before)
	}
	if err := t.TakeKeys(); err != nil {
		p.log.Warn("a popup does not get the keyboard", "error", err)
		return
	}
	p.typing.slot = s
	p.keep(now)
	p.machine.Hover(s.id, true, now) // it does not go away below the agent's fingers
	p.change(s, func() bool { s.painter.Card.Keyboard(true); return true })
}

// keep notes that the keyboard is used.
func (p *Presenter) keep(now time.Time) {
	p.typing.since = now
	time.AfterFunc(keysFor, func() { p.say(input{Input: platform.Input{Kind: keysIdle}}) })
}

// leaveKeys gives the keyboard back to the window that had it.
func (p *Presenter) leaveKeys() {
	s := p.typing.slot
	if s == nil {
		return
	}
	p.typing.slot = nil
	if t, ok := s.surface.(platform.Typist); ok {
		t.LeaveKeys()
	}
	p.unfocus(s)
}

func (p *Presenter) unfocus(s *slot) {
	p.machine.Hover(s.id, false, time.Now())
	p.change(s, func() bool { s.painter.Card.Keyboard(false); return true })
}

// change has a card change and paints it again where it did.
func (p *Presenter) change(s *slot, f func() bool) {
	changed := false
	if p.do(func() { changed = f() }) && changed {
		p.again(s)
	}
}

// rest lets a card know when the pointer has stayed where it came to just now, where there is
// something to say then.
func (p *Presenter) rest(s *slot) {
	s.still++
	tipped := false
	if p.do(func() { tipped = s.painter.Card.Tipped() }) && tipped {
		still := s.still
		time.AfterFunc(restsAfter, func() { p.say(input{s, platform.Input{Kind: rested, X: still}}) })
	}
}

// spin turns the sign on the cards that wait, each as often as it should, and says when to come
// again.
func (p *Presenter) spin(now time.Time) (next time.Time) {
	for _, s := range p.slots {
		if !s.visible || s.card.Press.State != model.Pressed || s.card.Kind == model.Warn {
			continue
		}
		if now.Sub(s.spun) >= card.Turn {
			s.spun = now
			p.change(s, func() bool {
				if !s.painter.Card.Waits() {
					return false
				}
				s.painter.Card.Spin()
				return true
			})
		}
		if at := s.spun.Add(card.Turn); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// enlarge is how large a card is painted on a monitor, with the agent's own size; it always fits in
// width.
func (p *Presenter) enlarge(m platform.Monitor) float32 {
	size := min(max(p.set.look.Size, 1), 2)
	most := float32(m.Work.Dx()-2*margin) / card.Width
	return max(m.Scale, min(m.Scale*size, most))
}
