package screen

import (
	"slices"

	"traybell/desktop/platform"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// fold folds the least important cards as far as necessary for all to have room, and unfolds the
// others. In a still stack it leaves those on the screen as they are.
func (p *Presenter) fold(ids []string, m platform.Monitor, still bool) {
	far, near := int(margin*m.Scale), int(gap*m.Scale)
	tall := 2*far - near
	if p.machine.Wanting() > len(ids) {
		tall += moreSize(m.Scale).Y + near
	}
	slots := make([]*slot, len(ids))
	folded := map[*slot]bool{}
	for i, id := range ids {
		slots[i] = p.slots[id]
		tall += slots[i].full + near
	}
	small := int(card.FoldedHeight * m.Scale)
	fold := func(s *slot) {
		if !folded[s] {
			folded[s], tall = true, tall-s.full+small
		}
	}
	fixed := func(s *slot) bool { return still && s.visible }
	for _, s := range slots {
		if fixed(s) && s.folded {
			fold(s)
		}
	}
	slices.Reverse(slots) // the newest, nearest to the corner, is folded last
	slices.SortStableFunc(slots, func(a, b *slot) int { return p.weight(a) - p.weight(b) })
	for i, s := range slots {
		if tall > m.Work.Dy() && i < len(slots)-1 && !fixed(s) {
			fold(s)
		}
	}
	for _, s := range slots {
		if s.folded != folded[s] {
			s.folded, s.stale = folded[s], true
		}
	}
}

// weight ranks cards: the one that the agent uses, then a ringing phone or a talk, then others.
func (p *Presenter) weight(s *slot) int {
	switch {
	case s == p.typing.slot || s.id == p.unfolded:
		return 3
	case s.card.Done:
		return 0
	case s.card.Sticky, s.card.Mine == protocol.Answered, s.card.Mine == protocol.Held:
		return 2
	}
	return 1
}
