package platform

import "image"

// Host is the screen for popups.
type Host interface {
	// Monitors returns the current monitors, none if all are off.
	Monitors() []Monitor
	// NewSurface creates a hidden window.
	NewSurface() (Surface, error)
	// CanFade reports whether SetAlpha has an effect: on X11 it needs a compositor.
	CanFade() bool
	// Close closes the host and its windows.
	Close() error
}

// Monitor is a monitor, in physical pixels of the whole desktop.
type Monitor struct {
	Name    string
	Bounds  image.Rectangle
	Work    image.Rectangle // without panels
	Scale   float32         // 1 is 96 dpi
	Primary bool
	Pointer bool // contains the pointer
}

// Surface is a native window without decoration. It stays above all others, never takes the focus
// and shows a picture, which the system keeps and repaints. After Close its methods do nothing.
type Surface interface {
	// Present shows a picture with its upper left corner at a point, in physical pixels of the
	// whole desktop. Picture, size and position change at once, so that a growing card never
	// flickers. The picture may be retained and must not change afterwards.
	Present(img *image.NRGBA, at image.Point)
	// Move sets the position of the upper left corner, in physical pixels of the whole desktop.
	Move(x, y int)
	// SetAlpha sets the opacity of the window: 0 is invisible, 1 opaque.
	SetAlpha(alpha float32)
	Show()
	// Hide hides the window until Show.
	Hide()
	// Events returns the surface's input. It is never closed.
	Events() <-chan Input
	Close() error
}

// Input is pointer input in pixels of the picture, or a key while the surface has grabbed the
// keyboard.
type Input struct {
	Kind InputKind
	X, Y int
}

// InputKind is the kind of an Input.
type InputKind int

// The kinds.
const (
	PointerMoved InputKind = iota
	PointerLeft
	Pressed
	Released
	KeyNext      // Tab, Down, Right
	KeyPrevious  // Shift+Tab, Up, Left
	KeyPress     // Enter, Space
	KeyEscape    // Escape
	KeyboardLost // the system has ended the keyboard grab
)
