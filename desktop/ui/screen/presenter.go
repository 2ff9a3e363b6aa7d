// Package screen puts cards on the screen: it steps popup's state machine, has cards painted, and moves, fades and hides the windows that
// show them.
//
// A Presenter owns its windows and runs on one goroutine of its own; painting and everything that a press sets off runs on Fyne's goroutine (Options.Do).
// The Set… methods only leave a note and return at once, from any goroutine. Windows and cards are made when they are needed
// first and used again ever after, so a thousand popups need no more memory than six.
package screen

import (
	"image"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// Options are how a presenter begins; what can change later has a setter too.
type Options struct {
	Look    card.Look
	Popups  protocol.Popups // zero: the usual ones
	Corner  popup.Corner    // empty: BottomRight
	Monitor string          // its name; empty: the one with the pointer
	Do      func(func())    // runs something on Fyne's goroutine, soon; nil: fyne.Do
	Log     *slog.Logger    // nil: silent
	Events  Events
}

// Events is what the presenter tells. All are called on Fyne's goroutine and must not wait.
type Events struct {
	OK       func(call, customer string) // OK was pressed; customer is a login or empty
	Append   func(call, ticket string)   // the call is to be added to that ticket
	Open     func(url string)
	Copy     func(text string)
	Category func(call string) // the category's icon was pressed; nil: it cannot be
	Close    func(card string) // the agent closed the card
	Shown    func(call string) // the call's popup is on the screen now
	Gone     func(card string) // the card has left the screen, by itself or closed: the model may forget it
}

const (
	margin = 12 // of the stack to the work area's edge, at scale 1
	gap    = 8  // between two cards
)

// Presenter shows cards.
type Presenter struct {
	host   platform.Host
	opts   Options
	log    *slog.Logger
	quit   chan struct{} // closed by Close
	close  sync.Once
	ended  chan struct{}
	wake   chan struct{}
	inputs chan input

	mu   sync.Mutex
	note note

	// What follows belongs to the presenter's goroutine.
	set      note // what is in force
	machine  *popup.Machine
	slots    map[string]*slot // by card
	free     []*slot
	more     *slot // the line that counts the others
	told     map[string]told
	monitor  string             // the one in use
	monitors []platform.Monitor // as last asked for; nil: ask
	watched  bool               // the host tells when they change
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

// told remembers what was said of a card, so that it is said once a turn.
type told struct {
	turn        time.Time
	shown, gone bool
}

// slot is a window with what is painted in it.
type slot struct {
	surface platform.Surface
	painter *card.Painter
	id      string
	card    model.Card
	count   int // for the line that counts
	stale   bool
	img     *image.NRGBA
	scale   float32
	visible bool
	pressed bool
	closed  bool
}

type input struct {
	slot *slot
	platform.Input
}

// New starts a presenter on a host. It does not own the host: close the presenter first.
func New(host platform.Host, o Options) *Presenter {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if !o.Corner.Valid() {
		o.Corner = popup.BottomRight
	}
	if o.Popups == (protocol.Popups{}) {
		o.Popups = settings.Default().Popups
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Presenter{
		host: host, opts: o, log: o.Log, quit: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1), inputs: make(chan input, 16),
		note:    note{popups: o.Popups, look: o.Look, corner: o.Corner, monitor: o.Monitor},
		machine: popup.New(), slots: map[string]*slot{}, told: map[string]told{},
	}
	go p.run()
	return p
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

// Close takes everything off the screen and ends the presenter. It may be called on Fyne's goroutine.
func (p *Presenter) Close() {
	p.close.Do(func() { close(p.quit) })
	<-p.ended
}

func (p *Presenter) run() {
	defer close(p.ended)
	defer p.shut()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var changes <-chan struct{}
	if w, ok := p.host.(platform.Watcher); ok {
		changes, p.watched = w.Changes(), true
	}
	p.take()
	p.warm()
	for {
		now := time.Now()
		timer.Stop()
		if next := p.step(now); !next.IsZero() {
			timer.Reset(next.Sub(now))
		}
		select {
		case <-p.quit:
			return
		case <-p.wake:
			p.take()
		case in := <-p.inputs:
			p.input(in)
		case <-changes:
			p.monitors = nil
		case <-timer.C:
		}
	}
}

// warm makes the first window and paints a card that nobody sees: fonts and icons are read now and not when the phone rings.
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

// do runs something on Fyne's goroutine and waits for it, unless the presenter is closed meanwhile: then nobody may be there to run it.
func (p *Presenter) do(f func()) bool {
	done := make(chan struct{})
	p.opts.Do(func() {
		defer close(done)
		if !p.closing() {
			f()
		}
	})
	select {
	case <-done:
		return !p.closing()
	case <-p.quit:
		return false
	}
}

// closing tells whether Close was called.
func (p *Presenter) closing() bool {
	select {
	case <-p.quit:
		return true
	default:
		return false
	}
}

// tell runs a callback on Fyne's goroutine without waiting for it.
func (p *Presenter) tell(f func(string), arg string) {
	if f != nil {
		p.opts.Do(func() { f(arg) })
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

// step brings the screen to what it should be now and returns when to do so next.
func (p *Presenter) step(now time.Time) time.Time {
	if p.machine.Wanting() == 0 && len(p.slots) == 0 {
		p.monitor, p.monitors = "", nil
		p.report()
		return time.Time{}
	}
	m, ok := p.choose()
	if !ok {
		p.monitors = nil
		return now.Add(time.Second) // all monitors are off: look again
	}
	candidates := p.machine.Candidates(now)
	var sizes []image.Point
	for _, id := range candidates {
		s := p.slot(id)
		if s == nil {
			return now.Add(time.Second)
		}
		if !p.paint(s, m.Scale) {
			return time.Time{}
		}
		sizes = append(sizes, s.img.Bounds().Size())
	}
	far, near := int(margin*m.Scale), int(gap*m.Scale)
	room := len(popup.Stack(m.Work, p.set.corner, far, near, sizes))
	if waiting := p.machine.Wanting() - room; waiting > 0 { // their number needs a place too
		for room > 1 && len(popup.Stack(m.Work, p.set.corner, far, near, append(slices.Clone(sizes[:room]), p.moreSize(m.Scale)))) <= room {
			room--
		}
	}
	p.machine.Room(room)
	views, next := p.machine.Step(now)
	sizes = sizes[:0]
	for _, v := range views {
		sizes = append(sizes, p.slots[v.ID].img.Bounds().Size())
	}
	waiting := p.machine.Waiting()
	if waiting > 0 && p.count(waiting, m.Scale) {
		sizes = append(sizes, p.more.img.Bounds().Size())
	}
	places := popup.Stack(m.Work, p.set.corner, far, near, sizes)
	seen := map[string]bool{}
	for i, v := range views {
		if i < len(places) {
			seen[v.ID] = true
			p.show(p.slots[v.ID], places[i].Min, v.Alpha)
			p.shown(p.slots[v.ID])
		}
	}
	if p.more != nil {
		if waiting > 0 && len(places) == len(views)+1 {
			p.show(p.more, places[len(views)].Min, 1)
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
	p.report()
	return next
}

// choose picks the monitor. The stack stays where it is while something is up, unless its monitor vanishes.
func (p *Presenter) choose() (platform.Monitor, bool) {
	if p.monitors == nil || !p.watched {
		p.monitors = p.host.Monitors()
	}
	monitors := p.monitors
	screens := make([]popup.Screen, len(monitors))
	for i, m := range monitors {
		screens[i] = popup.Screen{Name: m.Name, Primary: m.Primary, Pointer: m.Pointer}
	}
	i := popup.Choose(screens, p.monitor, p.set.monitor)
	if i < 0 {
		return platform.Monitor{}, false
	}
	m := monitors[i]
	p.monitor = m.Name
	if m.Scale <= 0 {
		m.Scale = 1
	}
	return m, true
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
	i := slices.IndexFunc(p.set.cards, func(c model.Card) bool { return c.ID == id })
	if i >= 0 {
		s.card = p.set.cards[i]
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

// paint has a card painted if it is not what it should be, and gives the picture to its window.
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
	s.stale, s.scale = false, scale
	s.surface.Present(s.img)
	return true
}

// again paints a card whose look under the pointer has changed.
func (p *Presenter) again(s *slot) {
	if s.scale > 0 && p.do(func() { s.img = s.painter.Again(s.scale) }) {
		s.surface.Present(s.img)
	}
}

// count brings the line that counts to n.
func (p *Presenter) count(n int, scale float32) bool {
	if p.more == nil {
		if p.more = p.open(); p.more == nil {
			return false
		}
	}
	if p.more.count != n {
		p.more.count, p.more.stale = n, true
	}
	return p.paint(p.more, scale)
}

// moreSize is the size of that line.
func (p *Presenter) moreSize(scale float32) image.Point {
	return image.Pt(int(card.Width*scale), int(card.MoreHeight*scale)+1)
}

func (p *Presenter) show(s *slot, at image.Point, alpha float32) {
	s.surface.Move(at.X, at.Y)
	s.surface.SetAlpha(alpha)
	if !s.visible {
		s.visible = true
		s.surface.Show()
	}
}

func (p *Presenter) hide(s *slot) {
	if !s.visible {
		return
	}
	s.visible, s.pressed = false, false
	s.surface.Hide()
	// A window that is hidden under the pointer is not told that the pointer has left.
	p.machine.Hover(s.id, false, time.Now())
	p.do(func() { s.painter.Hover(0, 0, false) })
}

// shown tells that a call's popup is up, once a turn.
func (p *Presenter) shown(s *slot) {
	t, known := p.told[s.id]
	if !known || t.shown { // not known: it only fades out
		return
	}
	t.shown = true
	p.told[s.id] = t
	if s.card.Kind != model.Warn {
		p.tell(p.opts.Events.Shown, s.id)
	}
}

// report tells which cards have gone.
func (p *Presenter) report() {
	for id, t := range p.told {
		gone := p.machine.Phase(id) == popup.Gone
		if gone == t.gone {
			continue
		}
		t.gone = gone
		p.told[id] = t
		if gone {
			p.tell(p.opts.Events.Gone, id)
		}
	}
}

// input is what the pointer does over a window.
func (p *Presenter) input(in input) {
	s, now := in.slot, time.Now()
	if !s.visible {
		return // it was on its way when the window was hidden
	}
	switch in.Kind {
	case platform.PointerMoved:
		p.machine.Hover(s.id, true, now)
		p.hover(s, in.X, in.Y, true)
	case platform.PointerLeft:
		s.pressed = false
		p.machine.Hover(s.id, false, now)
		p.hover(s, in.X, in.Y, false)
	case platform.Pressed:
		s.pressed = true
	case platform.Released:
		if s.pressed && s.id != "" {
			s.pressed = false
			p.tap(s, in.X, in.Y, now)
		}
	}
}

func (p *Presenter) hover(s *slot, x, y int, over bool) {
	changed := false
	if p.do(func() { changed = s.painter.Hover(x, y, over) }) && changed {
		p.again(s)
	}
}

func (p *Presenter) tap(s *slot, x, y int, now time.Time) {
	changed := false
	if !p.do(func() { changed = s.painter.Tap(x, y) }) {
		return
	}
	if s.closed {
		s.closed = false
		p.machine.Close(s.id, now)
		p.tell(p.opts.Events.Close, s.id)
		return
	}
	if changed {
		p.again(s)
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
