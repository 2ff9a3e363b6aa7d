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
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

var work = image.Rect(0, 0, 1920, 1080)

// ringing is the card of a call whose phone rings.
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

// told collects what the presenter tells.
type told struct {
	mu   sync.Mutex
	said []string
}

func (t *told) add(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, s)
}

// take returns what was told since the last time.
func (t *told) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	said := t.said
	t.said = nil
	return said
}

func (t *told) events() screen.Events {
	note := func(what string) func(string) { return func(arg string) { t.add(what + " " + arg) } }
	return screen.Events{
		OK:   func(call, customer string) { t.add("ok " + call + " " + customer) },
		Open: note("open"), Copy: note("copy"), Close: note("close"), Shown: note("shown"), Gone: note("gone"),
	}
}

func (t *told) says(test *testing.T, want ...string) {
	test.Helper()
	if got := t.take(); !slices.Equal(got, want) {
		test.Errorf("told %q, want %q", got, want)
	}
}

// play runs a story in a time of its own, with a presenter on a desktop in memory.
func play(t *testing.T, story func(t *testing.T, d *desk, p *screen.Presenter, said *told)) {
	synctest.Test(t, func(t *testing.T) {
		d, said := newDesk(work), &told{}
		p := screen.New(d, screen.Options{Look: look(t, "en"), Do: func(f func()) { f() }, Events: said.events()})
		story(t, d, p, said)
		p.Close()
		for _, w := range d.windows {
			if !w.closed || w.visible {
				t.Error("a window is left")
			}
		}
	})
}

func pass(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

func TestPopupOfACall(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		pass(200 * time.Millisecond)
		if up := d.up(); len(up) != 1 || up[0].alpha < 0.4 || up[0].alpha > 0.6 {
			t.Fatalf("half way in: %s", d)
		}
		said.says(t, "shown main:1")
		pass(time.Minute)
		up := d.up()
		if len(up) != 1 || up[0].alpha != 1 || up[0].bounds().Max != image.Pt(1908, 1068) {
			t.Fatalf("rings for a minute: %s", d)
		}
		paints := up[0].paints
		p.SetCards([]model.Card{c})
		pass(time.Minute)
		if now := d.up()[0].paints; now != paints {
			t.Errorf("painted %d times though nothing changed", now-paints)
		}
		// Answered: the same window, in place, and never off the screen.
		c.Kind, c.Mine, c.Sticky, c.Since = model.Answer, protocol.Answered, false, time.Now()
		p.SetCards([]model.Card{c})
		pass(time.Hour)
		if up = d.up(); len(up) != 1 || up[0].shows != 1 || d.made() != 1 {
			t.Errorf("the answered call flickered: %s in %d windows", d, d.made())
		}
		said.says(t, "shown main:1")
		c.Done = true
		p.SetCards([]model.Card{c})
		pass(popup.Linger + time.Second)
		if len(d.up()) != 0 {
			t.Errorf("after the end: %s", d)
		}
		said.says(t, "gone main:1")
		p.SetCards([]model.Card{c})
		pass(time.Minute)
		said.says(t)
	})
}

func TestPressingOK(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		pass(time.Second)
		w := d.up()[0]
		x, y := w.img.Bounds().Dx()-60, w.img.Bounds().Dy()-36
		for _, k := range []platform.InputKind{platform.PointerMoved, platform.Pressed, platform.Released} {
			w.events <- platform.Input{Kind: k, X: x, Y: y}
		}
		pass(0)
		said.says(t, "shown main:1", "ok main:1 ivan")
		c.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "17"}}
		height := w.img.Bounds().Dy()
		p.SetCards([]model.Card{c})
		pass(time.Second)
		if w = d.up()[0]; w.img.Bounds().Dy() <= height || w.bounds().Max != image.Pt(1908, 1068) {
			t.Errorf("the card with the ticket: %s", d)
		}
	})
}

func TestClosing(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		w := d.up()[0]
		w.events <- platform.Input{Kind: platform.PointerMoved, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Pressed, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		pass(time.Second)
		if len(d.up()) != 0 {
			t.Errorf("closed: %s", d)
		}
		said.says(t, "shown main:1", "close main:1", "gone main:1")
	})
}

func TestPressThatBeganElsewhereIsNone(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		w := d.up()[0]
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.Pressed, X: 370, Y: 24}
		w.events <- platform.Input{Kind: platform.PointerLeft}
		w.events <- platform.Input{Kind: platform.Released, X: 370, Y: 24}
		pass(time.Second)
		if len(d.up()) != 1 {
			t.Error("closed without a press")
		}
	})
}

func TestPointerKeepsAWarning(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		p.SetCards([]model.Card{warning(1)})
		pass(8 * time.Second)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: 50, Y: 50}
		pass(time.Hour)
		if len(d.up()) != 1 {
			t.Fatal("gone under the pointer")
		}
		d.up()[0].events <- platform.Input{Kind: platform.PointerLeft}
		pass(5 * time.Second)
		if len(d.up()) != 0 {
			t.Fatalf("still there: %s", d)
		}
		said.says(t, "gone warning:1")
	})
}

// A pointer that lay where the card came is not over it: nobody points at the card, and it must not
// stay for ever over what is below.
func TestPointerThatWasThereBeforeStopsNoClock(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		p.SetCards([]model.Card{warning(1)})
		pass(0)
		lies := platform.Input{Kind: platform.PointerMoved, X: 50, Y: 50}
		d.up()[0].events <- lies
		pass(time.Second)
		d.up()[0].events <- lies
		pass(10 * time.Second)
		if len(d.up()) != 0 {
			t.Fatalf("it stays below a pointer that lies there: %s", d)
		}
		p.SetCards([]model.Card{warning(2)})
		pass(0)
		d.up()[0].events <- lies
		pass(time.Second)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: 51, Y: 50}
		d.up()[0].events <- lies
		pass(time.Hour)
		if len(d.up()) != 1 {
			t.Error("gone below a pointer that has moved over it")
		}
	})
}

func TestStackOfMany(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		var cards []model.Card
		for i := range 8 {
			cards = append(cards, warning(i))
		}
		p.SetCards(cards)
		pass(time.Second)
		up := d.up()
		if len(up) != 6 {
			t.Fatalf("%d windows, want five cards and the line that counts: %s", len(up), d)
		}
		for i, w := range up {
			if !w.bounds().In(work) {
				t.Errorf("%v is outside", w.bounds())
			}
			if i > 0 && (up[i-1].bounds().Overlaps(w.bounds()) || up[i-1].at.Y-w.bounds().Max.Y != 8) {
				t.Errorf("%v after %v", w.bounds(), up[i-1].bounds())
			}
		}
		pass(time.Minute)
		if len(d.up()) != 0 {
			t.Errorf("left: %s", d)
		}
		if got := said.take(); len(got) != 8 {
			t.Errorf("told %q", got)
		}
	})
}

func TestSmallScreenCountsWhatDoesNotFit(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		small := image.Rect(0, 0, 800, 600)
		d.plug(platform.Monitor{Name: "one", Bounds: small, Work: small, Scale: 1})
		var cards []model.Card
		for i := range 4 {
			cards = append(cards, ringing(i))
		}
		p.SetCards(cards)
		pass(time.Second)
		up := d.up()
		if len(up) != 3 || up[2].img.Bounds().Dy() != 32 {
			t.Fatalf("want two cards and the line that counts: %s", d)
		}
		for _, w := range up {
			if !w.bounds().In(small) {
				t.Errorf("%v is outside", w.bounds())
			}
		}
	})
}

func TestMonitorVanishes(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		left, right := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 4480, 1440)
		a := platform.Monitor{Name: "left", Bounds: left, Work: left, Scale: 1, Primary: true}
		b := platform.Monitor{Name: "right", Bounds: right, Work: right, Scale: 2, Pointer: true}
		d.plug(a, b)
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		if w := d.up()[0]; !w.bounds().In(right) || w.img.Bounds().Dx() != 784 {
			t.Fatalf("on the pointer's monitor, twice as large: %s", d)
		}
		// The pointer goes elsewhere: the stack does not jump.
		a.Pointer, b.Pointer = true, false
		d.plug(a, b)
		pass(time.Second)
		if !d.up()[0].bounds().In(right) {
			t.Errorf("the stack jumped: %s", d)
		}
		d.plug(a)
		pass(time.Second)
		if w := d.up()[0]; !w.bounds().In(left) || w.img.Bounds().Dx() != 392 {
			t.Errorf("after the monitor was unplugged: %s", d)
		}
		d.plug()
		pass(time.Minute)
		d.plug(b)
		pass(2 * time.Second)
		if !d.up()[0].bounds().In(right) {
			t.Errorf("after the monitors came back: %s", d)
		}
	})
}

func TestKindsSwitchedOff(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		delays := settings.Default().Popups
		delays.Incoming.Enabled = false
		p.SetDelays(delays)
		c := ringing(1)
		p.SetCards([]model.Card{c})
		pass(time.Second)
		if len(d.up()) != 0 {
			t.Errorf("switched off: %s", d)
		}
		c.Kind, c.Since = model.Answer, time.Now()
		p.SetCards([]model.Card{c})
		pass(time.Second)
		if len(d.up()) != 1 {
			t.Error("the answer card is not switched off")
		}
		said.says(t, "shown main:1")
	})
}

// A hub may tell any number: a card that took a year to appear would never be seen, and one beyond
// time's end would go at once.
func TestAbsurdDelaysAreCut(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		delays := settings.Default().Popups
		delays.Warning = protocol.PopupKind{Enabled: true, Appear: 1 << 60, Show: math.MaxInt, Disappear: math.MinInt}
		p.SetDelays(delays)
		p.SetCards([]model.Card{warning(1)})
		pass(2 * time.Minute)
		if up := d.up(); len(up) != 1 || up[0].alpha != 1 {
			t.Errorf("after two minutes: %s", d)
		}
		pass(24 * time.Hour)
		if len(d.up()) != 0 {
			t.Errorf("after a day: %s", d)
		}
	})
}

func TestOtherLanguageAndCorner(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		w := d.up()[0]
		before := w.img
		russian := look(t, "ru")
		russian.Dark = true
		p.SetLook(russian)
		p.SetPlace(popup.TopLeft, "")
		pass(time.Second)
		if w = d.up()[0]; w.bounds().Min != image.Pt(12, 12) || slices.Equal(before.Pix, w.img.Pix) {
			t.Errorf("in the other corner and language: %s", d)
		}
	})
}

func TestNoWindowsToBeHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(work)
		d.broken = true
		p := screen.New(d, screen.Options{Look: look(t, "en"), Do: func(f func()) { f() }})
		defer p.Close()
		p.SetCards([]model.Card{ringing(1)})
		pass(10 * time.Second)
		if d.made() != 0 {
			t.Fatal("a window where there are none")
		}
		d.mu.Lock()
		d.broken = false
		d.mu.Unlock()
		pass(2 * time.Second)
		if len(d.up()) != 1 {
			t.Error("the card does not come when windows can be had again")
		}
	})
}

// TestClosingWhileNobodyPaints is the end of the program: Fyne's goroutine is gone, or waits for
// the presenter to end.
func TestClosingWhileNobodyPaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := screen.New(newDesk(work), screen.Options{Look: look(t, "en"), Do: func(func()) {}})
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		p.Close()
	})
}

func TestAThousandPopupsNeedNoMoreMemoryThanSix(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		round := func(from, to int) {
			for i := from; i < to; i++ {
				p.SetCards([]model.Card{ringing(i), warning(i)})
				pass(50 * time.Millisecond)
				p.SetCards(nil)
				pass(time.Second)
			}
		}
		rounds := 500 // a thousand popups
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
			t.Errorf("left: %s", d)
		}
		if n := strings.Count(strings.Join(said.take(), " "), "shown"); n != rounds+20 {
			t.Errorf("%d calls told as shown", n)
		}
	})
}

// TestACardThatCameUnderThePointerIsNotPressed has a second call come in just when OK of the first
// is about to be pressed: its card takes that place.
func TestACardThatCameUnderThePointerIsNotPressed(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
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
			pass(0)
		}
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		p.SetCards([]model.Card{ringing(1), ringing(2)})
		pass(100 * time.Millisecond)
		press()
		if heard := said.take(); slices.Contains(heard, "ok main:2 ivan") {
			t.Errorf("a card that nobody can have seen was pressed: %q", heard)
		}
		pass(500 * time.Millisecond)
		press()
		if heard := said.take(); !slices.Contains(heard, "ok main:2 ivan") {
			t.Errorf("pressed in its time: %q", heard)
		}
	})
}
