package platform

import (
	"errors"
	"fmt"

	"traybell/desktop/hotkey"

	"golang.org/x/sys/windows"
)

// Keyboard functions and constants of winuser.h.
var (
	registerHotKey      = user32.NewProc("RegisterHotKey")
	unregisterHotKey    = user32.NewProc("UnregisterHotKey")
	setForegroundWindow = user32.NewProc("SetForegroundWindow")
	getForegroundWindow = user32.NewProc("GetForegroundWindow")
	setFocus            = user32.NewProc("SetFocus")
	getKeyState         = user32.NewProc("GetKeyState")
)

const (
	wmKillFocus = 0x0008
	wmKeyDown   = 0x0100
	wmHotkey    = 0x0312

	modAlt      = 0x0001
	modControl  = 0x0002
	modShift    = 0x0004
	modWin      = 0x0008
	modNoRepeat = 0x4000

	vkTab    = 0x09
	vkReturn = 0x0d
	vkShift  = 0x10
	vkEscape = 0x1b
	vkSpace  = 0x20
	vkLeft   = 0x25
	vkUp     = 0x26
	vkRight  = 0x27
	vkDown   = 0x28
	vkF1     = 0x70

	theHotkey = 1 // ID of the only hotkey
)

var namedKeyCodes = map[string]uintptr{
	"Space": vkSpace, "Home": 0x24, "End": 0x23, "PageUp": 0x21, "PageDown": 0x22, "Insert": 0x2d, "Pause": 0x13,
	"Up": vkUp, "Down": vkDown, "Left": vkLeft, "Right": vkRight,
}

// SetHotkey implements Keyboard with RegisterHotKey.
func (h *win32) SetHotkey(k hotkey.Keys, pressed func()) error {
	var err error
	if !h.call(func() { err = h.registerHotkey(k, pressed) }) {
		return ErrNoHotkeys
	}
	return err
}

// registerHotkey runs on the thread.
func (h *win32) registerHotkey(k hotkey.Keys, pressed func()) error {
	_, _, _ = unregisterHotKey.Call(h.control, theHotkey)
	h.hotkey = pressed
	if k.Key == "" {
		return nil
	}
	mods := uintptr(modNoRepeat)
	for _, m := range []struct {
		on  bool
		bit uintptr
	}{{k.Ctrl, modControl}, {k.Alt, modAlt}, {k.Shift, modShift}, {k.Super, modWin}} {
		if m.on {
			mods |= m.bit
		}
	}
	code, named := namedKeyCodes[k.Key]
	if n, ok := hotkey.Function(k.Key); ok {
		code = vkF1 + uintptr(n-1)
	} else if !named {
		code = uintptr(k.Key[0]) // letters and digits are their own key codes
	}
	if ok, _, err := registerHotKey.Call(h.control, theHotkey, mods, code); ok == 0 {
		if errors.Is(err, windows.ERROR_HOTKEY_ALREADY_REGISTERED) {
			return fmt.Errorf("%s: %w", k, ErrHotkeyTaken)
		}
		return fmt.Errorf("hotkey %s: %w", k, err)
	}
	return nil
}

// key handles keyboard messages on the thread; s is nil for the control window.
func (h *win32) key(s *winSurface, m uint32, wParam uintptr) bool {
	switch {
	case m == wmHotkey && wParam == theHotkey:
		if h.hotkey != nil {
			h.hotkey()
		}
		return true
	case s == nil:
		return false
	case m == wmKillFocus:
		s.events.put(Input{Kind: KeyboardLost})
		return false
	case m != wmKeyDown:
		return false
	}
	kinds := map[uintptr]InputKind{
		vkUp: KeyPrevious, vkLeft: KeyPrevious, vkDown: KeyNext, vkRight: KeyNext, vkReturn: KeyPress,
		vkSpace:  KeyPress,
		vkEscape: KeyEscape, vkTab: KeyNext,
	}
	kind, known := kinds[wParam]
	if !known {
		return false
	}
	if shift, _, _ := getKeyState.Call(vkShift); wParam == vkTab && int16(shift) < 0 {
		kind = KeyPrevious
	}
	s.events.put(Input{Kind: kind})
	return true
}

// GrabKeyboard implements KeyboardGrabber. Windows lets a program come to the front right after its
// hotkey was pressed.
func (s *winSurface) GrabKeyboard() error {
	err := error(ErrNoHotkeys)
	s.h.call(func() {
		if s.w == 0 {
			return
		}
		front, _, _ := getForegroundWindow.Call()
		if s.h.surfaces[front] == nil {
			s.h.before = front
		}
		if ok, _, _ := setForegroundWindow.Call(s.w); ok == 0 {
			err = errors.New("grab keyboard: Windows did not activate the popup")
			return
		}
		_, _, _ = setFocus.Call(s.w)
		err = nil
	})
	return err
}

// ReleaseKeyboard implements KeyboardGrabber.
func (s *winSurface) ReleaseKeyboard() {
	s.h.post(func() {
		if front, _, _ := getForegroundWindow.Call(); front == s.w && s.h.before != 0 {
			_, _, _ = setForegroundWindow.Call(s.h.before)
		}
	})
}
