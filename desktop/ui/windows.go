// Package ui holds the desktop's windows and its tray. It shows state and reports actions through
// callbacks.
//
// Windows belong to Fyne's goroutine. Closing a window hides it; the program ends with Exit in the
// tray. Popups are not windows of this package but painted cards in native windows (package
// platform), as Fyne's windows take the focus and need OpenGL.
package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Windows opens the program's windows, one of each kind. All methods belong to Fyne's goroutine.
type Windows struct {
	app   fyne.App
	probe func() error // reports why windows cannot be opened; called once
	fail  func(error)  // called for each window that cannot be opened

	probed bool
	cannot error
	hook   Hook
	room   func() (width, height int)
	known  map[string]*keyboard
	shown  map[string]bool
}

// NewWindows creates no window yet.
func NewWindows(app fyne.App, probe func() error, fail func(error)) *Windows {
	return &Windows{app: app, probe: probe, fail: fail, known: map[string]*keyboard{}, shown: map[string]bool{}}
}

// HookKeys sets a hook that sees keys before widgets do. Without it only Fyne handles keys.
func (w *Windows) HookKeys(h Hook) { w.hook = h }

// KeepWithin limits the size of windows with decoration, in pixels. By default their contents
// decide.
func (w *Windows) KeepWithin(room func() (width, height int)) { w.room = room }

// Possible returns an error if windows cannot be opened.
func (w *Windows) Possible() error {
	if !w.probed {
		w.probed, w.cannot = true, w.probe()
	}
	return w.cannot
}

// CanOpen reports whether windows can be opened, and calls fail if not.
func (w *Windows) CanOpen() bool {
	if err := w.Possible(); err != nil {
		w.fail(err)
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
	wider := min(textSize(), 1.4)
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

// textSize is the text scale.
func textSize() float32 { return theme.TextSize() / theme.DefaultTheme().Size(theme.SizeNameText) }

// Replace changes the contents of an open window.
func (w *Windows) Replace(kind string, content fyne.CanvasObject) {
	if w.shown[kind] {
		w.known[kind].replace(content)
	}
}

// Hide closes a window.
func (w *Windows) Hide(kind string) {
	if w.shown[kind] {
		w.shown[kind] = false
		w.known[kind].window.Hide()
	}
}

// Window returns the window of a kind, or nil before it was opened.
func (w *Windows) Window(kind string) fyne.Window {
	if d := w.known[kind]; d != nil {
		return d.window
	}
	return nil
}
