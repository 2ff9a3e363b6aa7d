package screen

import (
	"image"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

const (
	margin = 12 // from the stack to the edge of the work area, at scale 1
	gap    = 8  // between cards
)

// step updates the screen and returns when the next step is due.
func (p *Presenter) step(now time.Time) time.Time {
	if p.machine.Wanting() == 0 && len(p.slots) == 0 {
		p.monitor, p.monitors = "", nil
		p.reportGone()
		return time.Time{}
	}
	m, ok := p.choose()
	if !ok {
		p.monitors = nil
		return now.Add(time.Second) // all monitors are off
	}
	turn := p.spin(now)
	if p.closing() {
		return time.Time{}
	}
	candidates := p.machine.Candidates(now)
	for _, id := range candidates {
		s := p.slot(id)
		if s == nil {
			return now.Add(time.Second)
		}
		if !s.measure(m.Scale) {
			return time.Time{}
		}
	}
	far, near := int(margin*m.Scale), int(gap*m.Scale)
	still := p.machine.Still(now) && p.sameGround(m) && !p.rearrange
	p.rearrange = false
	p.fold(candidates, m, still)
	var sizes []image.Point
	for _, id := range candidates {
		if !p.slots[id].paint(m.Scale) {
			return time.Time{}
		}
		sizes = append(sizes, p.slots[id].img.Bounds().Size())
	}
	stack := func(ids []string, sizes []image.Point) []image.Rectangle {
		return popup.Stack(m.Work, p.active.corner, far, near, sizes, p.kept(ids, still))
	}
	room := len(stack(candidates, sizes))
	if waiting := p.machine.Wanting() - room; waiting > 0 { // their count needs space too
		for room > 1 && len(stack(candidates[:room], append(slices.Clone(sizes[:room]), moreSize(m.Scale)))) <= room {
			room--
		}
	}
	p.machine.Room(room)
	views, next := p.machine.Step(now)
	sizes = sizes[:0]
	var ids []string
	for _, v := range views {
		ids = append(ids, v.ID)
		sizes = append(sizes, p.slots[v.ID].img.Bounds().Size())
	}
	waiting := p.machine.Waiting()
	if waiting > 0 && p.countHidden(waiting, m.Scale) {
		sizes = append(sizes, p.more.img.Bounds().Size())
	}
	places := stack(ids, sizes)
	seen := map[string]bool{}
	for i, v := range views {
		if i < len(places) {
			seen[v.ID] = true
			p.slots[v.ID].from = popup.From(m.Work, p.active.corner, places[i])
			p.slots[v.ID].show(places[i].Min, v.Alpha)
			p.reportShown(p.slots[v.ID].card, p.where)
		}
	}
	if p.more != nil {
		if waiting > 0 && len(places) == len(views)+1 {
			p.more.show(places[len(views)].Min, 1)
		} else {
			p.hide(p.more)
		}
	}
	for id, s := range p.slots {
		if !seen[id] {
			p.hide(s)
			if !slices.Contains(candidates, id) || p.machine.Phase(id) == popup.Gone {
				delete(p.slots, id)
				s.id, s.card, s.img = "", model.Card{}, nil
				p.free = append(p.free, s)
			}
		}
	}
	p.reportGone()
	if !turn.IsZero() && (next.IsZero() || turn.Before(next)) {
		next = turn
	}
	return next
}

// where says on which monitor the cards are, if there are several, and whether the pointer is on
// another one.
func (p *Presenter) where() (as protocol.ShownAs, monitor string) {
	if len(p.monitors) < 2 {
		return "", ""
	}
	for _, m := range p.host.Monitors() { // the pointer may have moved since the last step
		if m.Pointer && m.Name != p.monitor {
			return protocol.AsOtherMonitor, p.monitor
		}
	}
	return "", p.monitor
}

// ground is what the places of cards depend on.
type ground struct {
	work   image.Rectangle
	corner popup.Corner
	scale  float32
}

// sameGround reports whether the places of the last step are still valid.
func (p *Presenter) sameGround(m platform.Monitor) bool {
	g := ground{m.Work, p.active.corner, m.Scale}
	same := g == p.ground
	p.ground = g
	return same
}

// kept returns the places of cards that must not move now, or none if the stack may move.
func (p *Presenter) kept(ids []string, still bool) []int {
	if !still {
		return nil
	}
	kept := make([]int, len(ids))
	for i, id := range ids {
		if s := p.slots[id]; s.visible {
			kept[i] = s.from
		}
	}
	return kept
}

// choose selects the monitor. The stack stays on its monitor while cards are visible, unless the
// monitor is removed.
func (p *Presenter) choose() (platform.Monitor, bool) {
	if p.monitors == nil || !p.watched {
		p.monitors = p.host.Monitors()
	}
	monitors := p.monitors
	screens := make([]popup.Screen, len(monitors))
	for i, m := range monitors {
		screens[i] = popup.Screen{Name: m.Name, Primary: m.Primary, Pointer: m.Pointer}
	}
	i := popup.Choose(screens, p.active.monitor, p.monitor)
	if i < 0 {
		return platform.Monitor{}, false
	}
	m := monitors[i]
	p.monitor = m.Name
	if m.Scale <= 0 {
		m.Scale = 1
	}
	m.Scale = scaleFor(m, p.active.look.Size)
	return m, true
}

// countHidden paints the line that counts hidden cards.
func (p *Presenter) countHidden(n int, scale float32) bool {
	if p.more == nil {
		if p.more = p.open(); p.more == nil {
			return false
		}
	}
	if p.more.count != n {
		p.more.count, p.more.stale = n, true
	}
	return p.more.paint(scale)
}

// moreSize is the size of that line.
func moreSize(scale float32) image.Point {
	return image.Pt(int(card.Width*scale), int(card.MoreHeight*scale)+1)
}

func (p *Presenter) hide(s *slot) {
	if !s.visible {
		return
	}
	s.visible, s.pressed = false, false
	if s == p.typing.slot {
		p.releaseKeyboard()
	}
	s.surface.Hide()
	// A window hidden under the pointer gets no leave event.
	p.machine.Hover(s.id, false, time.Now())
	p.do(func() { s.painter.Hover(0, 0, false) })
}

// scaleFor is the scale of cards on a monitor, with the agent's text size from 1 to 2, limited to
// its width.
func scaleFor(m platform.Monitor, size float32) float32 {
	size = min(max(size, 1), 2)
	most := float32(m.Work.Dx()-2*margin) / card.Width
	return max(m.Scale, min(m.Scale*size, most))
}
