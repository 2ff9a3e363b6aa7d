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
	test.NewApp() // the driver that measures text without a window
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

// desk is a desktop in memory: it keeps what a real one would show.
type desk struct {
	mu       sync.Mutex
	monitors []platform.Monitor
	windows  []*window
	broken   bool
	changes  chan struct{}
}

func newDesk(work image.Rectangle) *desk {
	return &desk{
		monitors: []platform.Monitor{{Name: "one", Bounds: work, Work: work, Scale: 1, Primary: true}},
		changes:  make(chan struct{}, 1),
	}
}

func (d *desk) Monitors() []platform.Monitor {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.monitors)
}
func (d *desk) CanFade() bool            { return true }
func (d *desk) Close() error             { return nil }
func (d *desk) Changes() <-chan struct{} { return d.changes }

func (d *desk) NewSurface() (platform.Surface, error) {
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
func (d *desk) plug(m ...platform.Monitor) {
	d.mu.Lock()
	d.monitors = m
	d.mu.Unlock()
	d.changes <- struct{}{}
}

// up returns the windows on the screen as they are now, lowest first.
func (d *desk) up() []state {
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

// made is how many windows there are, shown or not.
func (d *desk) made() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.windows)
}

func (d *desk) String() string {
	var b strings.Builder
	for _, w := range d.up() {
		fmt.Fprintf(&b, "%v %.1f; ", w.bounds(), w.alpha)
	}
	return b.String()
}

// window is one surface of a desk.
type window struct {
	d *desk
	state
}

// state is what a window shows.
type state struct {
	events  chan platform.Input
	img     *image.NRGBA
	at      image.Point
	alpha   float32
	visible bool
	closed  bool
	shows   int
	paints  int
	keys    bool // it has the keyboard
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
func (w *window) LeaveKeys()                    { w.with(func() { w.keys = false }) }
func (w *window) Close() error                  { w.with(func() { w.closed = true }); return nil }

// TakeKeys takes the keyboard from whichever window had it.
func (w *window) TakeKeys() error {
	w.with(func() {
		for _, other := range w.d.windows {
			other.keys = other == w
		}
	})
	return nil
}
