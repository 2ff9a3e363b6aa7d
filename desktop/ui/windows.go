// Package ui holds the desktop's windows and its tray. It shows state and reports actions through
// callbacks.
//
// Windows belong to Fyne's goroutine. Closing a window hides it; the program ends with Exit in the
// tray. Popups are not windows of this package but painted cards in native windows (package
// platform), as Fyne's windows take the focus.
package ui

import (
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
)

// Windows opens the program's windows, one of each kind. All methods belong to Fyne's goroutine.
type Windows struct {
	app    fyne.App
	cannot func()
	closed func() // the last window was closed

	hook  Hook
	room  func() (width, height int)
	known map[string]*keyboard
	shown map[string]bool
}

// NewWindows creates no window yet. Without an app there are none: cannot is called for each that
// should be opened.
func NewWindows(app fyne.App, cannot func()) *Windows {
	return &Windows{app: app, cannot: cannot, known: map[string]*keyboard{}, shown: map[string]bool{}}
}

// HookKeys sets a hook that sees keys before widgets do. Without it only Fyne handles keys.
func (w *Windows) HookKeys(h Hook) { w.hook = h }

// KeepWithin limits the size of windows with decoration, in pixels. By default their contents
// decide.
func (w *Windows) KeepWithin(room func() (width, height int)) { w.room = room }

// WhenClosed sets a function that is called when the last open window was closed.
func (w *Windows) WhenClosed(f func()) { w.closed = f }

// CanOpen reports whether windows can be opened, and calls cannot if not.
func (w *Windows) CanOpen() bool {
	if w.app == nil {
		w.cannot()
		return false
	}
	return true
}

// Any reports whether a window is open.
func (w *Windows) Any() bool {
	for _, shown := range w.shown {
		if shown {
			return true
		}
	}
	return false
}

// Shown reports whether the window of a kind is open.
func (w *Windows) Shown(kind string) bool { return w.shown[kind] }

// Open shows the window of a kind with new contents, or brings it to the front. It returns false if
// windows cannot be opened. closed is called when the agent closes the window, and may be nil.
func (w *Windows) Open(kind, title string, content fyne.CanvasObject, size fyne.Size, closed func()) bool {
	if !w.CanOpen() {
		return false
	}
	d := w.known[kind]
	first := d == nil
	if first {
		d = &keyboard{window: w.app.NewWindow(title)}
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
	d.setContent(content)
	d.window.SetCloseIntercept(d.close)
	d.window.Resize(w.fit(roomFor(size), d.window.Canvas().Scale()))
	w.shown[kind] = true
	d.window.Show()
	if first && w.hook != nil {
		w.hook(d.window, func(k fyne.KeyName, with fyne.KeyModifier) bool {
			return d.press(k, with)
		}, d.drawRing, d.pointerUsed)
	}
	d.window.RequestFocus()
	d.focusFirst()
	return true
}

// roomFor scales a window's size with the text size, but less than the text, as screens are
// limited.
func roomFor(size fyne.Size) fyne.Size {
	wider := min(control.TextSize(), 1.4)
	return fyne.NewSize(size.Width*wider, size.Height*min(wider, 1.1))
}

// decoration is the most that a window manager adds: borders and a title bar.
var decoration = fyne.NewSize(12, 44)

// fit limits a size so that the title bar stays on the screen. Contents that do not fit are
// scrolled.
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

// Replace changes the title and the contents of an open window. The focus stays at the same
// position.
func (w *Windows) Replace(kind, title string, content fyne.CanvasObject) {
	if w.shown[kind] {
		w.known[kind].window.SetTitle(title)
		w.known[kind].replace(content)
	}
}

// Focus moves the focus in an open window without a key: the ring returns with the next one.
func (w *Windows) Focus(kind string, to fyne.Focusable) {
	if w.shown[kind] {
		w.known[kind].window.Canvas().Focus(to)
		w.known[kind].hideRing()
	}
}

// Hide closes a window.
func (w *Windows) Hide(kind string) {
	if w.shown[kind] {
		w.shown[kind] = false
		w.known[kind].window.Hide()
		if w.closed != nil && !w.Any() {
			w.closed()
		}
	}
}

// Window returns the window of a kind, or nil before it was opened.
func (w *Windows) Window(kind string) fyne.Window {
	if d := w.known[kind]; d != nil {
		return d.window
	}
	return nil
}
