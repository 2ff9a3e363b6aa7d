package platform

import (
	"errors"

	"traybell/desktop/hotkey"
)

// ErrHotkeyTaken means that another program or the desktop uses this hotkey.
var ErrHotkeyTaken = errors.New("the hotkey is used by another program")

// ErrNoHotkeys means that the system has no global hotkeys.
var ErrNoHotkeys = errors.New("hotkeys are not available on this system")

// Keyboard is implemented by hosts with global hotkeys.
type Keyboard interface {
	// SetHotkey replaces the hotkey of a name; the zero Keys removes it. pressed is called on a
	// goroutine of the host and must not block. On an error, such as ErrHotkeyTaken, the name has no
	// hotkey.
	SetHotkey(name string, k hotkey.Keys, pressed func()) error
}

// KeyboardGrabber is implemented by surfaces that can grab the keyboard. Only the hotkey may do so.
// Keys arrive as Input; KeyboardLost arrives when the system has ended the grab.
type KeyboardGrabber interface {
	// GrabKeyboard grabs the keyboard for a visible surface.
	GrabKeyboard() error
	// ReleaseKeyboard returns the keyboard to the window that had it.
	ReleaseKeyboard()
}
