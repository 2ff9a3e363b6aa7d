// Package frame opens native windows with a title bar that show a picture, and has the clipboard.
//
// On X11 (and XWayland) it needs only the core protocol and XKB, on Windows GDI: neither OpenGL nor
// a C library. A System and its frames are safe for concurrent use. Each frame reports its events
// in order to one function, on a goroutine of the system that the function must not hold up.
package frame

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
)

// System opens frames.
type System interface {
	// Open creates a hidden frame.
	Open(o Options) (Frame, error)
	// Copy copies a text to the clipboard.
	Copy(text string)
	// Pasted returns the clipboard's text, empty if it holds none.
	Pasted() string
	// Selected returns the text that is selected in the program in front, empty if there is none.
	// Systems without a selection of their own have that program copy it, and get the clipboard's text
	// back. It may wait for the program.
	Selected() string
	// Done is closed when the display has gone, as at the end of a session, or the system was closed.
	Done() <-chan struct{}
	// Close closes the system and its frames. Other programs may still paste what was copied last,
	// where the desktop keeps it.
	Close() error
}

// Options describe a frame. Sizes are those of the picture, in pixels.
type Options struct {
	Title      string
	Icon       image.Image // nil: none
	Size       image.Point
	At         image.Point // upper left corner of the picture, in pixels of the whole desktop
	Background color.Color // shown where there is no picture yet
	Events     func(Event)
}

// Frame is a native window. After Close its methods do nothing.
type Frame interface {
	Show()
	// Raise brings the frame to the front and requests the focus.
	Raise()
	SetTitle(title string)
	// SetMinSize limits the size that the agent can set.
	SetMinSize(size image.Point)
	Resize(size image.Point)
	// Present shows a picture. Only the changed part differs from the picture before. The picture is
	// not used after Present returns.
	Present(img *image.NRGBA, changed image.Rectangle)
	SetCursor(c Cursor)
	// SetCaret says where text is typed, for the windows of input methods.
	SetCaret(at image.Rectangle)
	Close()
}

// Cursor is a shape of the pointer.
type Cursor int

// The cursors.
const (
	Arrow Cursor = iota
	Text
	Crosshair
	Hand
	HorizontalResize
	VerticalResize
	Hidden
)

// Event is one of the types below.
type Event any

// Closed means that the agent wants to close the frame. It stays open.
type Closed struct{}

// Resized is the new size of the picture.
type Resized image.Point

// Moved is the new position, as in Options.
type Moved image.Point

// Focused is sent when the frame gets or loses the focus.
type Focused bool

// PointerMoved is the pointer's position in the picture. It may be outside while a button is pressed.
type PointerMoved image.Point

// PointerLeft means that the pointer is no longer over the frame.
type PointerLeft struct{}

// Button is a pressed or released button of the mouse.
type Button struct {
	At      image.Point
	Number  int // 1 left, 2 right, 3 middle
	Pressed bool
	With    fyne.KeyModifier
}

// Wheel is a turn of the wheel: 1 is a notch up or to the left.
type Wheel struct {
	At     image.Point
	DX, DY float32
}

// Key is a pressed or released key. What it types follows as Typed.
type Key struct {
	Name     fyne.KeyName // in the current layout; KeyUnknown for a letter that Fyne has no name for
	Latin    fyne.KeyName // the letter that the key has in a Latin layout, KeyUnknown without
	Scan     int
	Pressed  bool
	Repeated bool
	With     fyne.KeyModifier
}

// Typed is text from the keyboard, a dead key or an input method.
type Typed string
