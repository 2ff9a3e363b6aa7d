package platform

import (
	"errors"
	"image"
	"runtime"
	"testing"
	"time"

	"traybell/desktop/hotkey"
	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// TestHotkeyOnWindows presses the hotkey, grabs the keyboard for a popup, types, and releases the
// keyboard to the window that had it.
func TestHotkeyOnWindows(t *testing.T) {
	h, err := NewHost(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	key, err := hotkey.Parse("Ctrl+Alt+J")
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // a hotkey belongs to a thread: this thread simulates another program
	defer runtime.UnlockOSThread()
	pressed := make(chan struct{}, 10)
	if err := h.(Keyboard).SetHotkey("popup", key, func() { pressed <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	const up = 2
	stroke := func(codes ...uintptr) {
		for _, c := range codes {
			call("keybd_event", c, 0, 0, 0)
		}
		for i := range codes {
			call("keybd_event", codes[len(codes)-1-i], 0, up, 0)
		}
	}
	stroke(windows.VK_CONTROL, windows.VK_MENU, 'J')
	select {
	case <-pressed:
	case <-time.After(20 * time.Second):
		t.Fatal("the hotkey was not received")
	}
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	s.Present(img, image.Pt(100, 100))
	s.Show()
	w := s.(*winSurface)
	before := call("GetForegroundWindow")
	if err := s.(KeyboardGrabber).GrabKeyboard(); err != nil {
		t.Fatal(err)
	}
	until(t, "the popup in front", func() bool { return call("GetForegroundWindow") == w.w })
	stroke(windows.VK_TAB)
	stroke(windows.VK_RETURN)
	stroke('X')
	stroke(windows.VK_ESCAPE)
	for _, want := range []InputKind{KeyNext, KeyPress, KeyEscape} {
		select {
		case in := <-s.Events():
			if in.Kind != want {
				t.Errorf("the key means %v, want %v", in.Kind, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no key %v", want)
		}
	}
	s.(KeyboardGrabber).ReleaseKeyboard()
	if before != 0 {
		until(t, "the window that had the keyboard", func() bool { return call("GetForegroundWindow") == before })
	}
	if err := h.(Keyboard).SetHotkey("popup", hotkey.Keys{}, nil); err != nil {
		t.Fatal(err)
	}
	if free, _, err := win32.RegisterHotKey.Call(0, 7, win32.MOD_CONTROL|win32.MOD_ALT, 'J'); free == 0 {
		t.Errorf("register a released hotkey: %v", err)
	}
	if err := h.(Keyboard).SetHotkey("popup", key, func() {}); !errors.Is(err, ErrHotkeyTaken) {
		t.Errorf("register a taken hotkey: %v", err)
	}
	_, _, _ = win32.UnregisterHotKey.Call(0, 7)
}
