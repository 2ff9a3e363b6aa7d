//go:build !windows && !darwin

package platform

import (
	"fmt"
	"image"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// NewSurface creates a hidden window.
func (h *x11) NewSurface() (Surface, error) {
	w, err := xproto.NewWindowId(h.c)
	if err != nil {
		return nil, fmt.Errorf("popup window: %w", err)
	}
	err = xproto.CreateWindowChecked(h.c, h.paper.depth, w, h.screen.Root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOutput, h.paper.visual,
		xproto.CwBackPixel|xproto.CwBorderPixel|xproto.CwOverrideRedirect|xproto.CwEventMask|xproto.CwColormap,
		[]uint32{
			0, 0, 1, xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion |
				xproto.EventMaskEnterWindow | xproto.EventMaskLeaveWindow, uint32(h.paper.colormap),
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
		xproto.ChangeProperty(h.c, xproto.PropModeReplace, w, h.atom(name), xproto.AtomAtom, 32, uint32(len(values)),
			data)
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

// x11Surface is a window. Its picture is the pixmap of the window's background, so that the server
// repaints it.
type x11Surface struct {
	h      *x11
	w      xproto.Window
	gc     xproto.Gcontext
	events inputs

	mu      sync.Mutex
	pixmap  xproto.Pixmap
	size    image.Point
	corners []xproto.Rectangle // last shape set
	at      image.Point
	alpha   float32
	visible bool
	closed  bool
	buffer  []byte
}

// Present shows a picture. Pixels that are more than half transparent are cut out of the window.
func (s *x11Surface) Present(img *image.NRGBA, at image.Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := img.Bounds().Size()
	if s.closed || size.X < 1 || size.Y < 1 || size.X > 16384 || size.Y > 16384 {
		return
	}
	c := s.h.c
	resized := size != s.size || s.pixmap == 0
	if resized {
		pixmap, err := xproto.NewPixmapId(c)
		if err != nil {
			return
		}
		if s.pixmap != 0 {
			xproto.FreePixmap(c, s.pixmap)
		}
		s.pixmap, s.size = pixmap, size
		xproto.CreatePixmap(c, s.h.paper.depth, pixmap, xproto.Drawable(s.w), uint16(size.X), uint16(size.Y))
	}
	s.buffer = s.h.format.Put(c, xproto.Drawable(s.pixmap), s.gc, s.h.paper.depth, img, img.Bounds(), s.h.paper.alpha,
		s.buffer)
	// several requests follow: without the grab a compositor could show intermediate states
	if resized || at != s.at {
		xproto.GrabServer(c)
		defer xproto.UngrabServer(c)
	}
	xproto.ChangeWindowAttributes(c, s.w, xproto.CwBackPixmap, []uint32{uint32(s.pixmap)})
	s.cut(img)
	s.at = at
	xproto.ConfigureWindow(c, s.w,
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(int32(at.X)), uint32(int32(at.Y)), uint32(size.X), uint32(size.Y)})
	xproto.ClearArea(c, false, s.w, 0, 0, 0, 0)
}

// Move sets the position of the upper left corner, in pixels of the whole desktop.
func (s *x11Surface) Move(x, y int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.at == image.Pt(x, y) {
		return
	}
	s.at = image.Pt(x, y)
	xproto.ConfigureWindow(s.h.c, s.w, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{
		uint32(int32(x)), uint32(int32(y)),
	})
}

// SetAlpha sets the opacity, 0 to 1. It needs a compositor.
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

// Show shows the window above all others.
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

// raise moves a visible window above all others.
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

// Hide hides the window until Show.
func (s *x11Surface) Hide() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.visible {
		return
	}
	s.visible = false
	xproto.UnmapWindow(s.h.c, s.w)
}

// Events returns the window's input.
func (s *x11Surface) Events() <-chan Input { return s.events }

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
