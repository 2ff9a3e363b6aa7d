package platform

import (
	"fmt"
	"image"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The functions of Win32 that we call, by their documented names.
var (
	user32 = windows.NewLazySystemDLL("user32.dll")
	gdi32  = windows.NewLazySystemDLL("gdi32.dll")
	shcore = windows.NewLazySystemDLL("shcore.dll") // since Windows 8.1

	registerClassEx     = user32.NewProc("RegisterClassExW")
	createWindowEx      = user32.NewProc("CreateWindowExW")
	destroyWindow       = user32.NewProc("DestroyWindow")
	defWindowProc       = user32.NewProc("DefWindowProcW")
	getMessage          = user32.NewProc("GetMessageW")
	dispatchMessage     = user32.NewProc("DispatchMessageW")
	postMessage         = user32.NewProc("PostMessageW")
	postQuitMessage     = user32.NewProc("PostQuitMessage")
	showWindow          = user32.NewProc("ShowWindow")
	setWindowPos        = user32.NewProc("SetWindowPos")
	updateLayeredWindow = user32.NewProc("UpdateLayeredWindow")
	enumDisplayMonitors = user32.NewProc("EnumDisplayMonitors")
	getMonitorInfo      = user32.NewProc("GetMonitorInfoW")
	getCursorPos        = user32.NewProc("GetCursorPos")
	loadCursor          = user32.NewProc("LoadCursorW")
	setCapture          = user32.NewProc("SetCapture")
	releaseCapture      = user32.NewProc("ReleaseCapture")
	trackMouseEvent     = user32.NewProc("TrackMouseEvent")
	setWinEventHook     = user32.NewProc("SetWinEventHook")
	unhookWinEvent      = user32.NewProc("UnhookWinEvent")
	setThreadDPI        = user32.NewProc("SetThreadDpiAwarenessContext") // since Windows 10 1607
	getDpiForMonitor    = shcore.NewProc("GetDpiForMonitor")

	createCompatibleDC = gdi32.NewProc("CreateCompatibleDC")
	deleteDC           = gdi32.NewProc("DeleteDC")
	createDIBSection   = gdi32.NewProc("CreateDIBSection")
	selectObject       = gdi32.NewProc("SelectObject")
	deleteObject       = gdi32.NewProc("DeleteObject")
)

// Constants of winuser.h and wingdi.h.
const (
	wmSettingChange = 0x001a
	wmMouseActivate = 0x0021
	wmDisplayChange = 0x007e
	wmMouseMove     = 0x0200
	wmLButtonDown   = 0x0201
	wmLButtonUp     = 0x0202
	wmMouseLeave    = 0x02a3
	wmDPIChanged    = 0x02e0
	wmApp           = 0x8000

	maNoActivate   = 3
	wsPopup        = 0x80000000
	exTopmost      = 0x00000008
	exToolWindow   = 0x00000080
	exLayered      = 0x00080000
	exNoActivate   = 0x08000000
	swHide         = 0
	swShowNA       = 8
	swpNoSize      = 0x0001
	swpNoMove      = 0x0002
	swpNoActivate  = 0x0010
	ulwAlpha       = 2
	acSrcAlpha     = 1
	tmeLeave       = 2
	eventForegrnd  = 0x0003
	idcArrow       = 32512
	perMonitorV2   = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
	hwndTopmost    = ^uintptr(0) // -1
	effectiveDPI   = 0
	primaryMonitor = 1
)

type (
	wndClass struct {
		size, style                        uint32
		proc                               uintptr
		clsExtra, wndExtra                 int32
		instance, icon, cursor, background uintptr
		menu, name                         *uint16
		smallIcon                          uintptr
	}
	point struct{ x, y int32 }
	rect  struct{ left, top, right, bottom int32 }
	msg   struct {
		hwnd           uintptr
		message        uint32
		wParam, lParam uintptr
		time           uint32
		pt             point
		private        uint32
	}
	monitorInfo struct {
		size          uint32
		monitor, work rect
		flags         uint32
		device        [32]uint16
	}
	bitmapInfo struct {
		size             uint32
		width, height    int32
		planes, bits     uint16
		compression      uint32
		sizeImage        uint32
		xPels, yPels     int32
		used, important  uint32
		colorsNotUsedYet uint32
	}
	blend struct{ op, flags, alpha, format byte }
	track struct {
		size, flags uint32
		hwnd        uintptr
		hover       uint32
	}
)

func (r rect) rectangle() image.Rectangle {
	return image.Rect(int(r.left), int(r.top), int(r.right), int(r.bottom))
}

// NewHost starts the thread that all popup windows belong to.
func NewHost(o Options) (Host, error) {
	h := &win32{log: o.log(), scale: o.Scale, surfaces: map[uintptr]*winSurface{}, changes: make(chan struct{}, 1), done: make(chan struct{})}
	opened := make(chan error)
	go h.run(opened)
	if err := <-opened; err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	return h, nil
}

// win32 is the thread. Windows belong to the thread that made them, so every call runs there, in the order in which it was asked for.
type win32 struct {
	log     *slog.Logger
	scale   float32
	changes chan struct{}
	done    chan struct{} // closed when the thread has ended

	mu   sync.Mutex
	jobs []func()

	// What follows belongs to the thread.
	control  uintptr // a window that is never shown: wakes the thread, hears of changed monitors
	class    *uint16
	surfaces map[uintptr]*winSurface
}

func (h *win32) run(opened chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(h.done)
	if setThreadDPI.Find() == nil {
		_, _, _ = setThreadDPI.Call(perMonitorV2)
	}
	if err := h.register(); err != nil {
		opened <- err
		return
	}
	hook, _, _ := setWinEventHook.Call(eventForegrnd, eventForegrnd, 0, windows.NewCallback(h.foreground), 0, 0, 0)
	opened <- nil
	var m msg
	for {
		r, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		if int32(r) <= 0 {
			break
		}
		_, _, _ = dispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
	if hook != 0 {
		_, _, _ = unhookWinEvent.Call(hook)
	}
}

func (h *win32) register() error {
	name, err := windows.UTF16PtrFromString("TraybellPopup")
	if err != nil {
		return err
	}
	h.class = name
	cursor, _, _ := loadCursor.Call(0, idcArrow)
	class := wndClass{proc: windows.NewCallback(h.message), cursor: cursor, name: name}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClassEx.Call(uintptr(unsafe.Pointer(&class))); atom == 0 && err != windows.ERROR_CLASS_ALREADY_EXISTS {
		return fmt.Errorf("window class: %w", err)
	}
	h.control, err = h.window(0)
	return err
}

// window makes a popup window that is not on the screen.
func (h *win32) window(style uintptr) (uintptr, error) {
	w, _, err := createWindowEx.Call(style, uintptr(unsafe.Pointer(h.class)), uintptr(unsafe.Pointer(h.class)), wsPopup, 0, 0, 1, 1, 0, 0, 0, 0)
	if w == 0 {
		return 0, fmt.Errorf("popup window: %w", err)
	}
	return w, nil
}

// post has something done on the thread, soon.
func (h *win32) post(job func()) {
	h.mu.Lock()
	h.jobs = append(h.jobs, job)
	first := len(h.jobs) == 1
	h.mu.Unlock()
	if first {
		_, _, _ = postMessage.Call(h.control, wmApp, 0, 0)
	}
}

// call has something done on the thread and waits for it. It returns false when the thread has ended.
func (h *win32) call(job func()) bool {
	ready := make(chan struct{})
	h.post(func() { defer close(ready); job() })
	select {
	case <-ready:
		return true
	case <-h.done:
		return false
	}
}

// message is the windows' procedure; it runs on the thread.
func (h *win32) message(w uintptr, m uint32, wParam, lParam uintptr) uintptr {
	at := func(kind InputKind) Input {
		return Input{Kind: kind, X: int(int16(lParam)), Y: int(int16(lParam >> 16))}
	}
	s := h.surfaces[w]
	switch m {
	case wmApp:
		h.mu.Lock()
		jobs := h.jobs
		h.jobs = nil
		h.mu.Unlock()
		for _, job := range jobs {
			job()
		}
		return 0
	case wmMouseActivate:
		return maNoActivate // a press must not take the focus
	case wmDisplayChange, wmSettingChange, wmDPIChanged:
		select {
		case h.changes <- struct{}{}:
		default:
		}
		return 0
	case wmMouseMove:
		if s != nil {
			s.follow()
			s.events.put(at(PointerMoved))
		}
		return 0
	case wmMouseLeave:
		if s != nil {
			s.inside = false
			s.events.put(Input{Kind: PointerLeft})
		}
		return 0
	case wmLButtonDown:
		if s != nil {
			_, _, _ = setCapture.Call(w)
			s.events.put(at(Pressed))
		}
		return 0
	case wmLButtonUp:
		if s != nil {
			_, _, _ = releaseCapture.Call()
			s.events.put(at(Released))
		}
		return 0
	}
	r, _, _ := defWindowProc.Call(w, uintptr(m), wParam, lParam)
	return r
}

// foreground is called when another window came to the front, perhaps a topmost one. Only then are popups raised: by a clock they would cover open menus.
func (h *win32) foreground(_ uintptr, _ uint32, _ uintptr, _, _ int32, _, _ uint32) uintptr {
	for _, s := range h.surfaces {
		if s.visible {
			s.raise()
		}
	}
	return 0
}

// Changes implements Watcher.
func (h *win32) Changes() <-chan struct{} { return h.changes }

// CanFade is always true: layered windows are composed by the system.
func (h *win32) CanFade() bool { return true }

// Monitors asks the system for every monitor with its work area and its own scale.
func (h *win32) Monitors() []Monitor {
	var out []Monitor
	h.call(func() {
		var cursor point
		_, _, _ = getCursorPos.Call(uintptr(unsafe.Pointer(&cursor)))
		for _, m := range monitorHandles() {
			info := monitorInfo{}
			info.size = uint32(unsafe.Sizeof(info))
			if ok, _, _ := getMonitorInfo.Call(m, uintptr(unsafe.Pointer(&info))); ok == 0 {
				continue
			}
			bounds := info.monitor.rectangle()
			out = append(out, Monitor{
				Name: windows.UTF16ToString(info.device[:]), Bounds: bounds, Work: info.work.rectangle(), Scale: h.monitorScale(m),
				Primary: info.flags&primaryMonitor != 0, Pointer: image.Pt(int(cursor.x), int(cursor.y)).In(bounds),
			})
		}
	})
	return out
}

// found collects for eachMonitor, which Go can make only once: callbacks are never freed. Only one enumeration runs at a time.
var (
	found       []uintptr
	foundLock   sync.Mutex
	eachMonitor = sync.OnceValue(func() uintptr {
		return windows.NewCallback(func(monitor, _, _, _ uintptr) uintptr {
			found = append(found, monitor)
			return 1
		})
	})
)

func monitorHandles() []uintptr {
	foundLock.Lock()
	defer foundLock.Unlock()
	found = found[:0]
	_, _, _ = enumDisplayMonitors.Call(0, 0, eachMonitor(), 0)
	return slices.Clone(found)
}

func (h *win32) monitorScale(monitor uintptr) float32 {
	if h.scale > 0 {
		return h.scale
	}
	if getDpiForMonitor.Find() != nil {
		return 1
	}
	var x, y uint32
	if r, _, _ := getDpiForMonitor.Call(monitor, effectiveDPI, uintptr(unsafe.Pointer(&x)), uintptr(unsafe.Pointer(&y))); r != 0 || x == 0 {
		return 1
	}
	return float32(x) / 96
}

// NewSurface makes a window that is not on the screen yet.
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

// Close ends the thread and with it all windows.
func (h *win32) Close() error {
	h.post(func() {
		for _, s := range h.surfaces {
			s.destroy()
		}
		_, _, _ = destroyWindow.Call(h.control)
		_, _, _ = postQuitMessage.Call(0)
	})
	<-h.done
	return nil
}

// winSurface is one layered window. All fields but events belong to the host's thread.
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

// Present draws a picture; the window takes its size.
func (s *winSurface) Present(img *image.NRGBA) {
	s.h.post(func() {
		if s.w == 0 || !s.fit(img.Bounds().Size()) {
			return
		}
		premultiply(s.pixels, img)
		s.update()
	})
}

// fit makes a bitmap of that size, where it has another.
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
	bitmap, _, err := createDIBSection.Call(s.dc, uintptr(unsafe.Pointer(&info)), 0, uintptr(unsafe.Pointer(&bits)), 0, 0)
	if bitmap == 0 {
		s.h.log.Error("no bitmap for a popup", "width", size.X, "height", size.Y, "error", err)
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

// premultiply writes a picture as the system wants it: blue, green, red, alpha, the colours multiplied by alpha.
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

// update gives picture, place and alpha to the system.
func (s *winSurface) update() {
	if s.bitmap == 0 {
		return
	}
	at, size, from := point{int32(s.at.X), int32(s.at.Y)}, point{int32(s.size.X), int32(s.size.Y)}, point{}
	b := blend{alpha: byte(max(0, min(1, s.alpha)) * 255), format: acSrcAlpha}
	_, _, _ = updateLayeredWindow.Call(s.w, 0, uintptr(unsafe.Pointer(&at)), uintptr(unsafe.Pointer(&size)), s.dc,
		uintptr(unsafe.Pointer(&from)), 0, uintptr(unsafe.Pointer(&b)), ulwAlpha)
}

// Move puts the window's upper left corner there, in pixels of the whole desktop.
func (s *winSurface) Move(x, y int) {
	s.h.post(func() {
		if s.w != 0 && s.at != image.Pt(x, y) {
			s.at = image.Pt(x, y)
			s.update()
		}
	})
}

// SetAlpha makes the whole window translucent: 0 to 1.
func (s *winSurface) SetAlpha(alpha float32) {
	s.h.post(func() {
		if s.w != 0 && s.alpha != alpha {
			s.alpha = alpha
			s.update()
		}
	})
}

// Show puts the window on the screen, above all others, without activating it.
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

// Hide takes the window off the screen and keeps it for later.
func (s *winSurface) Hide() {
	s.h.post(func() {
		if s.w == 0 {
			return
		}
		s.visible, s.inside = false, false
		_, _, _ = showWindow.Call(s.w, swHide)
	})
}

// follow asks to be told when the pointer leaves.
func (s *winSurface) follow() {
	if s.inside {
		return
	}
	s.inside = true
	t := track{flags: tmeLeave, hwnd: s.w}
	t.size = uint32(unsafe.Sizeof(t))
	_, _, _ = trackMouseEvent.Call(uintptr(unsafe.Pointer(&t)))
}

// Events is what the pointer does over the window.
func (s *winSurface) Events() <-chan Input { return s.events }

// Close destroys the window.
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
