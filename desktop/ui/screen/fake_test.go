package screen_test

import (
	"errors"
	"fmt"
	"image"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"traybell/assets/translations"
	"traybell/desktop/platform"
	"traybell/desktop/ui/card"

	"fyne.io/fyne/v2/test"
)

func TestMain(m *testing.M) {
	test.NewApp() // a driver that measures text without a window
	os.Exit(m.Run())
}

func look(t testing.TB, language string) card.Look {
	t.Helper()
	texts, err := translations.Load(language)
	if err != nil {
		t.Fatal(err)
	}
	return card.Look{Texts: texts, Tickets: true}
}

// desktop is a fake desktop.
type desktop struct {
	mu       sync.Mutex
	monitors []platform.Monitor
	windows  []*window
	broken   bool
	changes  chan struct{}
}

func newDesktop(work image.Rectangle) *desktop {
	return &desktop{
		monitors: []platform.Monitor{{Name: "one", Bounds: work, Work: work, Scale: 1, Primary: true}},
		changes:  make(chan struct{}, 1),
	}
}

func (d *desktop) Monitors() []platform.Monitor {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.monitors)
}
func (d *desktop) CanFade() bool            { return true }
func (d *desktop) Close() error             { return nil }
func (d *desktop) Changes() <-chan struct{} { return d.changes }

func (d *desktop) NewSurface() (platform.Surface, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return nil, errors.New("out of windows")
	}
	w := &window{d, state{events: make(chan platform.Input, 16), alpha: 1}}
	d.windows = append(d.windows, w)
	return w, nil
}

// plug changes the monitors.
func (d *desktop) plug(m ...platform.Monitor) {
	d.mu.Lock()
	d.monitors = m
	d.mu.Unlock()
	d.changes <- struct{}{}
}

// up returns the visible windows, lowest first.
func (d *desktop) up() []state {
	d.mu.Lock()
	defer d.mu.Unlock()
	var up []state
	for _, w := range d.windows {
		if w.visible {
			up = append(up, w.state)
		}
	}
	slices.SortFunc(up, func(a, b state) int { return b.at.Y - a.at.Y })
	return up
}

// made returns the number of windows.
func (d *desktop) made() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.windows)
}

func (d *desktop) String() string {
	var b strings.Builder
	for _, w := range d.up() {
		fmt.Fprintf(&b, "%v %.1f; ", w.bounds(), w.alpha)
	}
	return b.String()
}

// window is a surface of a desktop.
type window struct {
	d *desktop
	state
}

// state is the state of a window.
type state struct {
	events  chan platform.Input
	img     *image.NRGBA
	at      image.Point
	alpha   float32
	visible bool
	closed  bool
	shows   int
	paints  int
	keys    bool // has the keyboard
}

func (w state) bounds() image.Rectangle { return w.img.Bounds().Add(w.at) }

func (w *window) with(f func()) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	f()
}

func (w *window) Present(img *image.NRGBA, at image.Point) {
	w.with(func() { w.img, w.at = img, at; w.paints++ })
}
func (w *window) Move(x, y int)                 { w.with(func() { w.at = image.Pt(x, y) }) }
func (w *window) SetAlpha(a float32)            { w.with(func() { w.alpha = a }) }
func (w *window) Show()                         { w.with(func() { w.visible = true; w.shows++ }) }
func (w *window) Hide()                         { w.with(func() { w.visible = false }) }
func (w *window) Events() <-chan platform.Input { return w.events }
func (w *window) ReleaseKeyboard()              { w.with(func() { w.keys = false }) }
func (w *window) Close() error                  { w.with(func() { w.closed = true }); return nil }

// GrabKeyboard takes the keyboard from the other windows.
func (w *window) GrabKeyboard() error {
	w.with(func() {
		for _, other := range w.d.windows {
			other.keys = other == w
		}
	})
	return nil
}
