//go:build cgo

package platform

/*
#cgo CFLAGS: -x objective-c -fobjc-arc
#cgo LDFLAGS: -framework Cocoa
#include <stdlib.h>
#include "surface_darwin.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"math"
	"sync"
	"unsafe"
)

// This file and surface_darwin.m follow the AppKit documentation. They have not been compiled or
// run on a Mac yet.

// NewHost prepares for panels. They are created and moved on the main thread, which must run
// AppKit's loop (Fyne does).
func NewHost(o Options) (Host, error) {
	h := &mac{scale: o.Scale, changes: make(chan struct{}, 1)}
	panels.Lock()
	panels.hosts = append(panels.hosts, h)
	panels.Unlock()
	C.tbWatch()
	return h, nil
}

// panels maps the numbers that C code passes back to Go surfaces.
var panels struct {
	sync.Mutex
	last  uint64
	all   map[uint64]*macSurface
	hosts []*mac
}

//export tbInput
func tbInput(number C.ulonglong, kind, x, y C.int) {
	panels.Lock()
	s := panels.all[uint64(number)]
	panels.Unlock()
	if s == nil {
		return
	}
	kinds := [...]InputKind{PointerMoved, PointerLeft, Pressed, Released}
	s.events.put(Input{Kind: kinds[kind], X: int(x), Y: int(y)})
}

//export tbScreensChanged
func tbScreensChanged() {
	panels.Lock()
	defer panels.Unlock()
	for _, h := range panels.hosts {
		select {
		case h.changes <- struct{}{}:
		default:
		}
	}
}

// mac holds the last known screens. AppKit uses points; the pixels of a screen are its points times
// its scale.
type mac struct {
	scale   float32
	changes chan struct{}

	mu      sync.Mutex
	screens []macScreen
}

type macScreen struct {
	Monitor
	pixels float64 // per point
}

// Changes implements Watcher.
func (h *mac) Changes() <-chan struct{} { return h.changes }

// CanFade is always true.
func (h *mac) CanFade() bool { return true }

// Close removes the host. Panels are closed individually.
func (h *mac) Close() error {
	panels.Lock()
	defer panels.Unlock()
	for i, other := range panels.hosts {
		if other == h {
			panels.hosts = append(panels.hosts[:i], panels.hosts[i+1:]...)
			break
		}
	}
	return nil
}

// Monitors asks AppKit; if the main thread is busy, it returns the last answer.
func (h *mac) Monitors() []Monitor {
	var all [C.maxScreens]C.TBScreen
	n := int(C.tbScreens(&all[0]))
	h.mu.Lock()
	defer h.mu.Unlock()
	if n >= 0 {
		h.screens = h.screens[:0]
		for _, s := range all[:n] {
			k := float64(s.scale)
			rectangle := func(x, y, w, h C.double) image.Rectangle {
				return image.Rect(int(float64(x)*k), int(float64(y)*k), int(float64(x+w)*k), int(float64(y+h)*k))
			}
			scale := h.scale
			if scale <= 0 {
				scale = float32(k)
			}
			h.screens = append(h.screens, macScreen{
				Monitor: Monitor{
					Name: C.GoString(&s.name[0]), Bounds: rectangle(s.x, s.y, s.w, s.h),
					Work:  rectangle(s.workX, s.workY, s.workW, s.workH),
					Scale: scale, Primary: bool(s.primary), Pointer: bool(s.pointer),
				},
				pixels: k,
			})
		}
	}
	out := make([]Monitor, len(h.screens))
	for i, s := range h.screens {
		out[i] = s.Monitor
	}
	return out
}

// at returns the scale of the screen that contains a pixel, or 1.
func (h *mac) at(p image.Point) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.screens {
		if p.In(s.Bounds) {
			return s.pixels
		}
	}
	return 1
}

// NewSurface creates a hidden panel.
func (h *mac) NewSurface() (Surface, error) {
	s := &macSurface{h: h, events: newInputs(), scale: 1}
	panels.Lock()
	panels.last++
	s.number = panels.last
	if panels.all == nil {
		panels.all = map[uint64]*macSurface{}
	}
	panels.all[s.number] = s
	panels.Unlock()
	if s.panel = C.tbNew(C.ulonglong(s.number)); s.panel == nil {
		s.forget()
		return nil, fmt.Errorf("popup window: %w", errors.New("main thread is not responding"))
	}
	return s, nil
}

// macSurface is a panel.
type macSurface struct {
	h      *mac
	number uint64
	events inputs

	mu    sync.Mutex
	panel unsafe.Pointer
	img   *image.NRGBA
	scale float64 // of its screen
}

func (s *macSurface) forget() {
	panels.Lock()
	delete(panels.all, s.number)
	panels.Unlock()
}

// Present shows a picture; the panel gets its size.
func (s *macSurface) Present(img *image.NRGBA, at image.Point) {
	scale := s.h.at(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.img, s.scale = img, scale
	s.present()
	s.move(at)
}

func (s *macSurface) present() {
	if s.panel == nil || s.img == nil || s.img.Rect.Empty() {
		return
	}
	b := s.img.Rect
	pixels := s.img.Pix
	if s.img.Stride != 4*b.Dx() {
		packed := make([]byte, 0, 4*b.Dx()*b.Dy())
		for y := b.Min.Y; y < b.Max.Y; y++ {
			at := s.img.PixOffset(b.Min.X, y)
			packed = append(packed, s.img.Pix[at:at+4*b.Dx()]...)
		}
		pixels = packed
	}
	C.tbPresent(s.panel, unsafe.Pointer(&pixels[0]), C.int(b.Dx()), C.int(b.Dy()), C.double(s.scale))
}

// Move sets the position of the upper left corner, in pixels.
func (s *macSurface) Move(x, y int) {
	scale := s.h.at(image.Pt(x, y))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panel == nil {
		return
	}
	if math.Abs(scale-s.scale) > 0.01 {
		s.scale = scale
		s.present()
	}
	s.move(image.Pt(x, y))
}

func (s *macSurface) move(at image.Point) {
	if s.panel != nil {
		C.tbMove(s.panel, C.double(float64(at.X)/s.scale), C.double(float64(at.Y)/s.scale))
	}
}

// SetAlpha sets the opacity, 0 to 1.
func (s *macSurface) SetAlpha(alpha float32) {
	s.with(func() { C.tbAlpha(s.panel, C.double(alpha)) })
}

// Show brings the panel to the front without activating the program.
func (s *macSurface) Show() { s.with(func() { C.tbShow(s.panel) }) }

// Hide hides the panel until Show.
func (s *macSurface) Hide() { s.with(func() { C.tbHide(s.panel) }) }

// Events returns the panel's input.
func (s *macSurface) Events() <-chan Input { return s.events }

// Close releases the panel.
func (s *macSurface) Close() error {
	s.forget()
	s.with(func() { C.tbClose(s.panel); s.panel = nil })
	return nil
}

func (s *macSurface) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panel != nil {
		f()
	}
}
