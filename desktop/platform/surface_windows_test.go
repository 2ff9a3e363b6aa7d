package platform

import (
	"image"
	"image/color"
	"testing"
	"time"

	"traybell/desktop/platform/win32"
)

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("timeout after 20 s: %s", what)
		case <-tick.C:
		}
	}
}

// call calls a function of user32.
func call(name string, args ...uintptr) uintptr {
	r, _, _ := win32.User32.NewProc(name).Call(args...)
	return r
}

// TestPopupOnWindows shows a popup, clicks it and checks the focus. It needs a desktop session.
func TestPopupOnWindows(t *testing.T) {
	h, err := NewHost(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	monitors := h.Monitors()
	if len(monitors) == 0 || monitors[0].Bounds.Empty() || !monitors[0].Work.In(monitors[0].Bounds) ||
		monitors[0].Scale <= 0 {
		t.Fatalf("monitors: %+v", monitors)
	}
	t.Logf("monitors: %+v", monitors)
	foreground := call("GetForegroundWindow")
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	green := color.NRGBA{0x10, 0xa0, 0x40, 255}
	img := image.NewNRGBA(image.Rect(0, 0, 380, 160))
	for y := range 160 {
		for x := range 380 {
			img.SetNRGBA(x, y, green)
		}
	}
	img.SetNRGBA(0, 0, color.NRGBA{})
	s.Present(img, image.Pt(100, 120))
	s.SetAlpha(0.5)
	s.Show()
	s.SetAlpha(1)
	w := s.(*winSurface)
	under := func(x, y int) uintptr {
		return call("WindowFromPoint", uintptr(uint32(x))|uintptr(uint32(y))<<32)
	}
	until(t, "the popup under its pixels", func() bool { return under(200, 200) == w.w })
	getPixel := win32.GDI32.NewProc("GetPixel")
	dc := call("GetDC", 0)
	defer call("ReleaseDC", 0, dc)
	until(t, "the popup's colour", func() bool {
		p, _, _ := getPixel.Call(dc, 200, 200)
		return uint32(p) == 0x0040a010
	})
	if now := call("GetForegroundWindow"); now != foreground {
		t.Errorf("foreground window changed from %#x to %#x by Show", foreground, now)
	}
	const leftDown, leftUp = 2, 4
	call("SetCursorPos", 210, 220)
	call("mouse_event", leftDown, 0, 0, 0, 0)
	call("mouse_event", leftUp, 0, 0, 0, 0)
	for want := []InputKind{Pressed, Released}; len(want) > 0; {
		select {
		case in := <-s.Events():
			if in.Kind == want[0] {
				if in.X != 110 || in.Y != 100 {
					t.Errorf("input %+v, want it at 110,100", in)
				}
				want = want[1:]
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no such input: %v", want)
		}
	}
	if now := call("GetForegroundWindow"); now != foreground {
		t.Errorf("foreground window changed from %#x to %#x by a click", foreground, now)
	}
	s.Hide()
	until(t, "the popup is hidden", func() bool { return under(200, 200) != w.w })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestPremultiply(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	img.SetNRGBA(0, 0, color.NRGBA{200, 100, 50, 255})
	img.SetNRGBA(1, 0, color.NRGBA{200, 100, 50, 128})
	to := make([]byte, 8)
	premultiply(to, img)
	if want := [8]byte{50, 100, 200, 255, 25, 50, 100, 128}; [8]byte(to) != want {
		t.Errorf("%v, want %v", to, want)
	}
}
