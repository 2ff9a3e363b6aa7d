package screen

import (
	"cmp"
	"log/slog"
	"sync"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// board is the common part of presenters: the setters' state, the popup machine, and what was
// reported for each card.
type board struct {
	opts  Options
	log   *slog.Logger
	quit  chan struct{} // closed by Close
	close sync.Once
	ended chan struct{}
	wake  chan struct{}

	mu   sync.Mutex
	next config

	// The fields below belong to the presenter's goroutine.
	active   config // current settings
	machine  *popup.Machine
	reported map[string]reported
}

// config is set by the setters.
type config struct {
	cards   []model.Card
	popups  protocol.Popups
	look    card.Look
	looks   int // counts changes
	corner  popup.Corner
	monitor string
}

func newBoard(o Options) *board {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if !o.Corner.Valid() {
		o.Corner = popup.BottomRight
	}
	if o.Popups == (protocol.Popups{}) {
		o.Popups = settings.Default().Popups
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &board{
		opts: o, log: o.Log, quit: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1),
		next:    config{popups: o.Popups, look: o.Look, corner: o.Corner, monitor: o.Monitor},
		machine: popup.New(), reported: map[string]reported{},
	}
}

// SetCards sets the cards, as model.Terminal.Cards returns them. The slice must not be changed
// afterwards.
func (b *board) SetCards(cards []model.Card) { b.update(func(n *config) { n.cards = cards }) }

// SetDelays sets which kinds of popups are shown and their delays.
func (b *board) SetDelays(d protocol.Popups) { b.update(func(n *config) { n.popups = d }) }

// SetLook sets theme, language and rights.
func (b *board) SetLook(l card.Look) {
	b.update(func(n *config) { n.look, n.looks = l, n.looks+1 }) // the same Texts may have another language
}

// SetPlace sets the corner and the monitor. An empty name is the monitor with the pointer.
func (b *board) SetPlace(c popup.Corner, monitor string) {
	b.update(func(n *config) {
		if n.monitor = monitor; c.Valid() {
			n.corner = c
		}
	})
}

func (b *board) update(change func(*config)) {
	b.mu.Lock()
	change(&b.next)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Close hides everything and ends the presenter. It may be called on Fyne's goroutine.
func (b *board) Close() {
	b.close.Do(func() { close(b.quit) })
	<-b.ended
}

// closing reports whether Close was called.
func (b *board) closing() bool {
	select {
	case <-b.quit:
		return true
	default:
		return false
	}
}

// apply applies the setters' state. It reports whether the look was set.
func (b *board) apply(fade bool) (looked bool) {
	b.mu.Lock()
	next := b.next
	b.mu.Unlock()
	looked = next.looks != b.active.looks
	b.active = next
	items := make([]popup.Item, 0, len(next.cards))
	known := make(map[string]bool, len(next.cards))
	for _, c := range next.cards {
		known[c.ID] = true
		kind := b.kind(c.Kind)
		if !kind.Enabled {
			continue
		}
		item := itemOf(c, times(kind))
		if !fade {
			item.Times.Appear, item.Times.Disappear = 0, 0
		}
		items = append(items, item)
		if t := b.reported[c.ID]; !t.turn.Equal(c.Since) {
			b.reported[c.ID] = reported{turn: c.Since}
		}
	}
	for id := range b.reported {
		if !known[id] {
			delete(b.reported, id)
		}
	}
	b.machine.Set(items, time.Now())
	return looked
}

// itemOf is a card for the machine.
func itemOf(c model.Card, t popup.Times) popup.Item {
	return popup.Item{
		ID: c.ID, Turn: c.Since, Hold: c.Sticky || c.Press.State == model.Pressed, Over: c.Done, Stay: c.Stay, Times: t,
	}
}

// card returns the card with an ID.
func (b *board) card(id string) (model.Card, bool) {
	for _, c := range b.active.cards {
		if c.ID == id {
			return c, true
		}
	}
	return model.Card{}, false
}

func (b *board) kind(k model.Kind) protocol.PopupKind {
	switch k {
	case model.Incoming:
		return b.active.popups.Incoming
	case model.Answer:
		return b.active.popups.Answer
	}
	return b.active.popups.Warning
}

// Limits of the delays in hub.yml, in milliseconds.
const (
	maxFade = 60_000
	maxShow = 86_400_000
)

// times are the delays of a kind, limited to what can be set: a card that takes a year to appear
// would never be seen.
func times(k protocol.PopupKind) popup.Times {
	ms := func(n, most int) time.Duration { return time.Duration(min(max(0, n), most)) * time.Millisecond }
	return popup.Times{Appear: ms(k.Appear, maxFade), Show: ms(k.Show, maxShow), Disappear: ms(k.Disappear, maxFade)}
}
