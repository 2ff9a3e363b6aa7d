package platform

import (
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// NewSurface creates a hidden window.
func (h *win32) NewSurface() (Surface, error) {
	s := &winSurface{h: h, events: newInputs(), alpha: 1}
	var err error
	ran := h.call(func() {
		if s.w, err = h.window(exLayered | exNoActivate | exTopmost | exToolWindow); err == nil {
			h.surfaces[s.w] = s
		}
	})
	if !ran {
		return nil, fmt.Errorf("popup window: %w", windows.ERROR_INVALID_WINDOW_HANDLE)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// winSurface is a layered window. All fields except events belong to the host's thread.
type winSurface struct {
	h       *win32
	w       uintptr
	events  inputs
	dc      uintptr
	bitmap  uintptr
	pixels  []byte
	size    image.Point
	at      image.Point
	alpha   float32
	visible bool
	inside  bool
}

// Present shows a picture. The system changes picture, size and position in one call.
func (s *winSurface) Present(img *image.NRGBA, at image.Point) {
	s.h.post(func() {
		if s.w == 0 || !s.fit(img.Bounds().Size()) {
			return
		}
		premultiply(s.pixels, img)
		s.at = at
		s.update()
	})
}

// fit replaces the bitmap if the size differs.
func (s *winSurface) fit(size image.Point) bool {
	if size == s.size && s.bitmap != 0 {
		return true
	}
	if size.X < 1 || size.Y < 1 || size.X > 16384 || size.Y > 16384 {
		return false
	}
	if s.dc == 0 {
		s.dc, _, _ = createCompatibleDC.Call(0)
	}
	info := bitmapInfo{width: int32(size.X), height: -int32(size.Y), planes: 1, bits: 32} // negative: top row first
	info.size = 40
	var bits unsafe.Pointer
	bitmap, _, err := createDIBSection.Call(s.dc, uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&bits)),
		0, 0)
	if bitmap == 0 {
		s.h.log.Error("cannot create popup bitmap", "width", size.X, "height", size.Y, "error", err)
		return false
	}
	_, _, _ = selectObject.Call(s.dc, bitmap)
	if s.bitmap != 0 {
		_, _, _ = deleteObject.Call(s.bitmap)
	}
	s.bitmap, s.size = bitmap, size
	s.pixels = unsafe.Slice((*byte)(bits), size.X*size.Y*4)
	return true
}

// premultiply writes a picture in the system's format: blue, green, red, alpha, with colours
// multiplied by alpha.
func premultiply(to []byte, img *image.NRGBA) {
	b := img.Bounds()
	i := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := img.Pix[img.PixOffset(b.Min.X, y):][:4*b.Dx()]
		for x := 0; x+3 < len(row) && i+3 < len(to); x, i = x+4, i+4 {
			a := uint32(row[x+3])
			to[i] = byte(uint32(row[x+2]) * a / 255)
			to[i+1] = byte(uint32(row[x+1]) * a / 255)
			to[i+2] = byte(uint32(row[x]) * a / 255)
			to[i+3] = byte(a)
		}
	}
}

// update passes picture, position and alpha to the system.
func (s *winSurface) update() {
	if s.bitmap == 0 {
		return
	}
	at, size, from := point{int32(s.at.X), int32(s.at.Y)}, point{int32(s.size.X), int32(s.size.Y)}, point{}
	b := blend{alpha: byte(max(0, min(1, s.alpha)) * 255), format: acSrcAlpha}
	_, _, _ = updateLayeredWindow.Call(s.w, 0, uintptr(unsafe.Pointer(&at)), uintptr(unsafe.Pointer(&size)), s.dc,
		uintptr(unsafe.Pointer(&from)), 0, uintptr(unsafe.Pointer(&b)), ulwAlpha)
}

// Move sets the position of the upper left corner, in pixels of the whole desktop.
func (s *winSurface) Move(x, y int) {
	s.h.post(func() {
		if s.w != 0 && s.at != image.Pt(x, y) {
			s.at = image.Pt(x, y)
			s.update()
		}
	})
}

// SetAlpha sets the opacity, 0 to 1.
func (s *winSurface) SetAlpha(alpha float32) {
	s.h.post(func() {
		if s.w != 0 && s.alpha != alpha {
			s.alpha = alpha
			s.update()
		}
	})
}

// Show shows the window above all others without activating it.
func (s *winSurface) Show() {
	s.h.post(func() {
		if s.w == 0 {
			return
		}
		s.visible = true
		_, _, _ = showWindow.Call(s.w, swShowNA)
		s.raise()
	})
}

func (s *winSurface) raise() {
	_, _, _ = setWindowPos.Call(s.w, hwndTopmost, 0, 0, 0, 0, swpNoMove|swpNoSize|swpNoActivate)
}

// Hide hides the window until Show.
func (s *winSurface) Hide() {
	s.h.post(func() {
		if s.w == 0 {
			return
		}
		s.visible, s.inside = false, false
		_, _, _ = showWindow.Call(s.w, swHide)
	})
}

// trackLeave requests a message when the pointer leaves.
func (s *winSurface) trackLeave() {
	if s.inside {
		return
	}
	s.inside = true
	t := track{flags: tmeLeave, hwnd: s.w}
	t.size = uint32(unsafe.Sizeof(t))
	_, _, _ = trackMouseEvent.Call(uintptr(unsafe.Pointer(&t)))
}

// Events returns the window's input.
func (s *winSurface) Events() <-chan Input { return s.events }

func (s *winSurface) Close() error {
	s.h.post(s.destroy)
	return nil
}

func (s *winSurface) destroy() {
	if s.w == 0 {
		return
	}
	delete(s.h.surfaces, s.w)
	_, _, _ = destroyWindow.Call(s.w)
	if s.dc != 0 {
		_, _, _ = deleteDC.Call(s.dc)
	}
	if s.bitmap != 0 {
		_, _, _ = deleteObject.Call(s.bitmap)
	}
	s.w, s.dc, s.bitmap, s.pixels = 0, 0, 0, nil
}
