package screen

import (
	"image"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// slot is a window with what is painted in it.
type slot struct {
	surface platform.Surface
	painter *card.Painter
	id      string
	card    model.Card
	count   int // for the line that counts
	stale   bool
	img     *image.NRGBA
	fresh   bool // img is not in the window yet
	at      image.Point
	from    int          // how far it is from the edge where the stack begins
	foot    int          // its lower edge on the screen, by which its buttons are
	moved   time.Time    // when that came to where it is
	came    time.Time    // when it came onto the screen
	below   *image.Point // where the pointer lay then; nil: elsewhere, or it has moved since
	scale   float32
	visible bool
	pressed bool
	closed  bool
	still   int       // how often the pointer has moved on to something else
	spun    time.Time // when the sign that something is waited for was turned last
}

// warm makes the first window and paints a card that nobody sees: fonts and icons are read now and
// not when the phone rings.
func (p *Presenter) warm() {
	s := p.open()
	if s == nil {
		return
	}
	p.free = append(p.free, s)
	m, ok := p.choose()
	if !ok {
		m.Scale = 1
	}
	p.monitor = ""
	p.do(func() {
		s.painter.Paint(model.Card{Kind: model.Incoming, Call: protocol.Call{
			ID: "warm", Display: "+7 (800) 123-45-69", Line: protocol.Line{Name: "Aa Яя", Comment: "Aa Яя…"},
			Caller: protocol.Caller{Status: protocol.Looking}, Links: protocol.Links{CID: "x", Map: "x", Ticket: "x"},
		}}, m.Scale)
	})
}

// slot is the window for a card; nil when the system gives none.
func (p *Presenter) slot(id string) *slot {
	if s := p.slots[id]; s != nil {
		return s
	}
	var s *slot
	if n := len(p.free); n > 0 {
		s, p.free = p.free[n-1], p.free[:n-1]
	} else if s = p.open(); s == nil {
		return nil
	}
	if c, known := p.card(id); known {
		s.card = c
	}
	s.id, s.stale, s.closed, s.pressed = id, true, false, false
	p.slots[id] = s
	return s
}

// open makes a window and a card for it.
func (p *Presenter) open() *slot {
	surface, err := p.host.NewSurface()
	if err != nil {
		p.log.Error("no window for a popup", "error", err)
		return nil
	}
	s := &slot{surface: surface, stale: true}
	e := p.opts.Events
	made := p.do(func() {
		s.painter = card.NewPainter(p.set.look, card.Actions{
			OK: e.OK, Append: e.Append, Open: e.Open, Copy: e.Copy, Category: e.Category,
			Close: func(string) { s.closed = true },
		})
	})
	if !made {
		_ = surface.Close()
		return nil
	}
	go func() {
		for {
			select {
			case in := <-surface.Events():
				select {
				case p.inputs <- input{s, in}:
				case <-p.quit:
					return
				}
			case <-p.quit:
				return
			}
		}
	}()
	return s
}

// paint has a card painted if it is not what it should be. The window gets the picture together
// with its place; see show.
func (p *Presenter) paint(s *slot, scale float32) bool {
	if !s.stale && s.img != nil && s.scale == scale {
		return true
	}
	look := p.set.look
	ok := p.do(func() {
		s.painter.Card.SetLook(look)
		if s.count > 0 {
			s.img = s.painter.PaintMore(s.count, scale)
		} else {
			s.img = s.painter.Paint(s.card, scale)
		}
	})
	if !ok {
		return false
	}
	s.stale, s.fresh, s.scale = false, true, scale
	return true
}

// again paints a card whose look under the pointer has changed.
func (p *Presenter) again(s *slot) {
	if s.scale > 0 && p.do(func() { s.img = s.painter.Again(s.scale) }) {
		s.fresh = true // the next step shows it where it belongs then: it may have another size
	}
}

func (p *Presenter) all() []*slot {
	all := slices.Clone(p.free)
	for _, s := range p.slots {
		all = append(all, s)
	}
	if p.more != nil {
		all = append(all, p.more)
	}
	return all
}

func (p *Presenter) shut() {
	for _, s := range p.all() {
		s.surface.Hide()
		_ = s.surface.Close()
	}
}
