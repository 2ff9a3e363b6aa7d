package screen

import (
	"reflect"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// note is what the setters leave behind.
type note struct {
	cards   []model.Card
	popups  protocol.Popups
	look    card.Look
	looks   int // how often it was set
	corner  popup.Corner
	monitor string
}

// told remembers what was said of a card, so that it is said once a turn.
type told struct {
	turn        time.Time
	shown, gone bool
}

// SetCards says which cards there are, as model.Screen.Cards gives them. The slice is not changed and must not be.
func (p *Presenter) SetCards(cards []model.Card) { p.leave(func(n *note) { n.cards = cards }) }

// SetDelays changes which kinds of popup there are and how long each stays.
func (p *Presenter) SetDelays(d protocol.Popups) { p.leave(func(n *note) { n.popups = d }) }

// SetLook changes theme, language and rights.
func (p *Presenter) SetLook(l card.Look) {
	p.leave(func(n *note) { n.look, n.looks = l, n.looks+1 }) // the same Texts may speak another language now
}

// SetPlace changes the corner and the monitor; an empty name is the monitor with the pointer.
func (p *Presenter) SetPlace(c popup.Corner, monitor string) {
	p.leave(func(n *note) {
		if n.monitor = monitor; c.Valid() {
			n.corner = c
		}
	})
}

func (p *Presenter) leave(change func(*note)) {
	p.mu.Lock()
	change(&p.note)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// take brings the setters' notes into force.
func (p *Presenter) take() {
	p.mu.Lock()
	next := p.note
	p.mu.Unlock()
	if next.looks != p.set.looks {
		for _, s := range p.all() {
			s.stale = true
		}
	}
	p.set = next
	fade := p.host.CanFade()
	items := make([]popup.Item, 0, len(next.cards))
	known := make(map[string]bool, len(next.cards))
	for _, c := range next.cards {
		known[c.ID] = true
		kind := p.kind(c.Kind)
		if !kind.Enabled {
			continue
		}
		item := popup.Item{ID: c.ID, Turn: c.Since, Hold: c.Sticky || c.Press.State == model.Pressed, Over: c.Done, Times: times(kind)}
		if !fade {
			item.Times.Appear, item.Times.Disappear = 0, 0
		}
		items = append(items, item)
		if s := p.slots[c.ID]; s != nil && different(s.card, c) {
			s.card, s.stale = c, true
		}
		if t := p.told[c.ID]; !t.turn.Equal(c.Since) {
			p.told[c.ID] = told{turn: c.Since}
		}
	}
	for id := range p.told {
		if !known[id] {
			delete(p.told, id)
		}
	}
	p.machine.Set(items, time.Now())
}

func (p *Presenter) kind(k model.Kind) protocol.PopupKind {
	switch k {
	case model.Incoming:
		return p.set.popups.Incoming
	case model.Answer:
		return p.set.popups.Answer
	}
	return p.set.popups.Warning
}

func times(k protocol.PopupKind) popup.Times {
	ms := func(n int) time.Duration { return time.Duration(max(0, n)) * time.Millisecond }
	return popup.Times{Appear: ms(k.Appear), Show: ms(k.Show), Disappear: ms(k.Disappear)}
}

// different tells whether two cards look different; when a turn began is not seen.
func different(a, b model.Card) bool {
	a.Since = b.Since
	return !reflect.DeepEqual(a, b)
}
