//go:build windows

package frame_test

import (
	"image"
	"image/color"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"traybell/desktop/platform/frame"
	"traybell/desktop/platform/win32"

	"fyne.io/fyne/v2"
	"golang.org/x/sys/windows"
)

var (
	findWindow = win32.User32.NewProc("FindWindowW")
	getDC      = win32.User32.NewProc("GetDC")
	releaseDC  = win32.User32.NewProc("ReleaseDC")
	getPixel   = win32.GDI32.NewProc("GetPixel")
	clientRect = win32.User32.NewProc("GetClientRect")
)

// until waits up to 20 s until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 400 {
		if holds() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("timeout: " + what)
}

// TestFrameOnWindows opens a frame, types into it, uses the mouse and closes it, as the system's
// messages do.
func TestFrameOnWindows(t *testing.T) {
	s, err := frame.New(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var mu sync.Mutex
	var events []frame.Event
	seen := func(is func(frame.Event) bool) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				if is(e) {
					return true
				}
			}
			return false
		}
	}
	f, err := s.Open(frame.Options{
		Title: "Звонки", Size: image.Pt(300, 200), At: image.Pt(100, 80), Background: color.Black,
		Icon: image.NewNRGBA(image.Rect(0, 0, 32, 32)),
		Events: func(e frame.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = 200, 30, 60, 255
	}
	f.Present(img, img.Rect)
	f.Show()
	f.Raise()
	until(t, "the focus", seen(func(e frame.Event) bool { return e == frame.Focused(true) }))
	title, _ := windows.UTF16PtrFromString("Звонки")
	w, _, _ := findWindow.Call(0, uintptr(unsafe.Pointer(title)))
	if w == 0 {
		t.Fatal("no window with this title")
	}
	var r win32.RECT
	_, _, _ = clientRect.Call(w, uintptr(unsafe.Pointer(&r)))
	if r.Right != 300 || r.Bottom != 200 {
		t.Errorf("contents of %d×%d", r.Right, r.Bottom)
	}
	until(t, "the picture", func() bool {
		dc, _, _ := getDC.Call(w)
		defer func() { _, _, _ = releaseDC.Call(w, dc) }()
		pixel, _, _ := getPixel.Call(dc, 299, 199)
		return pixel == 60<<16|30<<8|200
	})

	for _, m := range [][3]uintptr{
		{win32.WM_CHAR, 'ф', 0},
		{win32.WM_CHAR, 0xd83d, 0},
		{win32.WM_CHAR, 0xde42, 0},
		{win32.WM_CHAR, 3, 0}, // 🙂 in two, Ctrl+C
		{win32.WM_KEYDOWN, 'A', 0x1e << 16},
		{win32.WM_KEYDOWN, 'A', 0x1e<<16 | 1<<30},
		{win32.WM_KEYUP, 'A', 0x1e << 16},
		{win32.WM_KEYDOWN, windows.VK_RETURN, 1 << 24},
		{win32.WM_LBUTTONDOWN, 0, 40<<16 | 50},
		{win32.WM_LBUTTONUP, 0, 40<<16 | 50},
		{win32.WM_RBUTTONDOWN, 0, 40<<16 | 50},
		{win32.WM_CAPTURECHANGED, 0, 0},
		{win32.WM_MOUSEWHEEL, 120 << 16, 0},
		{win32.WM_CLOSE, 0, 0},
	} {
		_, _, _ = win32.PostMessage.Call(w, m[0], m[1], m[2])
	}
	for what, is := range map[string]func(frame.Event) bool{
		"the letter": func(e frame.Event) bool { return e == frame.Typed("ф") },
		"the smiley": func(e frame.Event) bool { return e == frame.Typed("🙂") },
		"the key": func(e frame.Event) bool {
			return e == frame.Key{Name: "A", Latin: "A", Scan: 0x1e, Pressed: true}
		},
		"its repeat":  func(e frame.Event) bool { k, ok := e.(frame.Key); return ok && k.Repeated },
		"its release": func(e frame.Event) bool { k, ok := e.(frame.Key); return ok && k.Name == "A" && !k.Pressed },
		"Enter": func(e frame.Event) bool {
			k, ok := e.(frame.Key)
			return ok && k.Name == fyne.KeyEnter && k.Pressed
		},
		"the button": func(e frame.Event) bool {
			return e == frame.Button{At: image.Pt(50, 40), Number: 1, Pressed: true}
		},
		"the button that another window releases": func(e frame.Event) bool {
			return e == frame.Button{At: image.Pt(-1, -1), Number: 2}
		},
		"the wheel":   func(e frame.Event) bool { w, ok := e.(frame.Wheel); return ok && w.DY == 1 },
		"the closing": func(e frame.Event) bool { return e == frame.Closed{} },
	} {
		until(t, what, seen(is))
	}
	if seen(func(e frame.Event) bool { return e == frame.Typed("\x03") })() {
		t.Error("a control character is typed")
	}

	f.SetMinSize(image.Pt(200, 100))
	f.Resize(image.Pt(400, 250))
	until(t, "the new size", seen(func(e frame.Event) bool { return e == frame.Resized(image.Pt(400, 250)) }))
	f.Close()
	until(t, "no window", func() bool {
		w, _, _ := findWindow.Call(0, uintptr(unsafe.Pointer(title)))
		return w == 0
	})
}

func TestClipboardOnWindows(t *testing.T) {
	s, err := frame.New(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, text := range []string{"+7 495 123-45-67", "Иванов, 你好 🙂", strings.Repeat("длинный текст ", 8000)} {
		s.Copy(text)
		if got := s.Pasted(); got != text {
			t.Errorf("pasted %d bytes, want %d", len(got), len(text))
		}
	}
}
