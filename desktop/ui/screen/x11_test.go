//go:build linux

package screen_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/platform/xtest"
	"traybell/desktop/popup"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// ui simulates Fyne's goroutine: it runs functions in order.
func ui(t testing.TB) func(func()) {
	work, end := make(chan func(), 100), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case f := <-work:
				f()
			case <-end:
				return
			}
		}
	})
	t.Cleanup(func() { close(end); wg.Wait() })
	return func(f func()) { work <- f }
}

// eventLog records the presenter's events. It is safe for concurrent use.
type eventLog struct {
	mu  sync.Mutex
	log []string
}

func (h *eventLog) add(s string) { h.mu.Lock(); h.log = append(h.log, s); h.mu.Unlock() }
func (h *eventLog) has(s string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.log, s)
}

func (h *eventLog) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

func present(t testing.TB, shown func(protocol.ShownCall)) (platform.Host, *screen.Presenter, *eventLog) {
	t.Helper()
	host, err := platform.NewHost(platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &eventLog{}
	note := func(what string) func(string) { return func(arg string) { h.add(what + " " + arg) } }
	events := screen.Events{
		OK:   func(call, customer string) { h.add("ok " + call + " " + customer) },
		Open: note("open"), Copy: note("copy"), Close: note("close"),
		Shown: func(s protocol.ShownCall) { note("shown")(s.Call) }, Gone: note("gone"),
	}
	if shown != nil {
		events.Shown = shown
	}
	p := screen.New(host, screen.Options{Look: look(t, "en"), Do: ui(t), Events: events})
	t.Cleanup(func() { p.Close(); _ = host.Close() })
	return host, p, h
}

// screenshot reads the screen. If TRAYBELL_SCREENSHOTS names a folder, the picture is saved there.
func screenshot(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := xproto.Setup(c).DefaultScreen(c)
	r, err := xproto.GetImage(c, xproto.ImageFormatZPixmap, xproto.Drawable(s.Root), 0, 0, s.WidthInPixels,
		s.HeightInPixels, 0xffffffff).Reply()
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, int(s.WidthInPixels), int(s.HeightInPixels)))
	for i := 0; i+3 < len(r.Data); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r.Data[i+2], r.Data[i+1], r.Data[i], 255
	}
	if dir := os.Getenv("TRAYBELL_SCREENSHOTS"); dir != "" {
		f, err := os.Create(filepath.Join(dir, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

// TestCallOverFullScreenWork runs a call on a real X server while the agent types in a full-screen
// terminal: the popup appears above it, no key gets lost, OK works, and the terminal keeps the
// focus.
func TestCallOverFullScreenWork(t *testing.T) {
	d := xtest.Start(t, "1600x900x24")
	d.Openbox()
	typed := filepath.Join(t.TempDir(), "typed")
	d.Spawn("xterm", "-fullscreen", "-bg", "#203040", "-fg", "white", "-e", "sh", "-c", "cat > "+typed)
	background := [3]uint8{0x20, 0x30, 0x40}
	at := func(x, y int) [3]uint8 {
		img := screenshot(t, "look")
		p := img.Pix[img.PixOffset(x, y):]
		return [3]uint8{p[0], p[1], p[2]}
	}
	xtest.Until(t, "the full-screen terminal", func() bool {
		return at(1590, 890) == background && at(800, 400) == background
	})
	before := d.Run("xdotool", "getwindowfocus")
	_, p, h := present(t, nil)

	c := ringing(1)
	w := warning(1)
	p.SetCards([]model.Card{w, c})
	xtest.Until(t, "the popup", func() bool { return h.has("shown main:1") })
	// OK is blue, on the right of the lowest line.
	xtest.Until(t, "the popup's pixels", func() bool { return at(1600-12-16-4, 900-12-16-20) != background })
	screenshot(t, "ringing")
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("focus moved from %s to %s by the popup", before, after)
	}
	d.Run("xdotool", "type", "abc")
	xtest.Until(t, "OK", func() bool { // a new card cannot be pressed at once
		d.Run("xdotool", "mousemove", fmt.Sprint(1600-12-60), fmt.Sprint(900-12-36), "click", "1")
		return h.has("ok main:1 ivan")
	})
	c.Press.State = model.Pressed
	p.SetCards([]model.Card{w, c})
	c.Kind, c.Mine, c.Sticky, c.Since = model.Answer, protocol.Answered, false, time.Now()
	c.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "2026030210000017", URL: "https://desk/1"}}
	p.SetCards([]model.Card{w, c})
	d.Run("xdotool", "type", "def")
	d.Run("xdotool", "key", "Return")
	xtest.Until(t, "typed text", func() bool {
		b, _ := os.ReadFile(typed)
		return string(b) == "abcdef\n"
	})
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("focus moved from %s to %s by a press", before, after)
	}
	// A press on the ticket's number copies it. It has a pale green background.
	xtest.Until(t, "the ticket", func() bool { return at(1600-12-150, 900-12-16-38-30) == [3]uint8{229, 240, 235} })
	d.Run("xdotool", "mousemove", fmt.Sprint(1600-12-300), fmt.Sprint(900-12-16-38-30), "click", "1")
	screenshot(t, "answered")
	xtest.Until(t, "the copied number", func() bool { return h.has("copy 2026030210000017") })
	screenshot(t, "copied")
	d.Run("xdotool", "mousemove", "10", "10")
	p.SetCards(nil)
	xtest.Until(t, "the popups are hidden", func() bool { return at(1600-40, 900-40) == background })
}

// TestNewCardDoesNotMoveCardUnderPointer shows warnings on a real X server just before OK of a
// ringing card is pressed: that card is pressed.
func TestNewCardDoesNotMoveCardUnderPointer(t *testing.T) {
	d := xtest.Start(t, "1600x900x24")
	d.Openbox()
	_, p, h := present(t, nil)
	c := ringing(1)
	p.SetCards([]model.Card{c})
	xtest.Until(t, "the popup", func() bool { return h.has("shown main:1") })
	d.Run("xdotool", "mousemove", fmt.Sprint(1600-12-64), fmt.Sprint(900-12-36))
	xtest.Until(t, "the card below the pointer", func() bool {
		d.Run("xdotool", "mousemove_relative", "--", "1", "0", "mousemove_relative", "--", "-1", "0", "click", "1")
		return h.has("ok main:1 ivan")
	})
	for i := range 3 { // one warning after another, with a press each
		var cards []model.Card
		for n := range i + 1 {
			cards = append(cards, warning(n))
		}
		c.Call.ID = fmt.Sprint("main:1/", i) // identifies the pressed card
		p.SetCards(append(cards, c))
		begun := time.Now()
		xtest.Until(t, "the press", func() bool {
			d.Run("xdotool", "click", "1")
			return h.has("ok " + c.Call.ID + " ivan")
		})
		if took := time.Since(begun); took > 5*time.Second { // the warning was there until it timed out
			t.Errorf("the card was pressed after %s", took)
		}
	}
	screenshot(t, "still")
	for _, log := range h.all() {
		if strings.HasPrefix(log, "close") || strings.HasPrefix(log, "open") {
			t.Errorf("another card was pressed: %q", log)
		}
	}
}

// BenchmarkFrameToScreen measures from SetCards until the X server has drawn the popup, without
// fading, with a new call each time.
func BenchmarkFrameToScreen(b *testing.B) {
	xtest.Start(b, "1920x1080x24")
	shown := make(chan struct{}, 1)
	start := time.Now()
	host, p, _ := present(b, func(protocol.ShownCall) { shown <- struct{}{} })
	var took []time.Duration
	n := 0
	calm := time.NewTicker(2 * popup.Frame) // changes within a frame are merged; calls are further apart
	defer calm.Stop()
	round := func() time.Duration {
		<-calm.C
		c := ringing(n)
		n++
		c.Call.Display = fmt.Sprintf("+7 912 345-%04d", n)
		began := time.Now()
		p.SetCards([]model.Card{c})
		<-shown
		host.CanFade() // a round trip on the same connection: earlier requests are done
		return time.Since(began)
	}
	round()
	cold := time.Since(start) // includes loading fonts and icons at the start
	for b.Loop() {
		took = append(took, round())
	}
	slices.Sort(took)
	ms := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(float64(cold.Microseconds())/1000, "ms-from-start")
	b.ReportMetric(ms(0.5), "ms-p50")
	b.ReportMetric(ms(0.95), "ms-p95")
}
