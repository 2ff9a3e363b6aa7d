package platform

import (
	"fmt"
	"image"
	"unsafe"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// NewSurface creates a hidden window.
func (h *winHost) NewSurface() (Surface, error) {
	s := &winSurface{h: h, events: newInputs(), alpha: 1}
	var err error
	ran := h.Call(func() {
		const exStyle = win32.WS_EX_LAYERED | win32.WS_EX_NOACTIVATE | win32.WS_EX_TOPMOST | win32.WS_EX_TOOLWINDOW
		if s.w, err = h.Window(win32.WS_POPUP, exStyle, popupClass, image.Rect(0, 0, 1, 1)); err == nil {
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
	h       *winHost
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
	s.h.Post(func() {
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
		s.dc, _, _ = win32.CreateCompatibleDC.Call(0)
	}
	info := win32.TopDown(size)
	var bits unsafe.Pointer
	bitmap, _, err := win32.CreateDIBSection.Call(s.dc, uintptr(unsafe.Pointer(&info)), 0,
		uintptr(unsafe.Pointer(&bits)), 0, 0)
	if bitmap == 0 {
		s.h.log.Error("cannot create popup bitmap", "width", size.X, "height", size.Y, "error", err)
		return false
	}
	_, _, _ = win32.SelectObject.Call(s.dc, bitmap)
	if s.bitmap != 0 {
		_, _, _ = win32.DeleteObject.Call(s.bitmap)
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
	at, size, from := win32.PointOf(s.at), win32.PointOf(s.size), win32.POINT{}
	b := win32.BLENDFUNCTION{
		SourceConstantAlpha: byte(max(0, min(1, s.alpha)) * 255), AlphaFormat: win32.AC_SRC_ALPHA,
	}
	_, _, _ = win32.UpdateLayeredWindow.Call(s.w, 0, uintptr(unsafe.Pointer(&at)), uintptr(unsafe.Pointer(&size)), s.dc,
		uintptr(unsafe.Pointer(&from)), 0, uintptr(unsafe.Pointer(&b)), win32.ULW_ALPHA)
}

// Move sets the position of the upper left corner, in pixels of the whole desktop.
func (s *winSurface) Move(x, y int) {
	s.h.Post(func() {
		if s.w != 0 && s.at != image.Pt(x, y) {
			s.at = image.Pt(x, y)
			s.update()
		}
	})
}

// SetAlpha sets the opacity, 0 to 1.
func (s *winSurface) SetAlpha(alpha float32) {
	s.h.Post(func() {
		if s.w != 0 && s.alpha != alpha {
			s.alpha = alpha
			s.update()
		}
	})
}

// Show shows the window above all others without activating it.
func (s *winSurface) Show() {
	s.h.Post(func() {
		if s.w == 0 {
			return
		}
		s.visible = true
		_, _, _ = win32.ShowWindow.Call(s.w, windows.SW_SHOWNA)
		s.raise()
	})
}

func (s *winSurface) raise() {
	_, _, _ = win32.SetWindowPos.Call(s.w, win32.HWND_TOPMOST, 0, 0, 0, 0,
		win32.SWP_NOMOVE|win32.SWP_NOSIZE|win32.SWP_NOACTIVATE)
}

// Hide hides the window until Show.
func (s *winSurface) Hide() {
	s.h.Post(func() {
		if s.w == 0 {
			return
		}
		s.visible, s.inside = false, false
		_, _, _ = win32.ShowWindow.Call(s.w, windows.SW_HIDE)
	})
}

// trackLeave requests a message when the pointer leaves.
func (s *winSurface) trackLeave() {
	if s.inside {
		return
	}
	s.inside = true
	win32.TrackLeave(s.w)
}

// Events returns the window's input.
func (s *winSurface) Events() <-chan Input { return s.events }

func (s *winSurface) Close() error {
	s.h.Post(s.destroy)
	return nil
}

func (s *winSurface) destroy() {
	if s.w == 0 {
		return
	}
	delete(s.h.surfaces, s.w)
	_, _, _ = win32.DestroyWindow.Call(s.w)
	if s.dc != 0 {
		_, _, _ = win32.DeleteDC.Call(s.dc)
	}
	if s.bitmap != 0 {
		_, _, _ = win32.DeleteObject.Call(s.bitmap)
	}
	s.w, s.dc, s.bitmap, s.pixels = 0, 0, 0, nil
}
