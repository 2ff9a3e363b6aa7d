package native

import (
	"image"
	"math"
	"time"

	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/within"
)

const (
	dragFrom = 2  // how far the pointer moves before it drags
	notch    = 25 // how far a notch of the wheel scrolls
)

// pointer passes what the mouse does to the objects of a window, as Fyne's own driver does.
type pointer struct {
	window *window
	at     fyne.Position
	cursor desktop.Cursor
	over   desktop.Hoverable
	held   desktop.MouseButton // pressed buttons
	down   fyne.CanvasObject   // where the left or right one was pressed

	dragged  fyne.Draggable // nil: nothing
	grip     fyne.Position  // of the object dragged, at the start
	origin   fyne.Position
	dragLast fyne.Position
	dragging bool

	tapped  fyne.CanvasObject // waiting for a second tap
	waiting *time.Timer
}

// find returns the innermost object below the pointer that matches, and the position inside it.
func (p *pointer) find(at fyne.Position, matches func(fyne.CanvasObject) bool) (fyne.CanvasObject, fyne.Position) {
	c := p.window.canvas
	return within.ObjectAt(at, matches, c.Overlays().Top(), c.Content())
}

func is[T any](o fyne.CanvasObject) bool {
	_, ok := o.(T)
	return ok
}

func (p *pointer) position(px image.Point) fyne.Position {
	s := p.window.units(px)
	return fyne.NewPos(s.Width, s.Height)
}

func (p *pointer) move(px image.Point) {
	before := p.at
	p.at = p.position(px)
	cursor := desktop.Cursor(desktop.DefaultCursor)
	on, inside := p.find(p.at, func(o fyne.CanvasObject) bool {
		if c, ok := o.(desktop.Cursorable); ok {
			cursor = c.Cursor()
		}
		return is[desktop.Hoverable](o)
	})
	p.shape(cursor)
	if p.held != 0 && p.held != desktop.MouseButtonSecondary && !p.dragging {
		p.startDrag(before)
	}
	p.hover(on, inside)
	if p.dragged == nil || p.held == desktop.MouseButtonSecondary {
		return
	}
	if p.held != 0 {
		moved := p.origin.Subtract(p.dragged.(fyne.CanvasObject).Position())
		e := &fyne.DragEvent{Dragged: fyne.NewDelta(p.at.X-p.dragLast.X, p.at.Y-p.dragLast.Y)}
		e.AbsolutePosition, e.Position = p.at, p.at.Subtract(p.grip).Add(moved)
		p.dragged.Dragged(e)
	}
	p.dragging, p.dragLast = true, p.at
}

func (p *pointer) startDrag(from fyne.Position) {
	on, inside := p.find(from, is[fyne.Draggable])
	far := math.Abs(float64(p.at.X-p.dragLast.X)) >= dragFrom || math.Abs(float64(p.at.Y-p.dragLast.Y)) >= dragFrom
	if d, ok := on.(fyne.Draggable); ok && far {
		p.dragged, p.grip, p.origin, p.dragging = d, from.Subtract(inside), on.Position(), true
	}
}

func (p *pointer) hover(on fyne.CanvasObject, inside fyne.Position) {
	h, _ := on.(desktop.Hoverable)
	switch {
	case p.isDragged(on), h == nil && p.isDragged(p.over):
		return
	case h == nil:
		p.out()
		return
	}
	e := &desktop.MouseEvent{Button: p.held}
	e.AbsolutePosition, e.Position = p.at, inside
	if h == p.over {
		h.MouseMoved(e)
		return
	}
	p.out()
	p.over = h
	h.MouseIn(e)
}

func (p *pointer) isDragged(o any) bool {
	d, _ := o.(fyne.Draggable)
	return d != nil && d == p.dragged
}

func (p *pointer) out() {
	if p.over != nil {
		p.over.MouseOut()
		p.over = nil
	}
}

func (p *pointer) leave() {
	if p.held == 0 {
		p.out()
	}
}

// cursors are the shapes of Fyne's cursors. Images have none.
var cursors = map[desktop.StandardCursor]frame.Cursor{
	desktop.TextCursor: frame.Text, desktop.CrosshairCursor: frame.Crosshair, desktop.PointerCursor: frame.Hand,
	desktop.HResizeCursor: frame.HorizontalResize, desktop.VResizeCursor: frame.VerticalResize,
	desktop.HiddenCursor: frame.Hidden,
}

func (p *pointer) shape(c desktop.Cursor) {
	if c == p.cursor {
		return
	}
	p.cursor = c
	standard, _ := c.(desktop.StandardCursor)
	p.window.frame.SetCursor(cursors[standard])
}

func (p *pointer) button(b frame.Button) {
	p.at = p.position(b.At)
	p.dragLast = p.at
	number := map[int]desktop.MouseButton{
		1: desktop.MouseButtonPrimary, 2: desktop.MouseButtonSecondary, 3: desktop.MouseButtonTertiary,
	}[b.Number]
	wasDragging := p.dragging
	on, inside := p.find(p.at, func(o fyne.CanvasObject) bool {
		return is[fyne.Tappable](o) || is[fyne.SecondaryTappable](o) || is[fyne.DoubleTappable](o) ||
			is[fyne.Focusable](o) || is[desktop.Mouseable](o) || wasDragging && is[fyne.Draggable](o)
	})
	if m, ok := on.(desktop.Mouseable); ok {
		e := &desktop.MouseEvent{Button: number, Modifier: b.With}
		e.AbsolutePosition, e.Position = p.at, inside
		p.mouse(m, e, b.Pressed)
	}
	p.unfocus(on)
	if b.Pressed {
		p.held |= number
		p.down = on
		return
	}
	p.held &^= number
	p.endDrag(on)
	e := &fyne.PointEvent{AbsolutePosition: p.at, Position: inside}
	switch {
	case number == desktop.MouseButtonSecondary && on == p.down:
		p.secondary(on, e)
	case number == desktop.MouseButtonPrimary && !wasDragging:
		p.tap(on, e)
	}
}

// mouse passes a pressed or released button. The end of a drag goes to the dragged object.
func (p *pointer) mouse(on desktop.Mouseable, e *desktop.MouseEvent, pressed bool) {
	if pressed {
		on.MouseDown(e)
		return
	}
	if dragged, ok := p.dragged.(desktop.Mouseable); ok {
		e.Position = e.AbsolutePosition.Subtract(p.grip)
		on = dragged
	}
	on.MouseUp(e)
}

// unfocus takes the focus away, unless something focusable is below the pointer.
func (p *pointer) unfocus(on fyne.CanvasObject) {
	c := p.window.canvas
	if f, ok := on.(fyne.Focusable); ok && f == c.Focused() {
		return
	}
	if f, _ := p.find(p.at, is[fyne.Focusable]); f == nil {
		c.Unfocus()
	}
}

func (p *pointer) endDrag(on fyne.CanvasObject) {
	if p.dragged == nil {
		return
	}
	if p.dragging {
		p.dragged.DragEnd()
	}
	if p.isDragged(p.over) && !p.isDragged(on) {
		p.out()
	}
	p.dragged, p.dragging = nil, false
}

// secondary opens a menu. If that only closed another, the object below gets the click.
func (p *pointer) secondary(on fyne.CanvasObject, e *fyne.PointEvent) {
	s, ok := on.(fyne.SecondaryTappable)
	if !ok {
		return
	}
	c := p.window.canvas
	before := c.Overlays().Top()
	s.TappedSecondary(e)
	if before == nil || c.Overlays().Top() == before {
		return
	}
	below, inside := p.find(p.at, is[fyne.SecondaryTappable])
	if s, ok := below.(fyne.SecondaryTappable); ok {
		s.TappedSecondary(&fyne.PointEvent{AbsolutePosition: p.at, Position: inside})
	}
}

// tap presses what was pressed and released at the same place. If it can be tapped twice, the first
// tap waits for the second.
func (p *pointer) tap(on fyne.CanvasObject, e *fyne.PointEvent) {
	if on == nil || on != p.down {
		return
	}
	double, ok := on.(fyne.DoubleTappable)
	if !ok {
		if t, ok := on.(fyne.Tappable); ok {
			t.Tapped(e)
		}
		return
	}
	if p.waiting != nil && p.waiting.Stop() {
		p.waiting = nil
		if p.tapped == on {
			double.DoubleTapped(e)
			return
		}
	}
	p.tapped = on
	driver := p.window.driver // the timer's goroutine reads nothing of the pointer
	var timer *time.Timer
	timer = time.AfterFunc(doubleTap, func() {
		driver.post(func() {
			if p.waiting != timer || p.window.frame == nil {
				return
			}
			p.waiting = nil
			if t, ok := on.(fyne.Tappable); ok {
				t.Tapped(e)
			}
		})
	})
	p.waiting = timer
}

func (p *pointer) wheel(w frame.Wheel) {
	p.at = p.position(w.At)
	on, inside := p.find(p.at, is[fyne.Scrollable])
	if s, ok := on.(fyne.Scrollable); ok {
		e := &fyne.ScrollEvent{Scrolled: fyne.NewDelta(w.DX*notch, w.DY*notch)}
		e.AbsolutePosition, e.Position = p.at, inside
		s.Scrolled(e)
	}
}
