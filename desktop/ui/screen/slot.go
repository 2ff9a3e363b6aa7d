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

// slot is a window with its card.
type slot struct {
	board    *board
	surface  platform.Surface
	painter  *card.Painter
	id       string
	card     model.Card
	count    int // of the line that counts hidden cards
	stale    bool
	img      *image.NRGBA
	fresh    bool // img is not presented yet
	at       image.Point
	from     int          // distance from the edge where the stack starts
	foot     int          // lower edge on the screen, near its buttons
	moved    time.Time    // when foot changed last
	came     time.Time    // when the window was shown
	below    *image.Point // position of the pointer then; nil: elsewhere or moved since
	scale    float32
	visible  bool
	pressed  bool
	closed   bool
	unfold   bool
	folded   bool
	full     int       // height of the picture when it is not folded
	measured bool      // laid out for that, and not painted yet
	still    int       // counts moves of the pointer to another zone
	spun     time.Time // last turn of the spinner
}

// warmUp creates the first window and paints a hidden card, to load fonts and icons before the
// phone rings.
func (p *Presenter) warmUp() {
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

// slot returns the window of a card, or nil if the system has none.
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
	s.id, s.stale, s.closed, s.pressed, s.folded = id, true, false, false, false
	p.slots[id] = s
	return s
}

// open creates a window with a card.
func (p *Presenter) open() *slot {
	surface, err := p.host.NewSurface()
	if err != nil {
		p.log.Error("cannot create popup window", "error", err)
		return nil
	}
	s := &slot{board: p.board, surface: surface, stale: true}
	e := p.opts.Events
	made := p.do(func() {
		s.painter = card.NewPainter(p.active.look, card.Actions{
			OK: e.OK, Append: e.Append, Open: e.Open, Copy: e.Copy, Category: e.Category, Note: e.Note,
			Control: e.Control, Transfer: e.Transfer, Tones: e.Tones, Script: e.Script, Show: e.Show,
			Acknowledge: func(id string) { s.closed = true; e.Acknowledge(id) },
			Close:       func(string) { s.closed = true }, Unfold: func(string) { s.unfold = true },
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

// measure lays out the card if necessary, to know its height before it is folded or not.
func (s *slot) measure(scale float32) bool {
	if !s.stale && s.scale == scale {
		return true
	}
	look := s.board.active.look
	s.measured = true
	return s.board.do(func() {
		s.painter.Card.SetLook(look)
		s.painter.Card.Fold(false)
		s.painter.Card.Set(s.card)
		s.full = int(s.painter.Card.Size().Height*scale) + 1
	})
}

// paint paints the card if necessary. The window gets the picture together with its position in
// show.
func (s *slot) paint(scale float32) bool {
	if !s.stale && s.img != nil && s.scale == scale {
		return true
	}
	look := s.board.active.look
	ok := s.board.do(func() {
		switch {
		case s.count > 0:
			s.painter.Card.SetLook(look)
			s.img = s.painter.PaintMore(s.count, scale)
			return
		case s.folded || !s.measured:
			s.painter.Card.SetLook(look)
			s.painter.Card.Fold(s.folded)
			s.painter.Card.Set(s.card)
		}
		s.img = s.painter.Repaint(scale)
	})
	if !ok {
		return false
	}
	s.stale, s.measured, s.fresh, s.scale = false, false, true, scale
	return true
}

// repaint paints a card that has changed under the pointer.
func (s *slot) repaint() {
	if s.scale > 0 && s.board.do(func() { s.img = s.painter.Repaint(s.scale) }) {
		s.fresh = true // its size may differ, so the next step shows it
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

func (p *Presenter) closeAll() {
	for _, s := range p.all() {
		s.surface.Hide()
		_ = s.surface.Close()
	}
}

// change changes a card and repaints it if necessary.
func (s *slot) change(f func() bool) {
	changed := false
	if s.board.do(func() { changed = f() }) && changed {
		s.repaint()
	}
}

func (s *slot) show(at image.Point, alpha float32) {
	switch {
	case s.fresh:
		s.surface.Present(s.img, at)
	case at != s.at:
		s.surface.Move(at.X, at.Y)
	}
	if foot := at.Y + s.img.Bounds().Dy(); !s.visible || foot != s.foot {
		s.foot, s.moved = foot, time.Now()
	}
	s.fresh, s.at = false, at
	s.surface.SetAlpha(alpha)
	if !s.visible {
		s.visible, s.came, s.below = true, time.Now(), nil
		s.surface.Show()
	}
}
