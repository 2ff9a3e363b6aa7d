//go:build !windows && !darwin

package platform

import (
	"fmt"
	"image"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// NewHost opens a connection of our own to the X server that DISPLAY names.
func NewHost(o Options) (Host, error) {
	c, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: start traybell inside a desktop session, where DISPLAY is set (under Wayland, XWayland must be on): %w", ErrNoDisplay, err)
	}
	h := &x11{
		c: c, screen: xproto.Setup(c).DefaultScreen(c), log: o.log(), scale: o.Scale,
		surfaces: map[xproto.Window]*x11Surface{}, atoms: map[string]xproto.Atom{}, changes: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if err := h.open(); err != nil {
		c.Close()
		return nil, err
	}
	go h.listen()
	return h, nil
}

// x11 is one connection. Requests may come from any goroutine (xgb queues them); mu guards the map of surfaces, the rest is
// not changed after open.
type x11 struct {
	c       *xgb.Conn
	screen  *xproto.ScreenInfo
	log     *slog.Logger
	scale   float32 // 0: ask the server
	format  pixels
	randr   bool
	shape   bool
	changes chan struct{}
	done    chan struct{} // closed when the connection has ended
	closing atomic.Bool   // by us

	atoms map[string]xproto.Atom

	mu       sync.Mutex
	surfaces map[xproto.Window]*x11Surface
}

// pixels is how the server wants a pixel.
type pixels struct {
	order      [3]int // the byte of red, green and blue
	maxRequest int    // bytes
}

func (h *x11) open() error {
	if err := h.intern(); err != nil {
		return err
	}
	setup := xproto.Setup(h.c)
	visual := findVisual(h.screen)
	bits := 0
	for _, f := range setup.PixmapFormats {
		if f.Depth == h.screen.RootDepth {
			bits = int(f.BitsPerPixel)
		}
	}
	if visual == nil || visual.Class != xproto.VisualClassTrueColor || h.screen.RootDepth != 24 || bits != 32 {
		return fmt.Errorf("the display has %d colour bits (%d stored); popups need a true-colour display of 24", h.screen.RootDepth, bits)
	}
	h.format.maxRequest = int(setup.MaximumRequestLength) * 4
	for i, mask := range []uint32{visual.RedMask, visual.GreenMask, visual.BlueMask} {
		b := 0
		for mask > 0xff {
			mask >>= 8
			b++
		}
		if setup.ImageByteOrder == xproto.ImageOrderMSBFirst {
			b = 3 - b
		}
		h.format.order[i] = b
	}
	h.randr = randr.Init(h.c) == nil
	if h.randr {
		v, err := randr.QueryVersion(h.c, 1, 5).Reply()
		h.randr = err == nil && (v.MajorVersion > 1 || v.MinorVersion >= 5)
	}
	if h.randr {
		randr.SelectInput(h.c, h.screen.Root, randr.NotifyMaskScreenChange)
	}
	h.shape = shape.Init(h.c) == nil
	// The active window and the work area are properties of the root. Another client may listen too: the mask is per client.
	xproto.ChangeWindowAttributes(h.c, h.screen.Root, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
	return nil
}

func findVisual(s *xproto.ScreenInfo) *xproto.VisualInfo {
	for _, d := range s.AllowedDepths {
		for i := range d.Visuals {
			if d.Visuals[i].VisualId == s.RootVisual {
				return &d.Visuals[i]
			}
		}
	}
	return nil
}

// listen reads what the server says until the connection ends. Errors of requests arrive here too; a popup that cannot be drawn is no
// reason to end the program.
func (h *x11) listen() {
	defer close(h.done)
	workArea, active := h.atom("_NET_WORKAREA"), h.atom("_NET_ACTIVE_WINDOW")
	for {
		event, err := h.c.WaitForEvent()
		if event == nil && err == nil {
			if !h.closing.Load() {
				h.log.Warn("the connection to the X server has ended, popups cannot be shown")
			}
			return
		}
		if err != nil {
			h.log.Debug("X server refused a request", "error", err)
			continue
		}
		switch e := event.(type) {
		case xproto.MotionNotifyEvent:
			h.input(e.Event, Input{PointerMoved, int(e.EventX), int(e.EventY)})
		case xproto.EnterNotifyEvent:
			h.input(e.Event, Input{PointerMoved, int(e.EventX), int(e.EventY)})
		case xproto.LeaveNotifyEvent:
			if e.Mode != xproto.NotifyModeGrab { // a menu that opens elsewhere is not the pointer's leaving
				h.input(e.Event, Input{PointerLeft, int(e.EventX), int(e.EventY)})
			}
		case xproto.ButtonPressEvent:
			if e.Detail == 1 {
				h.input(e.Event, Input{Pressed, int(e.EventX), int(e.EventY)})
			}
		case xproto.ButtonReleaseEvent:
			if e.Detail == 1 {
				h.input(e.Event, Input{Released, int(e.EventX), int(e.EventY)})
			}
		case xproto.PropertyNotifyEvent:
			switch e.Atom {
			case workArea:
				h.changed()
			case active:
				// Another window came to the front, perhaps a full-screen one. Only then: raising by a clock would cover open menus.
				h.raise()
			}
		case randr.ScreenChangeNotifyEvent:
			h.changed()
		}
	}
}

func (h *x11) input(w xproto.Window, in Input) {
	h.mu.Lock()
	s := h.surfaces[w]
	h.mu.Unlock()
	if s != nil {
		s.events.put(in)
	}
}

func (h *x11) changed() {
	select {
	case h.changes <- struct{}{}:
	default:
	}
}

func (h *x11) raise() {
	h.mu.Lock()
	all := slices.Collect(maps.Values(h.surfaces))
	h.mu.Unlock()
	for _, s := range all {
		s.raise()
	}
}

// Changes implements Watcher.
func (h *x11) Changes() <-chan struct{} { return h.changes }

// atomNames are all the names that are sent to the server. They are asked for once, at the start.
var atomNames = []string{
	"_NET_WORKAREA", "_NET_CURRENT_DESKTOP", "_NET_ACTIVE_WINDOW", "_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_NOTIFICATION",
	"_NET_WM_WINDOW_OPACITY", "_NET_WM_NAME", "UTF8_STRING", "RESOURCE_MANAGER",
}

func (h *x11) intern() error {
	for _, name := range append(slices.Clone(atomNames), h.compositor()) {
		r, err := xproto.InternAtom(h.c, false, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("atom %s of the X server: %w", name, err)
		}
		h.atoms[name] = r.Atom
	}
	return nil
}

func (h *x11) atom(name string) xproto.Atom { return h.atoms[name] }

// compositor is the selection that a compositor owns.
func (h *x11) compositor() string { return "_NET_WM_CM_S" + strconv.Itoa(h.c.DefaultScreen) }

// property reads a property of the root window.
func (h *x11) property(name string, kind xproto.Atom) []byte {
	r, err := xproto.GetProperty(h.c, false, h.screen.Root, h.atom(name), kind, 0, 1<<16).Reply()
	if err != nil || r == nil {
		return nil
	}
	return r.Value
}

func (h *x11) cardinals(name string) []int {
	raw := h.property(name, xproto.AtomCardinal)
	var out []int
	for ; len(raw) >= 4; raw = raw[4:] {
		out = append(out, int(int32(xgb.Get32(raw))))
	}
	return out
}

// CanFade tells whether a compositor runs (it owns the selection _NET_WM_CM_S<screen>); without one opacity does nothing.
func (h *x11) CanFade() bool {
	r, err := xproto.GetSelectionOwner(h.c, h.atom(h.compositor())).Reply()
	return err == nil && r.Owner != 0
}

// Monitors asks RandR (1.5 or newer; else the whole screen is one monitor) and cuts the panels off by _NET_WORKAREA.
func (h *x11) Monitors() []Monitor {
	pointer := image.Pt(-1, -1)
	if p, err := xproto.QueryPointer(h.c, h.screen.Root).Reply(); err == nil {
		pointer = image.Pt(int(p.RootX), int(p.RootY))
	}
	scale := h.scale
	if scale <= 0 {
		scale = dpiScale(string(h.property("RESOURCE_MANAGER", xproto.AtomString)))
	}
	work := h.workArea()
	var out []Monitor
	add := func(name string, r image.Rectangle, primary bool) {
		m := Monitor{Name: name, Bounds: r, Work: r, Scale: scale, Primary: primary, Pointer: pointer.In(r)}
		// Some window managers count only the panels at the outer edges, or tell nonsense after a change of monitors.
		if cut := r.Intersect(work); cut.Dx() > r.Dx()/2 && cut.Dy() > r.Dy()/2 {
			m.Work = cut
		}
		out = append(out, m)
	}
	if h.randr {
		if r, err := randr.GetMonitors(h.c, h.screen.Root, true).Reply(); err == nil {
			for _, m := range r.Monitors {
				if m.Width == 0 || m.Height == 0 {
					continue
				}
				name := "monitor"
				if n, err := xproto.GetAtomName(h.c, m.Name).Reply(); err == nil {
					name = n.Name
				}
				add(name, image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height)), m.Primary)
			}
		}
	}
	if len(out) == 0 {
		if g, err := xproto.GetGeometry(h.c, xproto.Drawable(h.screen.Root)).Reply(); err == nil {
			add("screen", image.Rect(0, 0, int(g.Width), int(g.Height)), true)
		}
	}
	return out
}

// workArea is the current desktop's, of all monitors together; empty where no window manager tells.
func (h *x11) workArea() image.Rectangle {
	areas, desktop := h.cardinals("_NET_WORKAREA"), 0
	if d := h.cardinals("_NET_CURRENT_DESKTOP"); len(d) > 0 && d[0] >= 0 {
		desktop = d[0]
	}
	if len(areas) < (desktop+1)*4 {
		desktop = 0
	}
	if len(areas) < 4 {
		return image.Rectangle{}
	}
	a := areas[desktop*4:]
	return image.Rect(a[0], a[1], a[0]+a[2], a[1]+a[3])
}

// dpiScale reads the scale from the X resources, where desktops put it (Xft.dpi).
func dpiScale(resources string) float32 {
	for line := range strings.Lines(resources) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(key) != "Xft.dpi" {
			continue
		}
		if dpi, err := strconv.ParseFloat(strings.TrimSpace(value), 32); err == nil && dpi >= 48 && dpi <= 960 {
			return float32(dpi) / 96
		}
	}
	return 1
}

// NewSurface makes a window that is not on the screen yet.
func (h *x11) NewSurface() (Surface, error) {
	w, err := xproto.NewWindowId(h.c)
	if err != nil {
		return nil, fmt.Errorf("popup window: %w", err)
	}
	err = xproto.CreateWindowChecked(h.c, h.screen.RootDepth, w, h.screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOutput, h.screen.RootVisual,
		xproto.CwBackPixel|xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{
			h.screen.BlackPixel, 1, xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion |
				xproto.EventMaskEnterWindow | xproto.EventMaskLeaveWindow,
		}).Check()
	if err != nil {
		return nil, fmt.Errorf("popup window: %w", err)
	}
	s := &x11Surface{h: h, w: w, events: newInputs(), alpha: 1}
	gc, err := xproto.NewGcontextId(h.c)
	if err != nil {
		return nil, fmt.Errorf("popup window: %w", err)
	}
	s.gc = gc
	xproto.CreateGC(h.c, gc, xproto.Drawable(w), xproto.GcGraphicsExposures, []uint32{0})
	atoms := func(name string, values ...string) {
		data := make([]byte, 4*len(values))
		for i, v := range values {
			xgb.Put32(data[4*i:], uint32(h.atom(v)))
		}
		xproto.ChangeProperty(h.c, xproto.PropModeReplace, w, h.atom(name), xproto.AtomAtom, 32, uint32(len(values)), data)
	}
	text := func(name, kind xproto.Atom, value string) {
		xproto.ChangeProperty(h.c, xproto.PropModeReplace, w, name, kind, 8, uint32(len(value)), []byte(value))
	}
	atoms("_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_NOTIFICATION")
	text(xproto.AtomWmName, xproto.AtomString, "traybell")
	text(h.atom("_NET_WM_NAME"), h.atom("UTF8_STRING"), "traybell")
	text(xproto.AtomWmClass, xproto.AtomString, "traybell\x00Traybell\x00")
	h.mu.Lock()
	h.surfaces[w] = s
	h.mu.Unlock()
	return s, nil
}

// Close ends the connection; the server takes the windows away.
func (h *x11) Close() error {
	h.closing.Store(true)
	h.c.Close()
	<-h.done
	return nil
}

// x11Surface is one window. Its picture lies in a pixmap that is the window's background, so the server itself repaints what was covered.
type x11Surface struct {
	h      *x11
	w      xproto.Window
	gc     xproto.Gcontext
	events inputs

	mu      sync.Mutex
	pixmap  xproto.Pixmap
	size    image.Point
	corners []xproto.Rectangle // the shape set last
	at      image.Point
	alpha   float32
	visible bool
	closed  bool
	buffer  []byte
}

// Present draws a picture; the window takes its size. Pixels that are more than half transparent are cut out of the window.
func (s *x11Surface) Present(img *image.NRGBA) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := img.Bounds().Size()
	if s.closed || size.X < 1 || size.Y < 1 || size.X > 16384 || size.Y > 16384 {
		return
	}
	c := s.h.c
	if size != s.size || s.pixmap == 0 {
		pixmap, err := xproto.NewPixmapId(c)
		if err != nil {
			return
		}
		if s.pixmap != 0 {
			xproto.FreePixmap(c, s.pixmap)
		}
		s.pixmap, s.size = pixmap, size
		xproto.CreatePixmap(c, s.h.screen.RootDepth, pixmap, xproto.Drawable(s.w), uint16(size.X), uint16(size.Y))
	}
	stride := size.X * 4
	rows := max(1, (s.h.format.maxRequest-64)/stride)
	for y := 0; y < size.Y; y += rows {
		n := min(rows, size.Y-y)
		s.buffer = s.h.format.encode(s.buffer[:0], img, y, n)
		// xgb copies the data into its request before this returns.
		xproto.PutImage(c, xproto.ImageFormatZPixmap, xproto.Drawable(s.pixmap), s.gc, uint16(size.X), uint16(n), 0, int16(y), 0, s.h.screen.RootDepth, s.buffer)
	}
	xproto.ChangeWindowAttributes(c, s.w, xproto.CwBackPixmap, []uint32{uint32(s.pixmap)})
	s.cut(img)
	xproto.ConfigureWindow(c, s.w, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, []uint32{uint32(size.X), uint32(size.Y)})
	xproto.ClearArea(c, false, s.w, 0, 0, 0, 0)
}

// encode appends rows of a picture as the server wants them.
func (p pixels) encode(to []byte, img *image.NRGBA, y, rows int) []byte {
	b := img.Bounds()
	for row := y; row < y+rows; row++ {
		at := img.PixOffset(b.Min.X, b.Min.Y+row)
		line := img.Pix[at : at+4*b.Dx()]
		for i := 0; i+3 < len(line); i += 4 {
			var px [4]byte
			px[p.order[0]], px[p.order[1]], px[p.order[2]] = line[i], line[i+1], line[i+2]
			to = append(to, px[:]...)
		}
	}
	return to
}

// cut gives the window the picture's outline (round corners) by the Shape extension.
func (s *x11Surface) cut(img *image.NRGBA) {
	if !s.h.shape {
		return
	}
	outline := outline(img)
	if equalRectangles(outline, s.corners) {
		return
	}
	s.corners = outline
	shape.Rectangles(s.h.c, shape.SoSet, shape.SkBounding, xproto.ClipOrderingYXBanded, s.w, 0, 0, outline)
}

// outline returns the opaque part of a picture, as few rectangles as possible, top to bottom. A row is taken from its first to its last opaque pixel.
func outline(img *image.NRGBA) []xproto.Rectangle {
	b := img.Bounds()
	var out []xproto.Rectangle
	for y := range b.Dy() {
		row := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
		left, right := 0, b.Dx()
		for left < right && row[4*left+3] < 128 {
			left++
		}
		for right > left && row[4*(right-1)+3] < 128 {
			right--
		}
		if left == right {
			continue
		}
		if n := len(out); n > 0 && int(out[n-1].X) == left && int(out[n-1].Width) == right-left && int(out[n-1].Y)+int(out[n-1].Height) == y {
			out[n-1].Height++
			continue
		}
		out = append(out, xproto.Rectangle{X: int16(left), Y: int16(y), Width: uint16(right - left), Height: 1})
	}
	return out
}

func equalRectangles(a, b []xproto.Rectangle) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Move puts the window's upper left corner there, in pixels of the whole desktop.
func (s *x11Surface) Move(x, y int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.at == image.Pt(x, y) {
		return
	}
	s.at = image.Pt(x, y)
	xproto.ConfigureWindow(s.h.c, s.w, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{uint32(int32(x)), uint32(int32(y))})
}

// SetAlpha makes the whole window translucent: 0 to 1. It has an effect only with a compositor.
func (s *x11Surface) SetAlpha(alpha float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.alpha == alpha {
		return
	}
	s.alpha = alpha
	name := s.h.atom("_NET_WM_WINDOW_OPACITY")
	if alpha >= 1 {
		xproto.DeleteProperty(s.h.c, s.w, name)
		return
	}
	value := make([]byte, 4)
	xgb.Put32(value, uint32(float64(max(0, alpha))*0xffffffff))
	xproto.ChangeProperty(s.h.c, xproto.PropModeReplace, s.w, name, xproto.AtomCardinal, 32, 1, value)
}

// Show puts the window on the screen, above all others.
func (s *x11Surface) Show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.visible = true
	s.above()
	xproto.MapWindow(s.h.c, s.w)
}

// raise is Show's other half: above what came to the front meanwhile.
func (s *x11Surface) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.visible && !s.closed {
		s.above()
	}
}

func (s *x11Surface) above() {
	xproto.ConfigureWindow(s.h.c, s.w, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
}

// Hide takes the window off the screen and keeps it for later.
func (s *x11Surface) Hide() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.visible {
		return
	}
	s.visible = false
	xproto.UnmapWindow(s.h.c, s.w)
}

// Events is what the pointer does over the window.
func (s *x11Surface) Events() <-chan Input { return s.events }

// Close destroys the window.
func (s *x11Surface) Close() error {
	s.h.mu.Lock()
	delete(s.h.surfaces, s.w)
	s.h.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.pixmap != 0 {
		xproto.FreePixmap(s.h.c, s.pixmap)
	}
	xproto.FreeGC(s.h.c, s.gc)
	xproto.DestroyWindow(s.h.c, s.w)
	return nil
}
