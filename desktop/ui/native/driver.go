package native

import (
	"slices"
	"sync"
	"time"

	"traybell/desktop/platform"
	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/within"
)

const (
	// frameTime is the least time between two pictures of a window.
	frameTime = time.Second / 60
	// animationTime is the time between two steps of an animation that a widget runs regardless.
	animationTime = time.Second / 10
	doubleTap     = 300 * time.Millisecond
	// aliveTime is less than Fyne's caches keep what is not used.
	aliveTime = 20 * time.Second
)

// driver runs Fyne's goroutine.
type driver struct {
	host   platform.Host
	system frame.System

	mu    sync.Mutex
	queue []func()
	more  chan struct{}

	stopped chan struct{} // closed when Run has ended

	// The fields below belong to the goroutine of Run.
	windows   []*window
	animating map[*fyne.Animation]struct{}
	animation within.Animations
	modifiers fyne.KeyModifier
	ended     bool
}

func newDriver(host platform.Host, system frame.System) *driver {
	return &driver{
		host: host, system: system, more: make(chan struct{}, 1), stopped: make(chan struct{}),
		animating: map[*fyne.Animation]struct{}{},
	}
}

// DoFromGoroutine queues a function from any goroutine. Nothing runs after the end.
func (d *driver) DoFromGoroutine(f func(), wait bool) {
	if wait {
		done := make(chan struct{})
		d.post(func() { defer close(done); f() })
		select {
		case <-done:
		case <-d.stopped:
		}
		return
	}
	d.post(f)
}

func (d *driver) post(f func()) {
	d.mu.Lock()
	d.queue = append(d.queue, f)
	d.mu.Unlock()
	select {
	case d.more <- struct{}{}:
	default:
	}
}

// Run runs what was queued, then paints what has changed.
func (d *driver) Run() {
	defer close(d.stopped)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var painted, animated, alive time.Time
	for {
		d.mu.Lock()
		todo := d.queue
		d.queue = nil
		d.mu.Unlock()
		for _, f := range todo {
			f()
		}
		if d.ended {
			return
		}
		if len(todo) > 0 {
			d.notice()
		}
		now := time.Now()
		if len(d.animating) > 0 && now.Sub(animated) >= animationTime {
			animated = now
			d.animation.TickAnimations()
		}
		wait := time.Hour
		if len(d.animating) > 0 {
			wait = animationTime - now.Sub(animated)
		}
		if slices.ContainsFunc(d.windows, (*window).shown) {
			if now.Sub(alive) >= aliveTime {
				d.keepAlive()
				alive = now
			}
			wait = min(wait, aliveTime)
		}
		if slices.ContainsFunc(d.windows, (*window).stale) {
			if due := frameTime - now.Sub(painted); due > 0 {
				wait = min(wait, due)
			} else {
				d.paint()
				painted = time.Now()
				continue
			}
		}
		timer.Reset(wait)
		select {
		case <-d.more:
		case <-timer.C:
		}
	}
}

// notice looks for changes in the windows that are shown.
func (d *driver) notice() {
	for _, w := range d.windows {
		if w.shown() && !w.stale() {
			w.canvas.notice()
		}
	}
}

func (d *driver) paint() {
	for _, w := range d.windows {
		if w.stale() {
			w.paint()
		}
	}
}

// keepAlive keeps Fyne's caches for what windows show: cards empty them when they are painted.
func (d *driver) keepAlive() {
	for _, w := range d.windows {
		w.keepAlive()
	}
}

// Quit ends Run.
func (d *driver) Quit() {
	for _, w := range slices.Clone(d.windows) {
		w.Close()
	}
	d.ended = true
}

func (d *driver) CreateWindow(title string) fyne.Window {
	w := newWindow(d, title)
	d.windows = append(d.windows, w)
	return w
}

func (d *driver) AllWindows() []fyne.Window {
	all := make([]fyne.Window, len(d.windows))
	for i, w := range d.windows {
		all[i] = w
	}
	return all
}

func (d *driver) RenderedTextSize(text string, size float32, style fyne.TextStyle, source fyne.Resource) (
	fyne.Size, float32,
) {
	return within.TextSize(text, size, style, source)
}

func (d *driver) CanvasForObject(o fyne.CanvasObject) fyne.Canvas { return within.Canvas(o) }

func (d *driver) AbsolutePositionForObject(o fyne.CanvasObject) fyne.Position {
	c, ok := within.Canvas(o).(*view)
	if !ok {
		return fyne.Position{}
	}
	return within.Position(o, c.trees())
}

func (d *driver) Device() fyne.Device { return device{} }

func (d *driver) StartAnimation(a *fyne.Animation) {
	d.animation.Start(a)
	d.animating[a] = struct{}{}
}

func (d *driver) StopAnimation(a *fyne.Animation) {
	d.animation.Stop(a)
	delete(d.animating, a)
}

func (d *driver) DoubleTapDelay() time.Duration { return doubleTap }

func (d *driver) SetDisableScreenBlanking(bool) {}

// CreateSplashWindow, with the methods below, implements desktop.Driver, from which entries learn
// whether Shift is pressed.
func (d *driver) CreateSplashWindow() fyne.Window { return d.CreateWindow("") }

func (d *driver) CurrentKeyModifiers() fyne.KeyModifier { return d.modifiers }

func (d *driver) HasSecondaryDisplay() bool { return len(d.host.Monitors()) > 1 }

// device describes the computer.
type device struct{}

func (device) Orientation() fyne.DeviceOrientation { return fyne.OrientationHorizontalLeft }

func (device) IsMobile() bool { return false }

func (device) IsBrowser() bool { return false }

func (device) HasKeyboard() bool { return true }

func (device) SystemScaleForWindow(w fyne.Window) float32 { return w.Canvas().Scale() }

func (device) Locale() fyne.Locale { return lang.SystemLocale() }
