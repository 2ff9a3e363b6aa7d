package frame

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"
	"unicode/utf16"
	"unsafe"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// winFrame is a window. Fields below mu may be used on every goroutine, the others belong to the
// thread.
type winFrame struct {
	s      *winSystem
	w      uintptr // 0 after Close
	events func(Event)
	icon   uintptr
	least  image.Point
	inside bool  // the pointer is
	held   []int // pressed buttons
	high   rune  // the first half of a character that is typed in two
	cursor Cursor

	mu     sync.Mutex
	pixels []byte // blue, green, red, unused
	size   image.Point
}

// Open creates a hidden window.
func (s *winSystem) Open(o Options) (Frame, error) {
	f := &winFrame{s: s, events: o.Events}
	var err error
	ran := s.Call(func() {
		at := image.Rectangle{Min: o.At, Max: o.At.Add(o.Size)}
		f.w, err = s.Window(win32.WS_OVERLAPPEDWINDOW, win32.WS_EX_APPWINDOW, o.Title, outer(at, 0))
		if err != nil {
			return
		}
		s.frames[f.w] = f
		f.fit(at) // the border depends on the monitor
		f.setIcon(o.Icon)
		if r, g, b, _ := o.Background.RGBA(); r+g+b < 3*0x8000 {
			dark := int32(1)
			_ = windows.DwmSetWindowAttribute(windows.HWND(f.w), windows.DWMWA_USE_IMMERSIVE_DARK_MODE,
				unsafe.Pointer(&dark), uint32(unsafe.Sizeof(dark)))
		}
	})
	if !ran {
		return nil, fmt.Errorf("window: %w", windows.ERROR_INVALID_WINDOW_HANDLE)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// outer is the place of a window with its border, by the place of its contents.
func outer(inner image.Rectangle, dpi uintptr) image.Rectangle {
	const style, exStyle = win32.WS_OVERLAPPEDWINDOW, win32.WS_EX_APPWINDOW
	r := win32.RectOf(inner)
	if dpi != 0 && win32.AdjustWindowRectExForDpi.Find() == nil {
		_, _, _ = win32.AdjustWindowRectExForDpi.Call(uintptr(unsafe.Pointer(&r)), style, 0, exStyle, dpi)
	} else {
		_, _, _ = win32.AdjustWindowRectEx.Call(uintptr(unsafe.Pointer(&r)), style, 0, exStyle)
	}
	return r.Rectangle()
}

func (f *winFrame) dpi() uintptr {
	if win32.GetDpiForWindow.Find() != nil {
		return 0
	}
	dpi, _, _ := win32.GetDpiForWindow.Call(f.w)
	return dpi
}

// fit moves the window so that its contents are at a place.
func (f *winFrame) fit(inner image.Rectangle) {
	f.place(outer(inner, f.dpi()), 0)
}

func (f *winFrame) place(at image.Rectangle, flags uintptr) {
	_, _, _ = win32.SetWindowPos.Call(f.w, 0, uintptr(at.Min.X), uintptr(at.Min.Y), uintptr(at.Dx()), uintptr(at.Dy()),
		win32.SWP_NOZORDER|win32.SWP_NOACTIVATE|flags)
}

func (f *winFrame) setIcon(icon image.Image) {
	if icon == nil {
		return
	}
	b := icon.Bounds()
	pixels := make([]byte, 0, 4*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(icon.At(x, y)).(color.NRGBA)
			pixels = append(pixels, c.B, c.G, c.R, c.A)
		}
	}
	mask := make([]byte, (b.Dx()+15)/16*2*b.Dy())
	if len(pixels) == 0 {
		return
	}
	bitmap := func(bits uintptr, data []byte) uintptr {
		h, _, _ := win32.CreateBitmap.Call(uintptr(b.Dx()), uintptr(b.Dy()), 1, bits, uintptr(unsafe.Pointer(&data[0])))
		return h
	}
	info := win32.ICONINFO{Icon: 1, Mask: bitmap(1, mask), Color: bitmap(32, pixels)}
	f.icon, _, _ = win32.CreateIconIndirect.Call(uintptr(unsafe.Pointer(&info)))
	_, _, _ = win32.DeleteObject.Call(info.Mask)
	_, _, _ = win32.DeleteObject.Call(info.Color)
	const small, big = 0, 1
	_, _, _ = win32.SendMessage.Call(f.w, win32.WM_SETICON, small, f.icon)
	_, _, _ = win32.SendMessage.Call(f.w, win32.WM_SETICON, big, f.icon)
}

// do queues a job for the window, unless it is closed.
func (f *winFrame) do(job func()) {
	f.s.Post(func() {
		if f.w != 0 {
			job()
		}
	})
}

// Show implements Frame.
func (f *winFrame) Show() {
	f.do(func() { _, _, _ = win32.ShowWindow.Call(f.w, windows.SW_SHOWNORMAL) })
}

// Raise implements Frame.
func (f *winFrame) Raise() {
	f.do(func() {
		if minimized, _, _ := win32.IsIconic.Call(f.w); minimized != 0 {
			_, _, _ = win32.ShowWindow.Call(f.w, windows.SW_RESTORE)
		}
		_, _, _ = win32.BringWindowToTop.Call(f.w)
		_, _, _ = win32.SetForegroundWindow.Call(f.w)
		_, _, _ = win32.SetFocus.Call(f.w)
	})
}

// SetTitle implements Frame.
func (f *winFrame) SetTitle(title string) {
	if text, err := windows.UTF16PtrFromString(title); err == nil {
		f.do(func() { _, _, _ = win32.SetWindowText.Call(f.w, uintptr(unsafe.Pointer(text))) })
	}
}

// SetMinSize implements Frame.
func (f *winFrame) SetMinSize(size image.Point) {
	f.do(func() { f.least = size })
}

// Resize implements Frame. A maximised window keeps its size.
func (f *winFrame) Resize(size image.Point) {
	f.do(func() {
		if maximized, _, _ := win32.IsZoomed.Call(f.w); maximized == 0 {
			f.place(outer(image.Rectangle{Max: size}, f.dpi()), win32.SWP_NOMOVE)
		}
	})
}

// Present implements Frame.
func (f *winFrame) Present(img *image.NRGBA, changed image.Rectangle) {
	size := img.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > 16384 || size.Y > 16384 {
		return
	}
	f.mu.Lock()
	if size != f.size {
		f.pixels, f.size, changed = make([]byte, 4*size.X*size.Y), size, img.Bounds()
	}
	for y := changed.Min.Y; y < changed.Max.Y; y++ {
		from := img.Pix[img.PixOffset(changed.Min.X, y):][:4*changed.Dx()]
		to := f.pixels[4*(y*size.X+changed.Min.X):][:len(from)]
		for i := 0; i+3 < len(from); i += 4 {
			to[i], to[i+1], to[i+2] = from[i+2], from[i+1], from[i]
		}
	}
	f.mu.Unlock()
	f.do(func() {
		r := win32.RectOf(changed)
		_, _, _ = win32.InvalidateRect.Call(f.w, uintptr(unsafe.Pointer(&r)), 0)
	})
}

// draw draws the exposed part.
func (f *winFrame) draw() {
	var p win32.PAINTSTRUCT
	dc, _, _ := win32.BeginPaint.Call(f.w, uintptr(unsafe.Pointer(&p)))
	f.mu.Lock()
	defer f.mu.Unlock()
	if dc != 0 && len(f.pixels) > 0 {
		w, h := uintptr(f.size.X), uintptr(f.size.Y)
		info := win32.TopDown(f.size)
		_, _, _ = win32.StretchDIBits.Call(dc, 0, 0, w, h, 0, 0, w, h, uintptr(unsafe.Pointer(&f.pixels[0])),
			uintptr(unsafe.Pointer(&info)), 0, win32.SRCCOPY)
	}
	_, _, _ = win32.EndPaint.Call(f.w, uintptr(unsafe.Pointer(&p)))
}

// shapes are the system's cursors.
var shapes = map[Cursor]uintptr{
	Arrow: win32.IDC_ARROW, Text: win32.IDC_IBEAM, Crosshair: win32.IDC_CROSS, Hand: win32.IDC_HAND,
	HorizontalResize: win32.IDC_SIZEWE, VerticalResize: win32.IDC_SIZENS,
}

// SetCursor implements Frame.
func (f *winFrame) SetCursor(c Cursor) {
	f.do(func() {
		f.cursor = c
		if f.inside {
			f.showCursor()
		}
	})
}

func (f *winFrame) showCursor() {
	var cursor uintptr // hidden
	if shape := shapes[f.cursor]; shape != 0 {
		cursor, _, _ = win32.LoadCursor.Call(0, shape)
	}
	_, _, _ = win32.SetCursor.Call(cursor)
}

// SetCaret implements Frame.
func (f *winFrame) SetCaret(at image.Rectangle) {
	f.do(func() {
		context, _, _ := win32.ImmGetContext.Call(f.w)
		if context == 0 {
			return
		}
		form := win32.COMPOSITIONFORM{Style: win32.CFS_POINT, CurrentPos: win32.PointOf(at.Min)}
		_, _, _ = win32.ImmSetCompositionWindow.Call(context, uintptr(unsafe.Pointer(&form)))
		_, _, _ = win32.ImmReleaseContext.Call(f.w, context)
	})
}

// Close implements Frame.
func (f *winFrame) Close() { f.s.Post(f.destroy) }

func (f *winFrame) destroy() {
	if f.w == 0 {
		return
	}
	delete(f.s.frames, f.w) // it reports nothing anymore
	_, _, _ = win32.DestroyWindow.Call(f.w)
	if f.icon != 0 {
		_, _, _ = win32.DestroyIcon.Call(f.icon)
	}
	f.w, f.icon = 0, 0
	f.mu.Lock()
	f.pixels, f.size = nil, image.Point{}
	f.mu.Unlock()
}

// message handles a message, or leaves it to the system.
func (f *winFrame) message(m uint32, wParam, lParam uintptr) (result uintptr, done bool) {
	at := win32.Place(lParam)
	switch m {
	case win32.WM_CLOSE:
		f.events(Closed{})
		return 0, true
	case win32.WM_SIZE:
		if wParam != win32.SIZE_MINIMIZED {
			f.events(Resized{X: int(uint16(lParam)), Y: int(uint16(lParam >> 16))})
		}
	case win32.WM_MOVE:
		if minimized, _, _ := win32.IsIconic.Call(f.w); minimized == 0 {
			f.events(Moved(at))
		}
	case win32.WM_SETFOCUS, win32.WM_KILLFOCUS:
		f.events(Focused(m == win32.WM_SETFOCUS))
	case win32.WM_PAINT:
		f.draw()
		return 0, true
	case win32.WM_ERASEBKGND:
		return 1, true
	case win32.WM_SETCURSOR:
		if win32.Low(lParam) == win32.HTCLIENT {
			f.showCursor()
			return 1, true
		}
	case win32.WM_GETMINMAXINFO:
		size := outer(image.Rectangle{Max: f.least}, f.dpi()).Size()
		(*win32.MINMAXINFO)(pointer(lParam)).MinTrackSize = win32.PointOf(size)
		return 0, true
	case win32.WM_DPICHANGED:
		f.place((*win32.RECT)(pointer(lParam)).Rectangle(), 0)
		return 0, true
	case win32.WM_MOUSEMOVE:
		f.enter()
		f.events(PointerMoved(at))
	case win32.WM_MOUSELEAVE:
		f.inside = false
		f.events(PointerLeft{})
	case win32.WM_MOUSEWHEEL, win32.WM_MOUSEHWHEEL:
		f.wheel(m, wParam, at)
		return 0, true
	case win32.WM_CAPTURECHANGED:
		f.uncaptured()
		return 0, true
	default:
		if number, pressed := button(m); number != 0 {
			f.button(at, number, pressed)
			return 0, true
		}
		return 0, f.key(m, wParam, lParam)
	}
	return 0, false
}

// pointer is the address in a message.
func pointer(lParam uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&lParam)) }

// enter requests a message when the pointer leaves.
func (f *winFrame) enter() {
	if f.inside {
		return
	}
	f.inside = true
	win32.TrackLeave(f.w)
}

func button(m uint32) (number int, pressed bool) {
	switch m {
	case win32.WM_LBUTTONDOWN, win32.WM_LBUTTONUP:
		return 1, m == win32.WM_LBUTTONDOWN
	case win32.WM_RBUTTONDOWN, win32.WM_RBUTTONUP:
		return 2, m == win32.WM_RBUTTONDOWN
	case win32.WM_MBUTTONDOWN, win32.WM_MBUTTONUP:
		return 3, m == win32.WM_MBUTTONDOWN
	}
	return 0, false
}

// button keeps the pointer while a button is pressed, so that drags may leave the window.
func (f *winFrame) button(at image.Point, number int, pressed bool) {
	f.held = slices.DeleteFunc(f.held, func(held int) bool { return held == number })
	if pressed {
		if f.held = append(f.held, number); len(f.held) == 1 {
			_, _, _ = win32.SetCapture.Call(f.w)
		}
	} else if len(f.held) == 0 {
		_, _, _ = win32.ReleaseCapture.Call()
	}
	f.events(Button{At: at, Number: number, Pressed: pressed, With: modifiers()})
}

// uncaptured reports the pressed buttons as released outside: another window has taken the pointer,
// and gets their release.
func (f *winFrame) uncaptured() {
	held := f.held
	f.held = nil
	for _, number := range held {
		f.events(Button{At: image.Pt(-1, -1), Number: number, With: modifiers()})
	}
}

func (f *winFrame) wheel(m uint32, wParam uintptr, at image.Point) {
	p := win32.PointOf(at)
	_, _, _ = win32.ScreenToClient.Call(f.w, uintptr(unsafe.Pointer(&p)))
	w := Wheel{At: p.Point()}
	turn := float32(win32.High(wParam)) / win32.WHEEL_DELTA
	switch {
	case m == win32.WM_MOUSEHWHEEL:
		w.DX = -turn
	case win32.Pressed(windows.VK_SHIFT):
		w.DX = turn
	default:
		w.DY = turn
	}
	f.events(w)
}

// typed reports a UTF-16 code of WM_CHAR. Some characters have two.
func (f *winFrame) typed(code rune) {
	switch {
	case code >= 0xd800 && code < 0xdc00:
		f.high = code
		return
	case utf16.IsSurrogate(code):
		code, f.high = utf16.DecodeRune(f.high, code), 0
	}
	if code >= ' ' && code != 0x7f {
		f.events(Typed(string(code)))
	}
}
