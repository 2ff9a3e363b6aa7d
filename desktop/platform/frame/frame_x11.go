//go:build !windows && !darwin

package frame

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"sync"

	"fyne.io/fyne/v2"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// x11Frame is a window. Its picture is in a pixmap, from which exposed parts are copied.
type x11Frame struct {
	s      *x11
	w      xproto.Window
	gc     xproto.Gcontext
	events func(Event)

	mu     sync.Mutex
	pixmap xproto.Pixmap
	size   image.Point // of the pixmap
	least  image.Point
	at     image.Point
	buffer []byte
	closed bool
}

// Open creates a hidden window.
func (s *x11) Open(o Options) (Frame, error) {
	f := &x11Frame{s: s, events: o.Events, at: o.At}
	var err error
	if f.w, err = xproto.NewWindowId(s.c); err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	if f.gc, err = xproto.NewGcontextId(s.c); err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	s.mu.Lock()
	s.frames[f.w] = f
	s.mu.Unlock()
	err = xproto.CreateWindowChecked(s.c, s.screen.RootDepth, f.w, s.screen.Root, int16(o.At.X), int16(o.At.Y),
		uint16(max(1, o.Size.X)), uint16(max(1, o.Size.Y)), 0, xproto.WindowClassInputOutput, s.screen.RootVisual,
		xproto.CwBackPixel|xproto.CwBitGravity|xproto.CwEventMask, []uint32{
			s.pixel(o.Background), xproto.GravityNorthWest, xproto.EventMaskKeyPress | xproto.EventMaskKeyRelease |
				xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion |
				xproto.EventMaskEnterWindow | xproto.EventMaskLeaveWindow | xproto.EventMaskStructureNotify |
				xproto.EventMaskFocusChange | xproto.EventMaskExposure,
		}).Check()
	if err != nil {
		f.forget()
		return nil, fmt.Errorf("window: %w", err)
	}
	xproto.CreateGC(s.c, f.gc, xproto.Drawable(f.w), xproto.GcGraphicsExposures, []uint32{0})
	f.describe(o)
	f.SetTitle(o.Title)
	f.hint(image.Point{})
	return f, nil
}

// pixel is a colour in the server's format.
func (s *x11) pixel(c color.Color) uint32 {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.Set(0, 0, c)
	return xgb.Get32(s.format.Encode(nil, img, img.Rect, false))
}

// describe sets what window managers and taskbars show.
func (f *x11Frame) describe(o Options) {
	s := f.s
	f.property(xproto.AtomWmClass, xproto.AtomString, 8, []byte("traybell\x00Traybell\x00"))
	f.property(s.atom("WM_PROTOCOLS"), xproto.AtomAtom, 32,
		cardinals(uint32(s.atom("WM_DELETE_WINDOW")), uint32(s.atom("_NET_WM_PING"))))
	f.property(s.atom("_NET_WM_WINDOW_TYPE"), xproto.AtomAtom, 32,
		cardinals(uint32(s.atom("_NET_WM_WINDOW_TYPE_NORMAL"))))
	f.property(s.atom("_NET_WM_PID"), xproto.AtomCardinal, 32, cardinals(uint32(os.Getpid())))
	if host, err := os.Hostname(); err == nil {
		f.property(xproto.AtomWmClientMachine, xproto.AtomString, 8, []byte(host))
	}
	const inputHint, stateHint, normalState = 1, 2, 1
	f.property(xproto.AtomWmHints, xproto.AtomWmHints, 32,
		cardinals(inputHint|stateHint, 1, normalState, 0, 0, 0, 0, 0, 0))
	if o.Icon != nil {
		b := o.Icon.Bounds()
		icon := []uint32{uint32(b.Dx()), uint32(b.Dy())}
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				c := color.NRGBAModel.Convert(o.Icon.At(x, y)).(color.NRGBA)
				icon = append(icon, uint32(c.A)<<24|uint32(c.R)<<16|uint32(c.G)<<8|uint32(c.B))
			}
		}
		f.property(s.atom("_NET_WM_ICON"), xproto.AtomCardinal, 32, cardinals(icon...))
	}
}

func (f *x11Frame) property(name, kind xproto.Atom, format byte, data []byte) {
	if len(data) > int(xproto.Setup(f.s.c).MaximumRequestLength)*4-32 {
		return
	}
	xproto.ChangeProperty(f.s.c, xproto.PropModeReplace, f.w, name, kind, format, uint32(len(data)*8/int(format)), data)
}

func cardinals(values ...uint32) []byte {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		xgb.Put32(data[4*i:], v)
	}
	return data
}

// hint sets WM_NORMAL_HINTS: the position is that of the picture, not of the decoration.
func (f *x11Frame) hint(least image.Point) {
	const userPosition, position, size, minimum, gravity = 1, 4, 8, 16, 512
	const static = 10
	h := make([]uint32, 18)
	h[0] = userPosition | position | size | gravity
	if least.X > 0 && least.Y > 0 {
		h[0] |= minimum
		h[5], h[6] = uint32(least.X), uint32(least.Y)
	}
	h[1], h[2], h[17] = uint32(int32(f.at.X)), uint32(int32(f.at.Y)), static
	f.property(xproto.AtomWmNormalHints, xproto.AtomWmSizeHints, 32, cardinals(h...))
}

// SetTitle implements Frame.
func (f *x11Frame) SetTitle(title string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	utf8 := f.s.atom("UTF8_STRING")
	f.property(f.s.atom("_NET_WM_NAME"), utf8, 8, []byte(title))
	f.property(f.s.atom("_NET_WM_ICON_NAME"), utf8, 8, []byte(title))
	f.property(xproto.AtomWmName, utf8, 8, []byte(title))
}

// SetMinSize implements Frame.
func (f *x11Frame) SetMinSize(least image.Point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed && least != f.least {
		f.least = least
		f.hint(least)
	}
}

// Resize implements Frame.
func (f *x11Frame) Resize(size image.Point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	xproto.ConfigureWindow(f.s.c, f.w, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(max(1, size.X)), uint32(max(1, size.Y))})
}

// Show implements Frame.
func (f *x11Frame) Show() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		xproto.MapWindow(f.s.c, f.w)
	}
}

// Raise implements Frame with _NET_ACTIVE_WINDOW, or on the server if there is no window manager
// that knows it.
func (f *x11Frame) Raise() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	s := f.s
	if s.managed() {
		const application = 1
		e := xproto.ClientMessageEvent{
			Format: 32, Window: f.w, Type: s.atom("_NET_ACTIVE_WINDOW"),
			Data: xproto.ClientMessageDataUnionData32New([]uint32{application, 0, 0, 0, 0}),
		}
		xproto.SendEvent(s.c, false, s.screen.Root,
			xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(e.Bytes()))
		return
	}
	xproto.ConfigureWindow(s.c, f.w, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	xproto.SetInputFocus(s.c, xproto.InputFocusParent, f.w, xproto.TimeCurrentTime)
}

// managed reports whether a window manager can activate windows.
func (s *x11) managed() bool {
	r, err := xproto.GetProperty(s.c, false, s.screen.Root, s.atom("_NET_SUPPORTED"), xproto.AtomAtom, 0, 1024).Reply()
	if err != nil {
		return false
	}
	for rest := r.Value; len(rest) >= 4; rest = rest[4:] {
		if xproto.Atom(xgb.Get32(rest)) == s.atom("_NET_ACTIVE_WINDOW") {
			return true
		}
	}
	return false
}

// Present implements Frame.
func (f *x11Frame) Present(img *image.NRGBA, changed image.Rectangle) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := img.Bounds().Size()
	if f.closed || size.X < 1 || size.Y < 1 || size.X > 16384 || size.Y > 16384 {
		return
	}
	s := f.s
	if size != f.size {
		pixmap, err := xproto.NewPixmapId(s.c)
		if err != nil {
			return
		}
		if f.pixmap != 0 {
			xproto.FreePixmap(s.c, f.pixmap)
		}
		f.pixmap, f.size, changed = pixmap, size, img.Bounds()
		xproto.CreatePixmap(s.c, s.screen.RootDepth, pixmap, xproto.Drawable(f.w), uint16(size.X), uint16(size.Y))
	}
	f.buffer = s.format.Put(s.c, xproto.Drawable(f.pixmap), f.gc, s.screen.RootDepth, img, changed, false, f.buffer)
	f.copy(changed)
}

func (f *x11Frame) expose(part image.Rectangle) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed && f.pixmap != 0 {
		f.copy(part)
	}
}

// copy shows a part of the pixmap.
func (f *x11Frame) copy(part image.Rectangle) {
	part = part.Intersect(image.Rectangle{Max: f.size})
	if !part.Empty() {
		xproto.CopyArea(f.s.c, xproto.Drawable(f.pixmap), xproto.Drawable(f.w), f.gc, int16(part.Min.X),
			int16(part.Min.Y), int16(part.Min.X), int16(part.Min.Y), uint16(part.Dx()), uint16(part.Dy()))
	}
}

// glyphs are the cursors of X's cursor font.
var glyphs = map[Cursor]uint16{Text: 152, Crosshair: 34, Hand: 60, HorizontalResize: 108, VerticalResize: 116}

// SetCursor implements Frame. The arrow is the desktop's.
func (f *x11Frame) SetCursor(c Cursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	xproto.ChangeWindowAttributes(f.s.c, f.w, xproto.CwCursor, []uint32{uint32(f.s.cursor(c))})
}

func (s *x11) cursor(c Cursor) xproto.Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	glyph, ok := glyphs[c]
	if made := s.cursors[c]; made != 0 || !ok {
		return made
	}
	font, err := xproto.NewFontId(s.c)
	if err != nil {
		return 0
	}
	id, err := xproto.NewCursorId(s.c)
	if err != nil {
		return 0
	}
	const name, most = "cursor", 0xffff
	if xproto.OpenFontChecked(s.c, font, uint16(len(name)), name).Check() != nil {
		return 0
	}
	err = xproto.CreateGlyphCursorChecked(s.c, id, font, font, glyph, glyph+1, 0, 0, 0, most, most, most).Check()
	xproto.CloseFont(s.c, font)
	if err != nil {
		return 0
	}
	s.cursors[c] = id
	return id
}

// SetCaret implements Frame.
func (f *x11Frame) SetCaret(at image.Rectangle) {
	f.mu.Lock()
	origin := f.at
	f.mu.Unlock()
	f.s.caret(at.Add(origin))
}

// configured reports a new size or position. Coordinates of the event count from the decoration or
// from the desktop, so they are asked for.
func (f *x11Frame) configured(e xproto.ConfigureNotifyEvent) {
	f.events(Resized{X: int(e.Width), Y: int(e.Height)})
	r, err := xproto.TranslateCoordinates(f.s.c, f.w, f.s.screen.Root, 0, 0).Reply()
	if err != nil {
		return
	}
	at := image.Pt(int(r.DstX), int(r.DstY))
	f.mu.Lock()
	moved := at != f.at
	f.at = at
	f.mu.Unlock()
	if moved {
		f.events(Moved(at))
	}
}

// button reports a button, or the wheel, which X treats as buttons 4 to 7.
func (f *x11Frame) button(e xproto.ButtonPressEvent, pressed bool) {
	at, with := image.Pt(int(e.EventX), int(e.EventY)), modifiers(e.State)
	if e.Detail >= 4 && e.Detail <= 7 {
		if !pressed {
			return
		}
		w := Wheel{At: at}
		switch e.Detail {
		case 4:
			w.DY = 1
		case 5:
			w.DY = -1
		case 6:
			w.DX = 1
		case 7:
			w.DX = -1
		}
		if with&fyne.KeyModifierShift != 0 {
			w.DX, w.DY = w.DY, w.DX
		}
		f.events(w)
		return
	}
	if number := map[xproto.Button]int{1: 1, 2: 3, 3: 2}[e.Detail]; number != 0 {
		f.events(Button{At: at, Number: number, Pressed: pressed, With: with})
	}
}

func (f *x11Frame) forget() {
	f.s.mu.Lock()
	delete(f.s.frames, f.w)
	f.s.mu.Unlock()
}

// Close implements Frame.
func (f *x11Frame) Close() {
	f.forget()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.closed = true
	if f.pixmap != 0 {
		xproto.FreePixmap(f.s.c, f.pixmap)
	}
	xproto.FreeGC(f.s.c, f.gc)
	xproto.DestroyWindow(f.s.c, f.w)
}
