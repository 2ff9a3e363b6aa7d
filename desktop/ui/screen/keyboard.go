package screen

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/ui/card"
)

const (
	tipDelay        = 400 * time.Millisecond // pause of the pointer before a tip
	keyboardTimeout = 15 * time.Second       // without a key the keyboard is released: the agent may have forgotten it
)

// Inputs of the presenter itself, in addition to those of surfaces.
const (
	hotkeyPressed platform.InputKind = -1 - iota // the hotkey was pressed
	keyboardIdle
	pointerRested
)

// typing is the card with the keyboard.
type typing struct {
	slot  *slot // nil: none
	since time.Time
}

// Keyboard gives the keyboard to the newest card, or from that to the next older one. It is safe
// for concurrent use.
func (p *Presenter) Keyboard() { go p.post(input{Input: platform.Input{Kind: hotkeyPressed}}) }

// post queues an input of the presenter itself.
func (p *Presenter) post(in input) {
	select {
	case p.inputs <- in:
	case <-p.quit:
	}
}

// handleKey handles keys and the presenter's own inputs. It reports whether in was one.
func (p *Presenter) handleKey(in input) bool {
	now, s := time.Now(), in.slot
	has := s != nil && s == p.typing.slot
	switch in.Kind {
	case hotkeyPressed:
		p.focusSlot(p.nextForKeyboard(now), now)
	case keyboardIdle:
		if p.typing.slot != nil && now.Sub(p.typing.since) >= keyboardTimeout {
			p.releaseKeyboard()
		}
	case pointerRested:
		if s.visible && s.still == in.X {
			s.change(func() bool { return s.painter.Card.ShowTip() })
		}
	case platform.KeyNext, platform.KeyPrevious:
		if has {
			p.touch(now)
			k := card.Next
			if in.Kind == platform.KeyPrevious {
				k = card.Previous
			}
			s.change(func() bool { return s.painter.Card.Key(k) })
		}
	case platform.KeyPress:
		if has {
			p.touch(now)
			stays := false
			p.do(func() { stays = s.painter.Card.KeepsKeyboard() })
			p.press(s, func() bool { return s.painter.Card.Key(card.Press) }, now)
			if !stays {
				p.releaseKeyboard()
			}
		}
	case platform.KeyEscape:
		if has {
			p.releaseKeyboard()
		}
	case platform.KeyboardLost:
		if has {
			p.typing.slot = nil
			p.unfocus(s)
		}
	default:
		return false
	}
	return true
}

// nextForKeyboard returns the card nearest to the corner, or the neighbour of the one that has the
// keyboard.
func (p *Presenter) nextForKeyboard(now time.Time) *slot {
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

func (p *Presenter) focusSlot(s *slot, now time.Time) {
	if s == nil || s == p.typing.slot {
		return
	}
	t, can := s.surface.(platform.KeyboardGrabber)
	if !can {
		return
	}
	if before := p.typing.slot; before != nil {
		p.typing.slot = nil
		p.unfocus(before)
	}
	if err := t.GrabKeyboard(); err != nil {
		p.log.Warn("cannot grab the keyboard for a popup", "error", err)
		return
	}
	p.typing.slot = s
	p.touch(now)
	s.change(func() bool { s.painter.Card.Keyboard(true); return true })
}

// touch restarts the timeout of the keyboard.
func (p *Presenter) touch(now time.Time) {
	p.typing.since = now
	p.machine.Hover(p.typing.slot.id, true, now) // it stays while the agent types
	time.AfterFunc(keyboardTimeout, func() { p.post(input{Input: platform.Input{Kind: keyboardIdle}}) })
}

// releaseKeyboard returns the keyboard to the window that had it.
func (p *Presenter) releaseKeyboard() {
	s := p.typing.slot
	if s == nil {
		return
	}
	p.typing.slot = nil
	if t, ok := s.surface.(platform.KeyboardGrabber); ok {
		t.ReleaseKeyboard()
	}
	p.unfocus(s)
}

func (p *Presenter) unfocus(s *slot) {
	p.machine.Hover(s.id, false, time.Now())
	s.change(func() bool { s.painter.Card.Keyboard(false); return true })
}

// scheduleTip shows the tip after a pause of the pointer, if there is one.
func (p *Presenter) scheduleTip(s *slot) {
	s.still++
	tipped := false
	if p.do(func() { tipped = s.painter.Card.HasTip() }) && tipped {
		still := s.still
		time.AfterFunc(tipDelay, func() { p.post(input{s, platform.Input{Kind: pointerRested, X: still}}) })
	}
}

// spin turns the spinners that are due and returns when the next one is.
func (p *Presenter) spin(now time.Time) (next time.Time) {
	for _, s := range p.slots {
		if !s.visible || s.card.Press.State != model.Pressed || s.card.Kind == model.Warn {
			continue
		}
		if now.Sub(s.spun) >= card.SpinInterval {
			s.spun = now
			s.change(func() bool {
				if !s.painter.Card.Waiting() {
					return false
				}
				s.painter.Card.Spin()
				return true
			})
		}
		if at := s.spun.Add(card.SpinInterval); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}
