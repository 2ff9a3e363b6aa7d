package native

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"sync"

	"traybell/desktop/platform"
	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/within"
	"golang.org/x/image/draw"
)

// KeyHooks are hooks into a window's keyboard. Fyne passes keys to the focused widget only, so a
// window gets Escape and Enter only without a focus. Hooks are called on Fyne's goroutine.
type KeyHooks struct {
	// before Fyne, which does not get the key if it is taken
	Press func(key fyne.KeyName, with fyne.KeyModifier) (taken bool)
	// after a key, and again when its changes are laid out
	After func()
	// a mouse button or the wheel was used
	Pointer func()
}

// HookKeys hooks into a window of this driver.
func HookKeys(of fyne.Window, h KeyHooks) {
	if w, ok := of.(*window); ok {
		w.keyboard.hooks = h
	}
}

// window is a Fyne window. It has a frame while it is shown.
type window struct {
	properties
	driver   *driver
	canvas   *view
	pointer  pointer
	keyboard keyboard
	title    string
	centred  bool

	frame   frame.Frame // nil while hidden
	size    image.Point // of the frame's picture
	at      image.Point // where it was last
	placed  bool        // at is known
	painter painter
	picture picture
	focused bool

	mu     sync.Mutex
	events []frame.Event // not handled yet
}

func newWindow(d *driver, title string) *window {
	w := &window{driver: d, title: title, canvas: newView()}
	w.pointer.window, w.keyboard.window = w, w
	m, _ := w.monitor()
	w.canvas.SetScale(m.Scale)
	return w
}

// monitor is the one that shows the window, or else that it will open on.
func (w *window) monitor() (m platform.Monitor, shows bool) {
	all := w.driver.host.Monitors()
	if len(all) == 0 {
		return platform.Monitor{Scale: 1}, w.placed
	}
	on := func(is func(platform.Monitor) bool) (platform.Monitor, bool) {
		i := slices.IndexFunc(all, is)
		return all[max(i, 0)], i >= 0
	}
	if w.placed {
		middle := w.at.Add(w.size.Div(2))
		if m, ok := on(func(m platform.Monitor) bool { return middle.In(m.Bounds) }); ok {
			return m, true
		}
	}
	if m, ok := on(func(m platform.Monitor) bool { return m.Pointer }); ok {
		return m, false
	}
	m, _ = on(func(m platform.Monitor) bool { return m.Primary })
	return m, false
}

// adjust takes over the scale of the monitor.
func (w *window) adjust() {
	m, _ := w.monitor()
	w.rescale(m.Scale)
}

func (w *window) Title() string { return w.title }

func (w *window) SetTitle(title string) {
	w.title = title
	if w.frame != nil {
		w.frame.SetTitle(title)
	}
}

func (w *window) Resize(size fyne.Size) {
	w.canvas.Resize(size.Max(w.canvas.minSize()))
	w.fitFrame()
}

// fitFrame gives the frame the size of the canvas.
func (w *window) fitFrame() {
	size := image.Pt(w.canvas.pixels(w.canvas.Size().Width), w.canvas.pixels(w.canvas.Size().Height))
	if size == w.size {
		return
	}
	w.size = size
	if w.frame != nil {
		w.frame.Resize(size)
	}
}

func (w *window) RequestFocus() {
	if w.frame != nil {
		w.frame.Raise()
	}
}

func (w *window) CenterOnScreen() { w.centred, w.placed = true, false }

func (w *window) Padded() bool { return w.canvas.Padded() }

func (w *window) SetPadded(padded bool) { w.canvas.SetPadded(padded) }

// Show opens the frame, painted already.
func (w *window) Show() {
	if w.frame != nil {
		return
	}
	on, shows := w.monitor()
	w.rescale(on.Scale)
	w.canvas.layout()
	w.canvas.Resize(w.canvas.Size().Max(w.canvas.minSize()))
	w.fitFrame()
	if !shows { // never placed, or its monitor was removed
		w.at = on.Work.Min.Add(on.Work.Size().Sub(w.size).Div(2))
		w.placed = true
	}
	f, err := w.driver.system.Open(frame.Options{
		Title: w.title, Icon: w.decodeIcon(), Size: w.size, At: w.at,
		Background: theme.Color(theme.ColorNameBackground), Events: w.receive(),
	})
	if err != nil {
		fyne.LogError("cannot open a window", err)
		return
	}
	w.frame = f
	w.paint()
	f.Show()
}

func (w *window) decodeIcon() image.Image {
	icon := w.icon
	if icon == nil {
		icon = fyne.CurrentApp().Icon()
	}
	if icon == nil {
		return nil
	}
	img, err := png.Decode(bytes.NewReader(icon.Content()))
	if err != nil {
		return nil
	}
	small := image.NewNRGBA(image.Rect(0, 0, iconSize, iconSize))
	draw.CatmullRom.Scale(small, small.Rect, img, img.Bounds(), draw.Src, nil)
	return small
}

// iconSize is enough for title bars and taskbars. X takes no large pictures.
const iconSize = 64

// Hide closes the frame and frees what was needed to show the contents.
func (w *window) Hide() {
	if w.frame == nil {
		return
	}
	w.frame.Close()
	w.frame, w.painter, w.picture, w.focused = nil, painter{}, picture{}, false
	w.pointer = pointer{window: w}
	w.mu.Lock()
	w.events = nil
	w.mu.Unlock()
	within.Forget(w.canvas)
	clear(w.canvas.sizes)
	clear(w.canvas.spare)
}

func (w *window) Close() {
	if f := w.onClosed; f != nil {
		w.onClosed = nil // it may close the window
		f()
	}
	w.Hide()
	w.driver.windows = slices.DeleteFunc(w.driver.windows, func(o *window) bool { return o == w })
}

func (w *window) ShowAndRun() {
	w.Show()
	w.driver.Run()
}

func (w *window) Content() fyne.CanvasObject { return w.canvas.Content() }

// SetContent shows other contents. They may enlarge the window, as they are laid out.
func (w *window) SetContent(content fyne.CanvasObject) { w.canvas.SetContent(content) }

func (w *window) Canvas() fyne.Canvas { return w.canvas }

func (w *window) Clipboard() fyne.Clipboard { return fyne.CurrentApp().Clipboard() }

func (w *window) shown() bool { return w.frame != nil }

// stale reports whether the window shows an old picture.
func (w *window) stale() bool { return w.frame != nil && w.canvas.dirty }

// keepAlive keeps Fyne's caches for what the window shows.
func (w *window) keepAlive() {
	if !w.shown() {
		return
	}
	for _, tree := range w.canvas.trees() {
		within.Walk(tree, func(o, _ fyne.CanvasObject) { within.Canvas(o) })
	}
}

// settle is how often contents may change while they are laid out.
const settle = 4

func (w *window) paint() {
	for range settle {
		w.canvas.dirty = false
		w.canvas.layout()
		if !w.canvas.dirty {
			w.keyboard.laidOut()
		}
		if !w.canvas.dirty {
			break
		}
	}
	least := w.canvas.minSize()
	w.frame.SetMinSize(image.Pt(w.canvas.pixels(least.Width), w.canvas.pixels(least.Height)))
	w.fitFrame()
	changed := w.picture.update(w.painter.paint(w.canvas, theme.Color(theme.ColorNameBackground)))
	if !changed.Empty() {
		w.frame.Present(w.picture.img, changed)
	}
	within.Clean()
}

// rescale changes the scale of the contents, with the same size in pixels if the window is shown.
func (w *window) rescale(scale float32) {
	if scale <= 0 || scale == w.canvas.Scale() {
		return
	}
	w.canvas.SetScale(scale)
	if w.frame != nil {
		w.canvas.Resize(w.units(w.size))
	}
	w.canvas.dirty = true
}

func (w *window) units(p image.Point) fyne.Size {
	return fyne.NewSize(float32(p.X)/w.canvas.Scale(), float32(p.Y)/w.canvas.Scale())
}

// receive returns the function for the events of the next frame. Of several positions or sizes in a
// row only the last is handled.
func (w *window) receive() func(frame.Event) {
	return func(e frame.Event) {
		w.mu.Lock()
		last := len(w.events) - 1
		if last >= 0 && supersedes(e, w.events[last]) {
			w.events[last] = e
		} else {
			w.events = append(w.events, e)
		}
		w.mu.Unlock()
		if last < 0 {
			w.driver.post(w.handleAll)
		}
	}
}

func supersedes(e, before frame.Event) bool {
	switch e.(type) {
	case frame.PointerMoved:
		_, same := before.(frame.PointerMoved)
		return same
	case frame.Resized:
		_, same := before.(frame.Resized)
		return same
	case frame.Moved:
		_, same := before.(frame.Moved)
		return same
	}
	return false
}

func (w *window) handleAll() {
	w.mu.Lock()
	events := w.events
	w.events = nil
	w.mu.Unlock()
	for _, e := range events {
		if w.frame == nil { // an event has closed it
			return
		}
		w.handle(e)
	}
}

func (w *window) handle(e frame.Event) {
	switch e := e.(type) {
	case frame.Closed:
		if w.intercept != nil {
			w.intercept()
		} else {
			w.Close()
		}
	case frame.Resized:
		if size := image.Point(e); size != w.size {
			w.size = size
			w.canvas.Resize(w.units(size))
			w.adjust() // the system resizes windows when the scale is changed
		}
	case frame.Moved:
		w.at = image.Point(e)
		w.adjust()
	case frame.Focused:
		w.focus(bool(e))
	case frame.PointerMoved:
		w.pointer.move(image.Point(e))
	case frame.PointerLeft:
		w.pointer.leave()
	case frame.Button:
		w.keyboard.pointed()
		w.pointer.button(e)
	case frame.Wheel:
		w.keyboard.pointed()
		w.pointer.wheel(e)
	case frame.Key:
		w.keyboard.key(e)
	case frame.Typed:
		w.keyboard.typed(string(e))
	}
}

// focus passes a change of the focus between windows to the focused object.
func (w *window) focus(gained bool) {
	w.driver.modifiers = 0
	if gained == w.focused {
		return
	}
	w.focused = gained
	on := w.canvas.Focused()
	switch {
	case on == nil:
	case gained:
		on.FocusGained()
	default:
		on.FocusLost()
	}
}
