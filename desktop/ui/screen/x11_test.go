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

// ui stands for Fyne's goroutine: one goroutine that runs what it is given, in order.
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

// heard collects what the presenter tells, for another goroutine.
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) add(s string) { h.mu.Lock(); h.said = append(h.said, s); h.mu.Unlock() }
func (h *heard) has(s string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.said, s)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said)
}

func present(t testing.TB, shown func(string)) (platform.Host, *screen.Presenter, *heard) {
	t.Helper()
	host, err := platform.NewHost(platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{}
	note := func(what string) func(string) { return func(arg string) { h.add(what + " " + arg) } }
	events := screen.Events{
		OK:   func(call, customer string) { h.add("ok " + call + " " + customer) },
		Open: note("open"), Copy: note("copy"), Close: note("close"), Shown: note("shown"), Gone: note("gone"),
	}
	if shown != nil {
		events.Shown = shown
	}
	p := screen.New(host, screen.Options{Look: look(t, "en"), Do: ui(t), Events: events})
	t.Cleanup(func() { p.Close(); _ = host.Close() })
	return host, p, h
}

// screenshot reads the whole screen as everybody sees it. With TRAYBELL_SCREENSHOTS set to a folder
// the picture is kept there.
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

// TestCallOverFullScreenWork is a whole call on a real X server, while the agent types in a
// full-screen terminal: the popup comes above it, no key is lost, a press on OK reaches us, and the
// terminal still has the focus.
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
	// The card's OK is blue, at the right end of its lowest line.
	xtest.Until(t, "the popup's pixels", func() bool { return at(1600-12-16-4, 900-12-16-20) != background })
	screenshot(t, "ringing")
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("the focus moved from %s to %s when the popup came", before, after)
	}
	d.Run("xdotool", "type", "abc")
	xtest.Until(t, "OK", func() bool { // a card that has just come is not pressed
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
	xtest.Until(t, "what was typed", func() bool {
		b, _ := os.ReadFile(typed)
		return string(b) == "abcdef\n"
	})
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("the focus moved from %s to %s by a press", before, after)
	}
	// A press on the ticket's number copies it; it lies in a field of pale green.
	xtest.Until(t, "the ticket", func() bool { return at(1600-12-150, 900-12-16-38-30) == [3]uint8{229, 240, 235} })
	d.Run("xdotool", "mousemove", fmt.Sprint(1600-12-300), fmt.Sprint(900-12-16-38-30), "click", "1")
	screenshot(t, "answered")
	xtest.Until(t, "the copied number", func() bool { return h.has("copy 2026030210000017") })
	screenshot(t, "copied")
	d.Run("xdotool", "mousemove", "10", "10")
	p.SetCards(nil)
	xtest.Until(t, "the popups' going", func() bool { return at(1600-40, 900-40) == background })
}

// TestACardThatComesLeavesThoseBelowThePointerAlone is a late warning on a real X server, while the
// agent is about to press OK of the card that rings: the press is that card's.
func TestACardThatComesLeavesThoseBelowThePointerAlone(t *testing.T) {
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
	for i := range 3 { // one warning after the other, and a press each
		var cards []model.Card
		for n := range i + 1 {
			cards = append(cards, warning(n))
		}
		c.Call.ID = fmt.Sprint("main:1/", i) // the press says which card it met
		p.SetCards(append(cards, c))
		begun := time.Now()
		xtest.Until(t, "the press", func() bool {
			d.Run("xdotool", "click", "1")
			return h.has("ok " + c.Call.ID + " ivan")
		})
		if took := time.Since(begun); took > 5*time.Second { // the warning lay there until it had run out
			t.Errorf("the press reached its card after %s", took)
		}
	}
	screenshot(t, "still")
	for _, said := range h.all() {
		if strings.HasPrefix(said, "close") || strings.HasPrefix(said, "open") {
			t.Errorf("a press landed on another card: %q", said)
		}
	}
}

// BenchmarkFrameToScreen is from SetCards to the X server having drawn the popup, without a fade,
// each time another call.
func BenchmarkFrameToScreen(b *testing.B) {
	xtest.Start(b, "1920x1080x24")
	shown := make(chan struct{}, 1)
	start := time.Now()
	host, p, _ := present(b, func(string) { shown <- struct{}{} })
	var took []time.Duration
	n := 0
	calm := time.NewTicker(2 * popup.Frame) // what comes within a frame waits for the next, and calls are further apart
	defer calm.Stop()
	round := func() time.Duration {
		<-calm.C
		c := ringing(n)
		n++
		c.Call.Display = fmt.Sprintf("+7 912 345-%04d", n)
		began := time.Now()
		p.SetCards([]model.Card{c})
		<-shown
		host.CanFade() // a round trip on the same connection: what was asked for before has been drawn
		return time.Since(began)
	}
	round()
	cold := time.Since(start) // fonts and icons are read meanwhile: at the program's start, not when the phone rings
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
