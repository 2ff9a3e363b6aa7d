package native

import (
	"image"
	"image/color"
	"image/draw"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"traybell/desktop/platform"
	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"fyne.io/fyne/v2/within"
)

// screen is a computer with two monitors, the second of double density, and what it shows.
type screen struct {
	platform.Host

	mu       sync.Mutex
	board    string
	frames   []*shown
	monitors []platform.Monitor // nil: as above
}

func (s *screen) Monitors() []platform.Monitor {
	if s.monitors != nil {
		return s.monitors
	}
	return []platform.Monitor{
		{
			Bounds: image.Rect(0, 0, 1000, 800), Work: image.Rect(0, 0, 1000, 760), Scale: 1,
			Primary: true, Pointer: true,
		},
		{Bounds: image.Rect(1000, 0, 3000, 1600), Work: image.Rect(1000, 0, 3000, 1600), Scale: 2},
	}
}

func (s *screen) Open(o frame.Options) (frame.Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &shown{s: s, Options: o}
	s.frames = append(s.frames, f)
	return f, nil
}

func (s *screen) Copy(text string) { s.board = text }

func (s *screen) Selected() string { return "" }

func (s *screen) Pasted() string { return s.board }

func (*screen) Done() <-chan struct{} { return nil }

func (*screen) Close() error { return nil }

// shown is a frame.
type shown struct {
	frame.Options
	s       *screen
	picture *image.NRGBA
	changed []image.Rectangle
	least   image.Point
	cursor  frame.Cursor
	raised  bool
	closed  bool
}

func (f *shown) Show()                       {}
func (f *shown) Raise()                      { f.raised = true }
func (f *shown) SetTitle(title string)       { f.Title = title }
func (f *shown) SetMinSize(size image.Point) { f.least = size }
func (f *shown) SetCursor(c frame.Cursor)    { f.cursor = c }
func (f *shown) SetCaret(image.Rectangle)    {}
func (f *shown) Close()                      { f.closed = true }

func (f *shown) Resize(size image.Point) {
	f.Size = size
	f.Events(frame.Resized(size))
}

func (f *shown) Present(img *image.NRGBA, changed image.Rectangle) {
	f.picture = &image.NRGBA{Pix: slices.Clone(img.Pix), Stride: img.Stride, Rect: img.Rect}
	f.changed = append(f.changed, changed)
}

// user uses the window of a program.
type user struct {
	*testing.T
	screen *screen
	app    fyne.App
	window fyne.Window
}

// sit runs a program with a window until the test ends.
func sit(t *testing.T, build func() fyne.CanvasObject, size fyne.Size) *user {
	t.Helper()
	u := &user{T: t, screen: &screen{}}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		u.app = New(u.screen, u.screen)
		u.app.Lifecycle().SetOnStarted(func() {
			u.window = u.app.NewWindow("it")
			u.window.SetContent(build())
			u.window.Resize(size)
			u.window.Show()
			close(ready)
		})
		u.app.Run()
	}()
	<-ready
	t.Cleanup(func() {
		fyne.Do(u.app.Quit)
		<-ended
	})
	return u
}

func (u *user) frame() *shown { return u.screen.frames[len(u.screen.frames)-1] }

// do passes events to the window and waits until they are handled and painted.
func (u *user) do(events ...frame.Event) {
	u.Helper()
	f := u.frame()
	for _, e := range events {
		f.Events(e)
	}
	u.settled()
}

func (u *user) settled() {
	u.Helper()
	for range 500 {
		stale := true
		fyne.DoAndWait(func() { stale = u.window.(*window).stale() })
		if !stale {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	u.Fatal("it is painted all the time")
}

func key(name fyne.KeyName, with fyne.KeyModifier) frame.Event {
	return frame.Key{Name: name, Pressed: true, With: with}
}

func press(x, y, number int) (frame.Event, frame.Event) {
	b := frame.Button{At: image.Pt(x, y), Number: number, Pressed: true}
	up := b
	up.Pressed = false
	return b, up
}

func TestTyping(t *testing.T) {
	first, second := widget.NewEntry(), widget.NewEntry()
	u := sit(t, func() fyne.CanvasObject { return container.NewVBox(first, second) }, fyne.NewSize(300, 200))
	u.do(frame.Focused(true), key(fyne.KeyTab, 0), frame.Typed("Привет, é你"))
	if first.Text != "Привет, é你" {
		t.Errorf("typed %q", first.Text)
	}
	const ctrl = fyne.KeyModifierControl
	copies := frame.Key{Name: fyne.KeyUnknown, Latin: "C", Pressed: true, With: ctrl} // in a Russian layout
	u.do(key("A", ctrl), copies, key(fyne.KeyTab, 0), key("V", ctrl), frame.Typed("!"))
	if u.screen.board != "Привет, é你" || second.Text != "Привет, é你!" {
		t.Errorf("copied %q, pasted %q", u.screen.board, second.Text)
	}
	u.do(key(fyne.KeyBackspace, 0), frame.Key{Name: "LeftShift", Pressed: true},
		key(fyne.KeyHome, fyne.KeyModifierShift),
		frame.Key{Name: "LeftShift"}, key("X", ctrl))
	if second.Text != "" || u.screen.board == "" {
		t.Errorf("cut %q, left %q", u.screen.board, second.Text)
	}
	u.do(key(fyne.KeyTab, fyne.KeyModifierShift), frame.Typed("1"))
	if first.Text != "1" {
		t.Errorf("Shift+Tab: %q", first.Text)
	}
}

func TestHooksSeeKeysFirst(t *testing.T) {
	entry := widget.NewEntry()
	u := sit(t, func() fyne.CanvasObject { return entry }, fyne.NewSize(300, 100))
	var order []string
	fyne.DoAndWait(func() {
		HookKeys(u.window, KeyHooks{
			Press: func(k fyne.KeyName, _ fyne.KeyModifier) bool {
				order = append(order, string(k))
				return k == fyne.KeyBackspace
			},
			After:   func() { order = append(order, "after "+entry.Text) },
			Pointer: func() { order = append(order, "pointer") },
		})
		u.window.Canvas().Focus(entry)
	})
	u.do(key("A", 0), frame.Typed("a"))
	u.do(key(fyne.KeyBackspace, 0))
	down, up := press(20, 20, 1)
	u.do(down, up)
	want := []string{"A", "after ", "after a", "BackSpace", "after a", "pointer", "pointer"}
	if !slices.Equal(order, want) || entry.Text != "a" {
		t.Errorf("%q, want %q; text %q", order, want, entry.Text)
	}
}

func TestPointer(t *testing.T) {
	var pressed int
	var list []string
	button := widget.NewButton("button", func() { pressed++ })
	slider := widget.NewSlider(0, 100)
	entry := widget.NewEntry()
	for range 40 {
		list = append(list, "line")
	}
	scroll := container.NewVScroll(widget.NewRadioGroup(list, nil))
	u := sit(t, func() fyne.CanvasObject {
		return container.NewBorder(container.NewVBox(button, slider, entry), nil, nil, nil, scroll)
	}, fyne.NewSize(300, 300))
	middle := func(o fyne.CanvasObject) (x, y int) {
		fyne.DoAndWait(func() {
			at := u.app.Driver().AbsolutePositionForObject(o)
			x, y = int(at.X+o.Size().Width/2), int(at.Y+o.Size().Height/2)
		})
		return x, y
	}
	x, y := middle(button)
	down, up := press(x, y, 1)
	u.do(frame.PointerMoved{X: x, Y: y}, down, up, down, frame.PointerMoved{X: 299, Y: 299})
	_, elsewhere := press(299, 299, 1)
	u.do(elsewhere)
	if pressed != 1 {
		t.Errorf("pressed %d times", pressed)
	}
	x, y = middle(slider)
	down, _ = press(x, y, 1)
	_, up = press(x+100, y, 1)
	u.do(frame.PointerMoved{X: x, Y: y}, down)
	for i := range 100 {
		u.do(frame.PointerMoved{X: x + i, Y: y})
	}
	u.do(up)
	if slider.Value < 70 {
		t.Errorf("dragged to %v", slider.Value)
	}
	x, y = middle(scroll)
	u.do(frame.Wheel{At: image.Pt(x, y), DY: -3})
	if scroll.Offset.Y != 3*notch {
		t.Errorf("scrolled to %v", scroll.Offset)
	}
	x, y = middle(entry)
	down, up = press(x, y, 1)
	u.do(frame.PointerMoved{X: x, Y: y})
	if u.frame().cursor != frame.Text {
		t.Errorf("the cursor over a field is %v", u.frame().cursor)
	}
	fyne.DoAndWait(func() { entry.SetText("one two") })
	u.do(down, up, down, up, frame.Typed("x")) // a double click selects a word
	if entry.Text != "one x" && entry.Text != "x two" {
		t.Errorf("after the double click: %q", entry.Text)
	}
	down, up = press(x, y, 2)
	u.do(down, up)
	if u.window.Canvas().Overlays().Top() == nil {
		t.Error("no menu at the right button")
	}
	down, up = press(290, 290, 1)
	u.do(down, up)
	if u.window.Canvas().Overlays().Top() != nil {
		t.Error("a click elsewhere does not close the menu")
	}
}

// What is shown for the first time, or grows, is painted without another event.
func TestChangesArePainted(t *testing.T) {
	label, hidden, clock := widget.NewLabel("short"), widget.NewLabel("hidden at first"), widget.NewLabel("1")
	hidden.Hide()
	u := sit(t, func() fyne.CanvasObject { return container.NewVBox(label, hidden, clock) }, fyne.NewSize(100, 50))
	u.settled()
	pictures := len(u.frame().changed)
	fyne.DoAndWait(hidden.Show)
	u.settled()
	if len(u.frame().changed) == pictures {
		t.Error("the label is not shown")
	}
	before := u.frame().Size
	fyne.DoAndWait(func() { label.SetText("a text that is much longer than the window is wide") })
	u.settled()
	f := u.frame()
	if f.Size.X <= before.X || f.least.X != f.Size.X || f.picture.Rect.Size() != f.Size {
		t.Errorf("before %v, now %v, at least %v, picture %v", before, f.Size, f.least, f.picture.Rect)
	}
	u.do(frame.Resized{X: 900, Y: 700})
	if f.picture.Rect.Size() != image.Pt(900, 700) {
		t.Errorf("resized: %v", f.picture.Rect)
	}
	pictures = len(f.changed)
	fyne.DoAndWait(func() { clock.SetText("2") })
	u.settled()
	if changed := f.changed[pictures:]; len(changed) != 1 || changed[0].Dx() > 20 || changed[0].Dy() > 30 {
		t.Errorf("for one digit it shows %v", changed)
	}
}

// A window keeps its place, not its memory, while it is closed.
func TestHiddenWindow(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject { return widget.NewLabel("text") }, fyne.NewSize(300, 200))
	first := u.frame()
	if want := image.Pt(350, 280); first.At != want {
		t.Errorf("opened at %v, want %v: the middle of the monitor with the pointer", first.At, want)
	}
	u.do(frame.Moved{X: 10, Y: 20})
	fyne.DoAndWait(u.window.Hide)
	w := u.window.(*window)
	if !first.closed || w.picture.img != nil || len(w.canvas.sizes) != 0 {
		t.Errorf("closed: %v, picture: %v, sizes: %d", first.closed, w.picture.img != nil, len(w.canvas.sizes))
	}
	first.Events(frame.Closed{}) // late
	fyne.DoAndWait(u.window.Show)
	second := u.frame()
	if second == first || second.At != image.Pt(10, 20) || second.Size != image.Pt(300, 200) {
		t.Errorf("shown again at %v, %v", second.At, second.Size)
	}
	closed := 0
	fyne.DoAndWait(func() { u.window.SetCloseIntercept(func() { closed++ }) })
	u.do(frame.Closed{})
	if closed != 1 || second.closed {
		t.Errorf("the agent closes it: %d, %v", closed, second.closed)
	}
}

func TestMonitorsOfDifferentDensity(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject { return widget.NewLabel("text") }, fyne.NewSize(300, 200))
	u.do(frame.Moved{X: 1200, Y: 100})
	w := u.window.(*window)
	if w.canvas.Scale() != 2 || w.canvas.Size() != fyne.NewSize(150, 100) {
		t.Errorf("scale %v, size %v", w.canvas.Scale(), w.canvas.Size())
	}
	if size := u.frame().picture.Rect.Size(); size != image.Pt(300, 200) {
		t.Errorf("picture %v", size)
	}
}

// A function that is called when a window was closed may close it.
func TestClosedTwice(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject { return widget.NewLabel("text") }, fyne.NewSize(300, 200))
	closed := 0
	fyne.DoAndWait(func() {
		u.window.SetOnClosed(func() {
			closed++
			u.window.Close()
		})
		u.window.Close()
	})
	if closed != 1 || !u.frame().closed {
		t.Errorf("closed %d times", closed)
	}
}

// A goroutine that waits for a function does not wait after the end.
func TestDoAfterTheEnd(t *testing.T) {
	d := newDriver(&screen{}, &screen{})
	d.Quit()
	d.Run()
	ran := false
	d.DoFromGoroutine(func() { ran = true }, true)
	if ran {
		t.Error("it has run")
	}
}

// A window whose monitor was removed opens on another, and not outside all.
func TestRemovedMonitor(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject { return widget.NewLabel("text") }, fyne.NewSize(300, 200))
	u.do(frame.Moved{X: 1200, Y: 100})
	fyne.DoAndWait(func() {
		u.window.Hide()
		u.screen.monitors = u.screen.Monitors()[:1]
		u.window.Show()
	})
	f := u.frame()
	if all := u.screen.monitors[0].Work; !(image.Rectangle{Min: f.At, Max: f.At.Add(f.Size)}).In(all) {
		t.Errorf("opened at %v, %v", f.At, f.Size)
	}
	if w := u.window.(*window); w.canvas.Scale() != 1 {
		t.Errorf("scale %v", w.canvas.Scale())
	}
}

// A new scale of a monitor reaches its windows, which the system resizes in place.
func TestNewScaleOfMonitor(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject { return widget.NewLabel("text") }, fyne.NewSize(300, 200))
	fyne.DoAndWait(func() {
		u.screen.monitors = slices.Clone(u.screen.Monitors()[:1])
		u.screen.monitors[0].Scale = 2
	})
	u.do(frame.Resized{X: 600, Y: 400})
	w := u.window.(*window)
	if w.canvas.Scale() != 2 || w.canvas.Size() != fyne.NewSize(300, 200) {
		t.Errorf("scale %v, size %v", w.canvas.Scale(), w.canvas.Size())
	}
}

// A new theme is painted at once, and animations that a widget runs do not stop the program.
func TestThemeAndProgress(t *testing.T) {
	u := sit(t, func() fyne.CanvasObject {
		return container.NewVBox(widget.NewLabel("text"), widget.NewProgressBarInfinite())
	}, fyne.NewSize(300, 200))
	u.settled()
	fyne.DoAndWait(func() { u.app.Settings().SetTheme(black{theme.DefaultTheme()}) })
	u.settled()
	var pictures int
	fyne.DoAndWait(func() {
		if got := u.frame().picture.NRGBAAt(1, 199); got != (color.NRGBA{A: 255}) {
			t.Errorf("the background is %v", got)
		}
		pictures = len(u.frame().changed)
	})
	time.Sleep(3 * animationTime)
	fyne.DoAndWait(func() {
		if len(u.frame().changed) == pictures {
			t.Error("the progress bar stands still")
		}
	})
}

type black struct{ fyne.Theme }

func (b black) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameBackground {
		return color.Black
	}
	return b.Theme.Color(name, variant)
}

func TestPicture(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 30, 20))
	var p picture
	if got := p.update(img); got != img.Rect {
		t.Errorf("first: %v", got)
	}
	if got := p.update(img); !got.Empty() {
		t.Errorf("the same: %v", got)
	}
	img.SetRGBA(3, 4, color.RGBA{1, 2, 3, 255})
	img.SetRGBA(20, 10, color.RGBA{1, 2, 3, 255})
	if got := p.update(img); got != image.Rect(3, 4, 21, 11) || p.img.NRGBAAt(20, 10) != (color.NRGBA{1, 2, 3, 255}) {
		t.Errorf("two pixels: %v", got)
	}
	if got := p.update(image.NewRGBA(image.Rect(0, 0, 40, 20))); got != image.Rect(0, 0, 40, 20) {
		t.Errorf("another size: %v", got)
	}
}

// Keys of pictures have all that an object looks like: with another field they must have it, too.
func TestPictureKeysAreComplete(t *testing.T) {
	for _, c := range []struct {
		of     any
		fields int
	}{{canvas.Rectangle{}, 11}, {canvas.Text{}, 7}} {
		if got := reflect.TypeOf(c.of).NumField(); got != c.fields {
			t.Errorf("%T has %d fields, the painter knows %d", c.of, got, c.fields)
		}
	}
}

// A window is painted as Fyne paints its contents, from scratch and after changes.
func TestPaintsAsFyne(t *testing.T) {
	for _, scale := range []float32{1, 1.25, 2} {
		s := &screen{}
		a := New(s, s)
		w := a.NewWindow("it").(*window)
		entry, check := widget.NewEntry(), widget.NewCheck("on", nil)
		entry.SetText("a text")
		button := widget.NewButtonWithIcon("button", theme.ConfirmIcon(), nil)
		button.Importance = widget.HighImportance
		w.canvas.SetScale(scale)
		w.SetContent(container.NewVBox(
			widget.NewLabelWithStyle("Label", fyne.TextAlignTrailing, fyne.TextStyle{Italic: true}), entry, check,
			button, widget.NewSeparator(), widget.NewSlider(0, 10), widget.NewRadioGroup([]string{"a", "b"}, nil)))
		w.Resize(fyne.NewSize(300, 320))
		w.canvas.layout()
		for _, step := range []func(){
			func() {}, func() { check.SetChecked(true) }, func() { entry.SetText("another") },
		} {
			step()
			w.canvas.layout()
			got := w.painter.paint(w.canvas, color.White)
			want := image.NewRGBA(got.Rect)
			draw.Draw(want, want.Rect, image.White, image.Point{}, draw.Src)
			draw.Draw(want, want.Rect, within.Paint(w.canvas), image.Point{}, draw.Over)
			if different := differ(got, want); different > len(got.Pix)/4/500 {
				t.Errorf("scale %v: %d pixels differ", scale, different)
			}
		}
	}
}

// differ counts pixels that differ by more than rounding.
func differ(a, b *image.RGBA) (n int) {
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 3 {
			if d := int(a.Pix[i+c]) - int(b.Pix[i+c]); d < -12 || d > 12 {
				n++
				break
			}
		}
	}
	return n
}

// A field that is scrolled out of a list is not painted above the list.
func TestPaintsOnlyInsideLists(t *testing.T) {
	s := &screen{}
	a := New(s, s)
	w := a.NewWindow("it").(*window)
	top := canvas.NewRectangle(color.White)
	top.SetMinSize(fyne.NewSize(100, 50))
	rows := container.NewVBox()
	for range 20 {
		entry := widget.NewEntry()
		entry.SetText("████████████")
		rows.Add(entry)
	}
	scroll := container.NewVScroll(rows)
	w.SetContent(container.NewBorder(top, nil, nil, nil, scroll))
	w.Resize(fyne.NewSize(300, 300))
	w.canvas.layout()
	for offset := range 40 {
		scroll.ScrollToOffset(fyne.NewPos(0, float32(offset)))
		img := w.painter.paint(w.canvas, color.White)
		for y := 4; y < 50; y++ {
			for x := range 300 {
				if img.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
					t.Fatalf("scrolled by %d it paints on %d, %d", offset, x, y)
				}
			}
		}
	}
}

// A window with a few hundred objects, as Settings has, is painted often enough while it is
// scrolled.
func BenchmarkPaint(b *testing.B) {
	s := &screen{}
	a := New(s, s)
	w := a.NewWindow("it").(*window)
	rows := container.NewVBox()
	for range 40 {
		rows.Add(container.NewGridWithColumns(3, widget.NewLabel("A label"), widget.NewEntry(),
			widget.NewCheck("on", nil)))
	}
	rows.Add(canvas.NewLine(color.Black))
	w.SetContent(container.NewVScroll(rows))
	w.Resize(fyne.NewSize(680, 800))
	w.Show()
	for b.Loop() {
		w.paint()
	}
}
