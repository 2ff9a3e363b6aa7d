package platform

import (
	"fmt"
	"log/slog"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// NewHost starts the thread that owns all popup windows.
func NewHost(o Options) (Host, error) {
	h := &winHost{
		log: o.log(), scale: o.Scale, surfaces: map[uintptr]*winSurface{}, changes: make(chan struct{}, 1),
	}
	var err error
	if h.Thread, err = win32.NewThread(popupClass, false, h.message); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	h.Post(func() {
		h.hook, _, _ = win32.SetWinEventHook.Call(win32.EVENT_SYSTEM_FOREGROUND, win32.EVENT_SYSTEM_FOREGROUND, 0,
			windows.NewCallback(h.foreground), 0, 0, 0)
	})
	return h, nil
}

const popupClass = "TraybellPopup"

// winHost is the host. Its thread's hidden window receives display changes and the hotkey.
type winHost struct {
	*win32.Thread
	log     *slog.Logger
	scale   float32
	changes chan struct{}

	// The fields below belong to the thread.
	surfaces map[uintptr]*winSurface
	hook     uintptr     // calls foreground
	hotkeys  []winHotkey // the ID of each is its position, from 1
	before   uintptr     // window that had the focus before a popup
}

// winHotkey is a hotkey. Its name stays when it is removed.
type winHotkey struct {
	name    string
	pressed func()
}

// message is the window procedure. It runs on the thread.
func (h *winHost) message(w uintptr, m uint32, wParam, lParam uintptr) uintptr {
	at := func(kind InputKind) Input {
		p := win32.Place(lParam)
		return Input{Kind: kind, X: p.X, Y: p.Y}
	}
	s := h.surfaces[w]
	if h.key(s, m, wParam) {
		return 0
	}
	switch m {
	case win32.WM_MOUSEACTIVATE:
		return win32.MA_NOACTIVATE // a click must not take the focus
	case win32.WM_DISPLAYCHANGE, win32.WM_SETTINGCHANGE, win32.WM_DPICHANGED:
		select {
		case h.changes <- struct{}{}:
		default:
		}
		return 0
	case win32.WM_MOUSEMOVE:
		if s != nil {
			s.trackLeave()
			s.events.put(at(PointerMoved))
		}
		return 0
	case win32.WM_MOUSELEAVE:
		if s != nil {
			s.inside = false
			s.events.put(Input{Kind: PointerLeft})
		}
		return 0
	case win32.WM_LBUTTONDOWN:
		if s != nil {
			_, _, _ = win32.SetCapture.Call(w)
			s.events.put(at(Pressed))
		}
		return 0
	case win32.WM_LBUTTONUP:
		if s != nil {
			_, _, _ = win32.ReleaseCapture.Call()
			s.events.put(at(Released))
		}
		return 0
	}
	r, _, _ := win32.DefWindowProc.Call(w, uintptr(m), wParam, lParam)
	return r
}

// foreground runs when another window comes to the front, which may be a topmost one, and raises
// popups. Raising them on a timer would cover open menus.
func (h *winHost) foreground(_ uintptr, _ uint32, _ uintptr, _, _ int32, _, _ uint32) uintptr {
	for _, s := range h.surfaces {
		if s.visible {
			s.raise()
		}
	}
	return 0
}

// Changes implements Watcher.
func (h *winHost) Changes() <-chan struct{} { return h.changes }

// CanFade is always true: the system composes layered windows.
func (h *winHost) CanFade() bool { return true }

// Close ends the thread and its windows.
func (h *winHost) Close() error {
	h.Stop(func() {
		for _, s := range h.surfaces {
			s.destroy()
		}
		if h.hook != 0 {
			_, _, _ = win32.UnhookWinEvent.Call(h.hook)
		}
	})
	return nil
}
