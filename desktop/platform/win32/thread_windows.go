package win32

import (
	"fmt"
	"image"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Thread owns the windows of a class, as windows belong to the thread that created them. Its methods
// other than Window are safe for concurrent use.
type Thread struct {
	Control uintptr // hidden window: wakes the thread and receives what is sent to all windows

	class *uint16
	done  chan struct{} // closed when the thread has ended
	mu    sync.Mutex
	jobs  []func()
}

// WindowProc handles a message of a window.
type WindowProc func(w uintptr, message uint32, wParam, lParam uintptr) uintptr

// NewThread starts a thread with a window class. The thread calls proc. With typed, it also sends
// the characters of keys.
func NewThread(class string, typed bool, proc WindowProc) (*Thread, error) {
	name, err := windows.UTF16PtrFromString(class)
	if err != nil {
		return nil, fmt.Errorf("window class %q: %w", class, err)
	}
	t := &Thread{class: name, done: make(chan struct{})}
	opened := make(chan error)
	go t.run(opened, typed, proc)
	if err := <-opened; err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Thread) run(opened chan<- error, typed bool, proc WindowProc) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(t.done)
	if setThreadDpiAwarenessContext.Find() == nil {
		const perMonitorV2 = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
		_, _, _ = setThreadDpiAwarenessContext.Call(perMonitorV2)
	}
	cursor, _, _ := LoadCursor.Call(0, IDC_ARROW)
	class := wndClassEx{proc: windows.NewCallback(t.procedure(proc)), cursor: cursor, name: t.class}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClassEx.Call(uintptr(unsafe.Pointer(&class))); atom == 0 {
		opened <- fmt.Errorf("window class: %w", err)
		return
	}
	// Its procedure belongs to this thread.
	defer func() { _, _, _ = unregisterClass.Call(uintptr(unsafe.Pointer(t.class)), 0) }()
	var err error
	t.Control, err = t.Window(WS_POPUP, 0, "", image.Rect(0, 0, 1, 1))
	opened <- err
	if err != nil {
		return
	}
	for m := (msg{}); ; {
		if r, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0); int32(r) <= 0 {
			return
		}
		if typed {
			_, _, _ = translateMessage.Call(uintptr(unsafe.Pointer(&m)))
		}
		_, _, _ = dispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
}

// procedure runs the jobs, too.
func (t *Thread) procedure(proc WindowProc) WindowProc {
	return func(w uintptr, m uint32, wParam, lParam uintptr) uintptr {
		if m != wmApp {
			return proc(w, m, wParam, lParam)
		}
		t.mu.Lock()
		jobs := t.jobs
		t.jobs = nil
		t.mu.Unlock()
		for _, job := range jobs {
			job()
		}
		return 0
	}
}

// Window creates a hidden window. It runs on the thread.
func (t *Thread) Window(style, exStyle uintptr, title string, at image.Rectangle) (uintptr, error) {
	text, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return 0, fmt.Errorf("title %q: %w", title, err)
	}
	w, _, err := createWindowEx.Call(exStyle, uintptr(unsafe.Pointer(t.class)), uintptr(unsafe.Pointer(text)), style,
		uintptr(at.Min.X), uintptr(at.Min.Y), uintptr(at.Dx()), uintptr(at.Dy()), 0, 0, 0, 0)
	if w == 0 {
		return 0, fmt.Errorf("window: %w", err)
	}
	return w, nil
}

// Post queues a job for the thread. Jobs run in order.
func (t *Thread) Post(job func()) {
	t.mu.Lock()
	t.jobs = append(t.jobs, job)
	first := len(t.jobs) == 1
	t.mu.Unlock()
	if first {
		_, _, _ = PostMessage.Call(t.Control, wmApp, 0, 0)
	}
}

// Call runs a job on the thread and waits for it. It returns false if the thread has ended.
func (t *Thread) Call(job func()) bool {
	ready := make(chan struct{})
	t.Post(func() { defer close(ready); job() })
	select {
	case <-ready:
		return true
	case <-t.done:
		return false
	}
}

// Done is closed when the thread has ended.
func (t *Thread) Done() <-chan struct{} { return t.done }

// Stop ends the thread after a job that destroys the windows of the class, and waits for the end.
func (t *Thread) Stop(destroy func()) {
	t.Post(func() {
		destroy()
		_, _, _ = DestroyWindow.Call(t.Control)
		_, _, _ = postQuitMessage.Call(0)
	})
	<-t.done
}
