package platform

import "image"

// Host is the desktop's screen as the popups need it.
type Host interface {
	// Monitors asks the system which screens there are now; none where all are off.
	Monitors() []Monitor
	// NewSurface makes a window that is not on the screen yet.
	NewSurface() (Surface, error)
	// CanFade tells whether SetAlpha is seen: on X11 only where a compositor runs.
	CanFade() bool
	// Close ends the host and takes its windows away.
	Close() error
}

// Monitor is one screen, in physical pixels of the whole desktop.
type Monitor struct {
	Name    string
	Bounds  image.Rectangle
	Work    image.Rectangle // without panels
	Scale   float32         // 1 is 96 dpi
	Primary bool
	Pointer bool // the pointer is on it
}

// Surface is a native window without decoration that lies above all others, never takes the focus
// and shows a painted picture. The system keeps the picture and repaints it by itself. After Close
// nothing has an effect.
type Surface interface {
	// Present draws a picture with its upper left corner there, in physical pixels of the whole
	// desktop. Picture, size and place change together, so that a card that grows is never seen
	// half moved. The picture may be kept and must not be changed afterwards.
	Present(img *image.NRGBA, at image.Point)
	// Move puts the upper left corner there, in physical pixels of the whole desktop.
	Move(x, y int)
	// SetAlpha makes the whole window translucent: 0 is invisible, 1 opaque.
	SetAlpha(alpha float32)
	Show()
	// Hide takes the window off the screen and keeps it for later.
	Hide()
	// Events is what the pointer does over the window. It is never closed.
	Events() <-chan Input
	Close() error
}

// Input is what the pointer does over a surface, in the picture's pixels; or a key, while the
// surface is a Typist that has the keyboard.
type Input struct {
	Kind InputKind
	X, Y int
}

// InputKind is a pointer's doing, or what a key means.
type InputKind int

// The kinds of input.
const (
	PointerMoved InputKind = iota
	PointerLeft
	Pressed
	Released
	KeyNext  // Tab, and the arrows down and right
	KeyPrior // Shift and Tab, and the arrows up and left
	KeyPress // Enter and Space
	KeyAway  // Escape
	KeysLost // the system has taken the keyboard away
)
