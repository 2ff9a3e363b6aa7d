// Package ui holds the desktop's windows and its tray: what they look like and what they ask. What
// is decided, it leaves to whoever it is given as functions.
//
// Windows belong to Fyne's goroutine. Closing one only hides it: the program ends by the tray's
// Exit. None takes the place of a popup; those are painted cards in native windows (package
// platform), because Fyne's windows take the focus and need OpenGL.
package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Windows opens the program's windows, one of each kind. All its methods belong to Fyne's
// goroutine.
type Windows struct {
	app   fyne.App
	probe func() error // whether windows can be opened here; asked once, at the first
	fail  func(error)  // told each time that one was wanted where they cannot

	probed bool
	cannot error
	hook   Hook
	room   func() (width, height int)
	known  map[string]*desk
	shown  map[string]bool
}

// NewWindows makes none yet.
func NewWindows(app fyne.App, probe func() error, fail func(error)) *Windows {
	return &Windows{app: app, probe: probe, fail: fail, known: map[string]*desk{}, shown: map[string]bool{}}
}

// HookKeys says how a window's keys are heard before its widgets hear them. Without it keys are
// only what Fyne makes of them.
func (w *Windows) HookKeys(h Hook) { w.hook = h }

// KeepWithin says how large a window with its title and borders may be, in pixels. Without it
// windows are as large as their contents want.
func (w *Windows) KeepWithin(room func() (width, height int)) { w.room = room }

// Possible tells whether windows can be opened here.
func (w *Windows) Possible() error {
	if !w.probed {
		w.probed, w.cannot = true, w.probe()
	}
	return w.cannot
}

// Any tells whether a window is on screen.
func (w *Windows) Any() bool {
	for _, shown := range w.shown {
		if shown {
			return true
		}
	}
	return false
}

// Shown tells whether the window of a kind is on screen.
func (w *Windows) Shown(kind string) bool { return w.shown[kind] }

// Open shows the window of a kind with new contents, and brings it to the front where it is open
// already. It tells whether there is a window. Closed is called when the agent closes it, and may
// be nil.
func (w *Windows) Open(kind, title string, content fyne.CanvasObject, size fyne.Size, closed func()) bool {
	if err := w.Possible(); err != nil {
		w.fail(err)
		return false
	}
	d := w.known[kind]
	first := d == nil
	if first {
		d = &desk{window: w.app.NewWindow(title)}
		d.window.CenterOnScreen()
		w.known[kind] = d
	}
	d.close = func() {
		w.Hide(kind)
		if closed != nil {
			closed()
		}
	}
	d.window.SetTitle(title)
	d.put(content)
	d.window.SetCloseIntercept(d.close)
	d.window.Resize(w.fit(roomFor(size), d.window.Canvas().Scale()))
	w.shown[kind] = true
	d.window.Show()
	if first && w.hook != nil {
		w.hook(d.window, func(k fyne.KeyName, with fyne.KeyModifier) bool {
			return d.press(k, with)
		}, d.mark, d.pointed)
	}
	d.window.RequestFocus()
	d.begin()
	return true
}

// roomFor is a window's size with the agent's size of text: larger, but not as much as the text, as
// screens do not grow with it.
func roomFor(size fyne.Size) fyne.Size {
	wider := min(textSize(), 1.4)
	return fyne.NewSize(size.Width*wider, size.Height*min(wider, 1.1))
}

// decoration is what a window manager adds to a window, at most: borders on both sides, and a
// title.
var decoration = fyne.NewSize(12, 44)

// fit is a size that leaves the window's title on the screen. What does not fit is scrolled.
func (w *Windows) fit(size fyne.Size, scale float32) fyne.Size {
	if w.room == nil || scale <= 0 {
		return size
	}
	width, height := w.room()
	if width <= 0 || height <= 0 {
		return size
	}
	return size.Min(fyne.NewSize(float32(width)/scale, float32(height)/scale).Subtract(decoration))
}

// textSize is how much larger text is than usual.
func textSize() float32 { return theme.TextSize() / theme.DefaultTheme().Size(theme.SizeNameText) }

// Replace changes the contents of a window that is on screen.
func (w *Windows) Replace(kind string, content fyne.CanvasObject) {
	if w.shown[kind] {
		w.known[kind].replace(content)
	}
}

// Hide takes a window off the screen.
func (w *Windows) Hide(kind string) {
	if w.shown[kind] {
		w.shown[kind] = false
		w.known[kind].window.Hide()
	}
}

// Window is the window of a kind, nil as long as it was never open.
func (w *Windows) Window(kind string) fyne.Window {
	if d := w.known[kind]; d != nil {
		return d.window
	}
	return nil
}
