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

// board is what every presenter has, however it shows cards: the notes that others leave, the state
// machine, and what was told of which card.
type board struct {
	opts  Options
	log   *slog.Logger
	quit  chan struct{} // closed by Close
	close sync.Once
	ended chan struct{}
	wake  chan struct{}

	mu   sync.Mutex
	note note

	// What follows belongs to the presenter's goroutine.
	set     note // what is in force
	machine *popup.Machine
	told    map[string]told
}

// note is what the setters leave behind.
type note struct {
	cards   []model.Card
	popups  protocol.Popups
	look    card.Look
	looks   int // how often it was set
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
		note:    note{popups: o.Popups, look: o.Look, corner: o.Corner, monitor: o.Monitor},
		machine: popup.New(), told: map[string]told{},
	}
}

// SetCards says which cards there are, as model.Screen.Cards gives them. The slice is not changed
// and must not be.
func (b *board) SetCards(cards []model.Card) { b.leave(func(n *note) { n.cards = cards }) }

// SetDelays changes which kinds of popup there are and how long each stays.
func (b *board) SetDelays(d protocol.Popups) { b.leave(func(n *note) { n.popups = d }) }

// SetLook changes theme, language and rights.
func (b *board) SetLook(l card.Look) {
	b.leave(func(n *note) { n.look, n.looks = l, n.looks+1 }) // the same Texts may speak another language now
}

// SetPlace changes the corner and the monitor; an empty name is the monitor with the pointer.
func (b *board) SetPlace(c popup.Corner, monitor string) {
	b.leave(func(n *note) {
		if n.monitor = monitor; c.Valid() {
			n.corner = c
		}
	})
}

func (b *board) leave(change func(*note)) {
	b.mu.Lock()
	change(&b.note)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Close takes everything off the screen and ends the presenter. It may be called on Fyne's
// goroutine.
func (b *board) Close() {
	b.close.Do(func() { close(b.quit) })
	<-b.ended
}

// closing tells whether Close was called.
func (b *board) closing() bool {
	select {
	case <-b.quit:
		return true
	default:
		return false
	}
}

// take brings the setters' notes into force. It tells whether the look was set anew.
func (b *board) take(fade bool) (looked bool) {
	b.mu.Lock()
	next := b.note
	b.mu.Unlock()
	looked = next.looks != b.set.looks
	b.set = next
	items := make([]popup.Item, 0, len(next.cards))
	known := make(map[string]bool, len(next.cards))
	for _, c := range next.cards {
		known[c.ID] = true
		kind := b.kind(c.Kind)
		if !kind.Enabled {
			continue
		}
		item := popup.Item{
			ID: c.ID, Turn: c.Since, Hold: c.Sticky || c.Press.State == model.Pressed, Over: c.Done, Stay: c.Stay,
			Times: times(kind),
		}
		if !fade {
			item.Times.Appear, item.Times.Disappear = 0, 0
		}
		items = append(items, item)
		if t := b.told[c.ID]; !t.turn.Equal(c.Since) {
			b.told[c.ID] = told{turn: c.Since}
		}
	}
	for id := range b.told {
		if !known[id] {
			delete(b.told, id)
		}
	}
	b.machine.Set(items, time.Now())
	return looked
}

// card is the one with that id.
func (b *board) card(id string) (model.Card, bool) {
	for _, c := range b.set.cards {
		if c.ID == id {
			return c, true
		}
	}
	return model.Card{}, false
}

func (b *board) kind(k model.Kind) protocol.PopupKind {
	switch k {
	case model.Incoming:
		return b.set.popups.Incoming
	case model.Answer:
		return b.set.popups.Answer
	}
	return b.set.popups.Warning
}

// The longest delays that hub.yml may have, in milliseconds.
const (
	mostFade = 60_000
	mostShow = 86_400_000
)

// times are the delays of a kind. One that is longer than can be set is cut: a card that takes a
// year to appear is never seen.
func times(k protocol.PopupKind) popup.Times {
	ms := func(n, most int) time.Duration { return time.Duration(min(max(0, n), most)) * time.Millisecond }
	return popup.Times{Appear: ms(k.Appear, mostFade), Show: ms(k.Show, mostShow), Disappear: ms(k.Disappear, mostFade)}
}
