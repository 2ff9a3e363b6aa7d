package platform

import (
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// NewHost starts the thread that owns all popup windows.
func NewHost(o Options) (Host, error) {
	h := &win32{
		log: o.log(), scale: o.Scale, surfaces: map[uintptr]*winSurface{}, changes: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
	opened := make(chan error)
	go h.run(opened)
	if err := <-opened; err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	return h, nil
}

// win32 is the host. Windows belong to the thread that created them, so every call is queued and
// runs there in order.
type win32 struct {
	log     *slog.Logger
	scale   float32
	changes chan struct{}
	done    chan struct{} // closed when the thread has ended

	mu   sync.Mutex
	jobs []func()

	// The fields below belong to the thread.
	control  uintptr // hidden window: wakes the thread and receives display changes
	class    *uint16
	surfaces map[uintptr]*winSurface
	hotkey   func()  // called when the hotkey is pressed
	before   uintptr // window that had the focus before a popup
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
	_, _, _ = unregisterClass.Call(uintptr(unsafe.Pointer(h.class)), 0) // its procedure belongs to this host
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
	if atom, _, err := registerClassEx.Call(uintptr(unsafe.Pointer(&class))); atom == 0 &&
		err != windows.ERROR_CLASS_ALREADY_EXISTS {
		return fmt.Errorf("window class: %w", err)
	}
	h.control, err = h.window(0)
	return err
}

// window creates a hidden popup window.
func (h *win32) window(style uintptr) (uintptr, error) {
	w, _, err := createWindowEx.Call(style, uintptr(unsafe.Pointer(h.class)), uintptr(unsafe.Pointer(h.class)),
		wsPopup, 0, 0, 1, 1, 0, 0, 0, 0)
	if w == 0 {
		return 0, fmt.Errorf("popup window: %w", err)
	}
	return w, nil
}

// post queues a job for the thread.
func (h *win32) post(job func()) {
	h.mu.Lock()
	h.jobs = append(h.jobs, job)
	first := len(h.jobs) == 1
	h.mu.Unlock()
	if first {
		_, _, _ = postMessage.Call(h.control, wmApp, 0, 0)
	}
}

// call runs a job on the thread and waits for it. It returns false if the thread has ended.
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

// message is the window procedure. It runs on the thread.
func (h *win32) message(w uintptr, m uint32, wParam, lParam uintptr) uintptr {
	at := func(kind InputKind) Input {
		return Input{Kind: kind, X: int(int16(lParam)), Y: int(int16(lParam >> 16))}
	}
	s := h.surfaces[w]
	if h.key(s, m, wParam) {
		return 0
	}
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
		return maNoActivate // a click must not take the focus
	case wmDisplayChange, wmSettingChange, wmDPIChanged:
		select {
		case h.changes <- struct{}{}:
		default:
		}
		return 0
	case wmMouseMove:
		if s != nil {
			s.trackLeave()
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

// foreground runs when another window comes to the front, which may be a topmost one, and raises
// popups. Raising them on a timer would cover open menus.
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

// CanFade is always true: the system composes layered windows.
func (h *win32) CanFade() bool { return true }

// Close ends the thread and its windows.
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
