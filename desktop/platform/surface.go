package platform

import "image"

// Host is the desktop's screen as the popups need it.
type Host interface {
	Monitors() []Monitor
	NewSurface() (Surface, error)
	CanFade() bool
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

// Surface is a native window without decoration that lies above all others, never takes the focus and shows a painted picture.
type Surface interface {
	Present(img *image.NRGBA)
	Move(x, y int)
	SetAlpha(alpha float32)
	Show()
	Hide()
	Events() <-chan Input
	Close() error
}

// Input is what the pointer does over a surface, in the picture's pixels.
type Input struct {
	Kind InputKind
	X, Y int
}

// InputKind is a pointer's doing.
type InputKind int

// The kinds of input.
const (
	PointerMoved InputKind = iota
	PointerLeft
	Pressed
	Released
	Exposed // the system lost the picture: present it again
)
