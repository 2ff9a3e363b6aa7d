package platform

import (
	"errors"

	"traybell/desktop/hotkey"
)

// ErrHotkeyTaken means that another program, or the desktop itself, has this hotkey.
var ErrHotkeyTaken = errors.New("another program has this hotkey")

// ErrNoHotkeys means that the system gives programs like this one none.
var ErrNoHotkeys = errors.New("there are no hotkeys on this system")

// Keyboard is implemented by hosts that hear a hotkey.
type Keyboard interface {
	// SetHotkey makes a hotkey call pressed, on a goroutine of the host's, which must not be held
	// up; the zero one takes the one before away. Where it fails, with ErrHotkeyTaken for one,
	// there is no hotkey afterwards.
	SetHotkey(k hotkey.Keys, pressed func()) error
}

// Typist is implemented by surfaces that can be given the keyboard, which nothing but a hotkey may
// be the reason for. Its keys arrive as Input then; KeysLost comes when the system has taken it
// away.
type Typist interface {
	// TakeKeys gives the keyboard to a surface that is on the screen.
	TakeKeys() error
	// LeaveKeys gives it back to the window that had it.
	LeaveKeys()
}
