package screen_test

import (
	"fmt"
	"image"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/popup"
	"traybell/desktop/settings"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

var work = image.Rect(0, 0, 1920, 1080)

// ringing is the card of a ringing call.
func ringing(n int) model.Card {
	id := fmt.Sprint("main:", n)
	return model.Card{
		ID: id, Kind: model.Incoming, Mine: protocol.Ringing, Sticky: true, Since: time.Now(),
		Call: protocol.Call{
			ID: id, Direction: protocol.Incoming, State: protocol.Ringing, Number: "79123456700",
			Display: "+7 912 345-67-00",
			Line:    protocol.Line{Name: "Support", Comment: "Answer: “Acme support, good morning”"},
			Caller: protocol.Caller{
				Status:    protocol.Known,
				Customers: []protocol.Customer{{Login: "ivan", Name: "Ivan Petrov", Company: "Romashka"}},
			},
			Links: protocol.Links{CID: "https://cid", Map: "https://map", Ticket: "https://ticket"},
		},
	}
}

func warning(n int) model.Card {
	return model.Card{
		ID: fmt.Sprint("warning:", n), Kind: model.Warn, Title: model.TitleMessage, From: "Boris", Text: "Lunch?",
		Since: time.Now(),
	}
}

// recorder records the presenter's events.
type recorder struct {
	mu  sync.Mutex
	log []string
}

func (t *recorder) add(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.log = append(t.log, s)
}

// take returns the events since the last call.
func (t *recorder) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	log := t.log
	t.log = nil
	return log
}

func (t *recorder) events() screen.Events {
	note := func(what string) func(string) { return func(arg string) { t.add(what + " " + arg) } }
	return screen.Events{
		OK:   func(call, customer string) { t.add("ok " + call + " " + customer) },
		Open: note("open"), Copy: note("copy"), Close: note("close"), Acknowledge: note("acknowledge"),
		Shown: func(s protocol.ShownCall) {
			t.add(strings.Join(strings.Fields("shown "+s.Call+" "+string(s.As)+" "+s.Monitor), " "))
		},
		Gone: note("gone"),
	}
}

func (t *recorder) expect(test *testing.T, want ...string) {
	test.Helper()
	if got := t.take(); !slices.Equal(got, want) {
		test.Errorf("events %q, want %q", got, want)
	}
}

// run runs a test in a synctest bubble with a presenter on a fake desktop.
func run(t *testing.T, story func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder)) {
	synctest.Test(t, func(t *testing.T) {
		d, rec := newDesktop(work), &recorder{}
		p := screen.New(d, screen.Options{Look: look(t, "en"), Do: func(f func()) { f() }, Events: rec.events()})
		story(t, d, p, rec)
		p.Close()
		for _, w := range d.windows {
			if !w.closed || w.visible {
				t.Error("a window is not closed")
			}
		}
	})
}

func wait(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

func TestPopupOfACall(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		wait(200 * time.Millisecond)
		if up := d.up(); len(up) != 1 || up[0].alpha < 0.4 || up[0].alpha > 0.6 {
			t.Fatalf("half faded in: %s", d)
		}
		rec.expect(t, "shown main:1")
		wait(time.Minute)
		up := d.up()
		if len(up) != 1 || up[0].alpha != 1 || up[0].bounds().Max != image.Pt(1908, 1068) {
			t.Fatalf("after ringing for a minute: %s", d)
		}
		paints := up[0].paints
		p.SetCards([]model.Card{c})
		wait(time.Minute)
		if now := d.up()[0].paints; now != paints {
			t.Errorf("painted %d times without a change", now-paints)
		}
		// The answered call keeps its window and is never hidden.
		c.Kind, c.Mine, c.Sticky, c.Since = model.Answer, protocol.Answered, false, time.Now()
		p.SetCards([]model.Card{c})
		wait(time.Hour)
		if up = d.up(); len(up) != 1 || up[0].shows != 1 || d.made() != 1 {
			t.Errorf("the answered call flickered: %s in %d windows", d, d.made())
		}
		rec.expect(t, "shown main:1")
		c.Done = true
		p.SetCards([]model.Card{c})
		wait(popup.Linger + time.Second)
		if len(d.up()) != 0 {
			t.Errorf("after the end: %s", d)
		}
		rec.expect(t, "gone main:1")
		p.SetCards([]model.Card{c})
		wait(time.Minute)
		rec.expect(t)
	})
}

func TestPressingOK(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		wait(time.Second)
		w := d.up()[0]
		x, y := w.img.Bounds().Dx()-60, w.img.Bounds().Dy()-36
		for _, k := range []platform.InputKind{platform.PointerMoved, platform.Pressed, platform.Released} {
			w.events <- platform.Input{Kind: k, X: x, Y: y}
		}
		wait(0)
		rec.expect(t, "shown main:1", "ok main:1 ivan")
		c.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "17"}}
		height := w.img.Bounds().Dy()
		p.SetCards([]model.Card{c})
		wait(time.Second)
		if w = d.up()[0]; w.img.Bounds().Dy() <= height || w.bounds().Max != image.Pt(1908, 1068) {
			t.Errorf("the card with the ticket: %s", d)
		}
	})
}

func TestClosing(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		w := d.up()[0]
		w.events <- platform.Input{Kind: platform.PointerMoved, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Pressed, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		wait(time.Second)
		if len(d.up()) != 0 {
			t.Errorf("closed: %s", d)
		}
		rec.expect(t, "shown main:1", "close main:1", "gone main:1")
	})
}

func TestPressMustStartOnTheCard(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		w := d.up()[0]
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Pressed, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.PointerLeft}
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		wait(time.Second)
		if len(d.up()) != 1 {
			t.Error("closed without a press")
		}
	})
}

func TestHoverKeepsWarning(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		p.SetCards([]model.Card{warning(1)})
		wait(8 * time.Second)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: 50, Y: 50}
		wait(time.Hour)
		if len(d.up()) != 1 {
			t.Fatal("closed under the pointer")
		}
		d.up()[0].events <- platform.Input{Kind: platform.PointerLeft}
		wait(5 * time.Second)
		if len(d.up()) != 0 {
			t.Fatalf("still there: %s", d)
		}
		rec.expect(t, "gone warning:1")
	})
}

// A pointer that was there before the card does not hover it: the card must not stay forever.
func TestUnmovedPointerDoesNotHover(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		p.SetCards([]model.Card{warning(1)})
		wait(0)
		lies := platform.Input{Kind: platform.PointerMoved, X: 50, Y: 50}
		d.up()[0].events <- lies
		wait(time.Second)
		d.up()[0].events <- lies
		wait(10 * time.Second)
		if len(d.up()) != 0 {
			t.Fatalf("kept by an unmoved pointer: %s", d)
		}
		p.SetCards([]model.Card{warning(2)})
		wait(0)
		d.up()[0].events <- lies
		wait(time.Second)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: 51, Y: 50}
		d.up()[0].events <- lies
		wait(time.Hour)
		if len(d.up()) != 1 {
			t.Error("closed under a pointer that has moved")
		}
	})
}

func TestStackOfMany(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		var cards []model.Card
		for i := range 8 {
			cards = append(cards, warning(i))
		}
		p.SetCards(cards)
		wait(time.Second)
		up := d.up()
		if len(up) != 6 {
			t.Fatalf("%d windows, want five cards and the count: %s", len(up), d)
		}
		for i, w := range up {
			if !w.bounds().In(work) {
				t.Errorf("%v is outside", w.bounds())
			}
			if i > 0 && (up[i-1].bounds().Overlaps(w.bounds()) || up[i-1].at.Y-w.bounds().Max.Y != 8) {
				t.Errorf("%v after %v", w.bounds(), up[i-1].bounds())
			}
		}
		wait(time.Minute)
		if len(d.up()) != 0 {
			t.Errorf("still visible: %s", d)
		}
		if got := rec.take(); len(got) != 8 {
			t.Errorf("events %q", got)
		}
	})
}

func TestSmallScreenCountsHiddenCards(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		small := image.Rect(0, 0, 800, 600)
		d.plug(platform.Monitor{Name: "one", Bounds: small, Work: small, Scale: 1})
		var cards []model.Card
		for i := range 4 {
			cards = append(cards, ringing(i))
		}
		p.SetCards(cards)
		wait(time.Second)
		heights := func() (all []int) {
			for _, w := range d.up() {
				all = append(all, w.img.Bounds().Dy())
				if !w.bounds().In(small) {
					t.Errorf("%v is outside", w.bounds())
				}
			}
			return all
		}
		up := heights()
		if len(up) != 4 || up[0] <= card.FoldedHeight || up[3] != card.FoldedHeight {
			t.Fatalf("want four cards, the oldest folded: %d", up)
		}
		tall := up[0]
		w := d.up()[3]
		p.SetCards(cards) // the stack has settled
		wait(time.Second)
		for _, k := range []platform.InputKind{platform.PointerMoved, platform.Pressed, platform.Released} {
			w.events <- platform.Input{Kind: k, X: 100, Y: 20}
		}
		wait(time.Second)
		if up = heights(); len(up) != 4 || up[3] != tall {
			t.Errorf("after a press on the folded card: %d", up)
		}
		tiny := image.Rect(0, 0, 800, 330)
		d.plug(platform.Monitor{Name: "one", Bounds: tiny, Work: tiny, Scale: 1})
		small = tiny
		wait(time.Second)
		if up = heights(); len(up) < 2 || up[len(up)-1] != card.MoreHeight {
			t.Errorf("want the count of hidden cards: %d", up)
		}
	})
}

// With several monitors the report of a popup says where it is, and whether the pointer is elsewhere.
func TestReportNamesTheMonitor(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		left, right := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 3840, 1080)
		a := platform.Monitor{Name: "left", Bounds: left, Work: left, Scale: 1, Primary: true}
		b := platform.Monitor{Name: "right", Bounds: right, Work: right, Scale: 1, Pointer: true}
		d.plug(a, b)
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		p.SetPlace("", "left") // chosen in the settings
		p.SetCards([]model.Card{ringing(2)})
		wait(time.Second)
		rec.expect(t, "shown main:1 right", "shown main:2 other_monitor left")
	})
}

func TestMonitorVanishes(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		left, right := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 4480, 1440)
		a := platform.Monitor{Name: "left", Bounds: left, Work: left, Scale: 1, Primary: true}
		b := platform.Monitor{Name: "right", Bounds: right, Work: right, Scale: 2, Pointer: true}
		d.plug(a, b)
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		if w := d.up()[0]; !w.bounds().In(right) || w.img.Bounds().Dx() != 784 {
			t.Fatalf("on the pointer's monitor, twice as large: %s", d)
		}
		// The stack stays when the pointer moves to another monitor.
		a.Pointer, b.Pointer = true, false
		d.plug(a, b)
		wait(time.Second)
		if !d.up()[0].bounds().In(right) {
			t.Errorf("the stack jumped: %s", d)
		}
		d.plug(a)
		wait(time.Second)
		if w := d.up()[0]; !w.bounds().In(left) || w.img.Bounds().Dx() != 392 {
			t.Errorf("after the monitor was unplugged: %s", d)
		}
		d.plug()
		wait(time.Minute)
		d.plug(b)
		wait(2 * time.Second)
		if !d.up()[0].bounds().In(right) {
			t.Errorf("after the monitors came back: %s", d)
		}
	})
}

func TestDisabledKinds(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		delays := settings.Default().Popups
		delays.Incoming.Enabled = false
		p.SetDelays(delays)
		c := ringing(1)
		p.SetCards([]model.Card{c})
		wait(time.Second)
		if len(d.up()) != 0 {
			t.Errorf("switched off: %s", d)
		}
		c.Kind, c.Since = model.Answer, time.Now()
		p.SetCards([]model.Card{c})
		wait(time.Second)
		if len(d.up()) != 1 {
			t.Error("the answer card is not switched off")
		}
		rec.expect(t, "shown main:1")
	})
}

// A hub may send any delay: a card that appears for a year would never be seen, and an overflow
// would hide it at once.
func TestDelaysAreLimited(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		delays := settings.Default().Popups
		delays.Warning = protocol.PopupKind{Enabled: true, Appear: 1 << 60, Show: math.MaxInt, Disappear: math.MinInt}
		p.SetDelays(delays)
		p.SetCards([]model.Card{warning(1)})
		wait(2 * time.Minute)
		if up := d.up(); len(up) != 1 || up[0].alpha != 1 {
			t.Errorf("after two minutes: %s", d)
		}
		wait(24 * time.Hour)
		if len(d.up()) != 0 {
			t.Errorf("after a day: %s", d)
		}
	})
}

func TestLanguageAndCornerChange(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		w := d.up()[0]
		before := w.img
		russian := look(t, "ru")
		russian.Dark = true
		p.SetLook(russian)
		p.SetPlace(popup.TopLeft, "")
		wait(time.Second)
		if w = d.up()[0]; w.bounds().Min != image.Pt(12, 12) || slices.Equal(before.Pix, w.img.Pix) {
			t.Errorf("in the other corner and language: %s", d)
		}
	})
}

func TestNoWindowsAvailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesktop(work)
		d.broken = true
		p := screen.New(d, screen.Options{Look: look(t, "en"), Do: func(f func()) { f() }})
		defer p.Close()
		p.SetCards([]model.Card{ringing(1)})
		wait(10 * time.Second)
		if d.made() != 0 {
			t.Fatal("a window was created")
		}
		d.mu.Lock()
		d.broken = false
		d.mu.Unlock()
		wait(2 * time.Second)
		if len(d.up()) != 1 {
			t.Error("no card after windows became available")
		}
	})
}

// TestCloseWithoutFyne closes at the program's end: Fyne's goroutine has ended, or waits for the
// presenter.
func TestCloseWithoutFyne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := screen.New(newDesktop(work), screen.Options{Look: look(t, "en"), Do: func(func()) {}})
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		p.Close()
	})
}

func TestMemoryDoesNotGrow(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		round := func(from, to int) {
			for i := from; i < to; i++ {
				p.SetCards([]model.Card{ringing(i), warning(i)})
				wait(50 * time.Millisecond)
				p.SetCards(nil)
				wait(time.Second)
			}
		}
		rounds := 500 // two popups each
		if racing {
			rounds = 25 // painting is fifty times slower then
		}
		round(0, 20)
		before := heap()
		round(20, 20+rounds)
		after := heap()
		if d.made() > 6 {
			t.Errorf("%d windows were made", d.made())
		}
		if after > before+2<<20 {
			t.Errorf("the heap grew by %d KiB", (after-before)>>10)
		}
		if up := d.up(); len(up) != 0 {
			t.Errorf("still visible: %s", d)
		}
		if n := strings.Count(strings.Join(rec.take(), " "), "shown"); n != rounds+20 {
			t.Errorf("%d calls reported as shown", n)
		}
	})
}

// TestNewCardUnderPointerIsNotPressed adds a second call just before OK of the first one is
// pressed: its card takes that place.
func TestNewCardUnderPointerIsNotPressed(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		press := func() {
			up := d.up()
			w := up[0]
			for _, other := range up {
				if other.at.Y > w.at.Y {
					w = other
				}
			}
			x, y := w.img.Bounds().Dx()-60, w.img.Bounds().Dy()-36
			for _, k := range []platform.InputKind{platform.PointerMoved, platform.Pressed, platform.Released} {
				w.events <- platform.Input{Kind: k, X: x, Y: y}
			}
			wait(0)
		}
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		p.SetCards([]model.Card{ringing(1), ringing(2)})
		wait(100 * time.Millisecond)
		press()
		if got := rec.take(); slices.Contains(got, "ok main:2 ivan") {
			t.Errorf("a new card was pressed too early: %q", got)
		}
		wait(500 * time.Millisecond)
		press()
		if got := rec.take(); !slices.Contains(got, "ok main:2 ivan") {
			t.Errorf("pressed in time: %q", got)
		}
	})
}
