package platform

import (
	"errors"
	"fmt"
	"slices"

	"traybell/desktop/hotkey"
	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

var namedKeyCodes = map[string]uintptr{
	"Space": windows.VK_SPACE, "Home": windows.VK_HOME, "End": windows.VK_END, "PageUp": windows.VK_PRIOR,
	"PageDown": windows.VK_NEXT, "Insert": windows.VK_INSERT, "Pause": windows.VK_PAUSE, "Up": windows.VK_UP,
	"Down": windows.VK_DOWN, "Left": windows.VK_LEFT, "Right": windows.VK_RIGHT,
}

// SetHotkey implements Keyboard with RegisterHotKey.
func (h *winHost) SetHotkey(name string, k hotkey.Keys, pressed func()) error {
	var err error
	if !h.Call(func() { err = h.registerHotkey(name, k, pressed) }) {
		return ErrNoHotkeys
	}
	return err
}

// registerHotkey runs on the thread.
func (h *winHost) registerHotkey(name string, k hotkey.Keys, pressed func()) error {
	i := slices.IndexFunc(h.hotkeys, func(of winHotkey) bool { return of.name == name })
	if i < 0 {
		i = len(h.hotkeys)
		h.hotkeys = append(h.hotkeys, winHotkey{name: name})
	}
	id := uintptr(i + 1)
	_, _, _ = win32.UnregisterHotKey.Call(h.Control, id)
	if h.hotkeys[i].pressed = pressed; k.Key == "" {
		return nil
	}
	mods := uintptr(win32.MOD_NOREPEAT)
	for _, m := range []struct {
		on  bool
		bit uintptr
	}{{k.Ctrl, win32.MOD_CONTROL}, {k.Alt, win32.MOD_ALT}, {k.Shift, win32.MOD_SHIFT}, {k.Super, win32.MOD_WIN}} {
		if m.on {
			mods |= m.bit
		}
	}
	code, named := namedKeyCodes[k.Key]
	if n, ok := hotkey.Function(k.Key); ok {
		code = windows.VK_F1 + uintptr(n-1)
	} else if !named {
		code = uintptr(k.Key[0]) // letters and digits are their own key codes
	}
	if ok, _, err := win32.RegisterHotKey.Call(h.Control, id, mods, code); ok == 0 {
		if errors.Is(err, windows.ERROR_HOTKEY_ALREADY_REGISTERED) {
			return fmt.Errorf("%s: %w", k, ErrHotkeyTaken)
		}
		return fmt.Errorf("hotkey %s: %w", k, err)
	}
	return nil
}

// key handles keyboard messages on the thread; s is nil for the control window.
func (h *winHost) key(s *winSurface, m uint32, wParam uintptr) bool {
	switch {
	case m == win32.WM_HOTKEY && wParam >= 1 && wParam <= uintptr(len(h.hotkeys)):
		if pressed := h.hotkeys[wParam-1].pressed; pressed != nil {
			pressed()
		}
		return true
	case s == nil:
		return false
	case m == win32.WM_KILLFOCUS:
		s.events.put(Input{Kind: KeyboardLost})
		return false
	case m != win32.WM_KEYDOWN:
		return false
	}
	kinds := map[uintptr]InputKind{
		windows.VK_UP: KeyPrevious, windows.VK_LEFT: KeyPrevious, windows.VK_DOWN: KeyNext, windows.VK_RIGHT: KeyNext,
		windows.VK_RETURN: KeyPress, windows.VK_SPACE: KeyPress, windows.VK_ESCAPE: KeyEscape, windows.VK_TAB: KeyNext,
	}
	kind, known := kinds[wParam]
	if !known {
		return false
	}
	if wParam == windows.VK_TAB && win32.Pressed(windows.VK_SHIFT) {
		kind = KeyPrevious
	}
	s.events.put(Input{Kind: kind})
	return true
}

// GrabKeyboard implements KeyboardGrabber. Windows lets a program come to the front right after its
// hotkey was pressed.
func (s *winSurface) GrabKeyboard() error {
	err := ErrNoHotkeys
	s.h.Call(func() {
		if s.w == 0 {
			return
		}
		front := uintptr(windows.GetForegroundWindow())
		if s.h.surfaces[front] == nil {
			s.h.before = front
		}
		if ok, _, _ := win32.SetForegroundWindow.Call(s.w); ok == 0 {
			err = errors.New("grab keyboard: Windows did not activate the popup")
			return
		}
		_, _, _ = win32.SetFocus.Call(s.w)
		err = nil
	})
	return err
}

// ReleaseKeyboard implements KeyboardGrabber.
func (s *winSurface) ReleaseKeyboard() {
	s.h.Post(func() {
		if uintptr(windows.GetForegroundWindow()) == s.w && s.h.before != 0 {
			_, _, _ = win32.SetForegroundWindow.Call(s.h.before)
		}
	})
}
