//go:build linux

package platform_test

import (
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform"
	"traybell/desktop/platform/xtest"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

func TestNoDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	_, err := platform.NewHost(platform.Options{})
	if !errors.Is(err, platform.ErrNoDisplay) || !strings.Contains(err.Error(), "desktop session") {
		t.Fatalf("without a display: %v", err)
	}
}

func open(t testing.TB) platform.Host {
	t.Helper()
	h, err := platform.NewHost(platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func picture(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// look is a second client of the X server that reads the screen.
type look struct {
	t *testing.T
	c *xgb.Conn
}

func looker(t *testing.T) look {
	c, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return look{t, c}
}

func (l look) pixel(x, y int) color.NRGBA {
	root := xproto.Setup(l.c).DefaultScreen(l.c).Root
	r, err := xproto.GetImage(l.c, xproto.ImageFormatZPixmap, xproto.Drawable(root), int16(x), int16(y), 1, 1,
		0xffffffff).Reply()
	if err != nil {
		l.t.Fatal(err)
	}
	return color.NRGBA{r.Data[2], r.Data[1], r.Data[0], 255}
}

func (l look) sees(x, y int, c color.NRGBA) {
	l.t.Helper()
	xtest.Until(l.t, "pixel of the popup", func() bool { return l.pixel(x, y) == c })
}

var (
	green = color.NRGBA{0x10, 0xa0, 0x40, 255}
	red   = color.NRGBA{0xd0, 0x20, 0x30, 255}
)

func TestPresent(t *testing.T) {
	d := xtest.Start(t, "1920x1080x24")
	h, l := open(t), looker(t)
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	s.Present(picture(800, 700, green), image.Pt(100, 50)) // 2.2 MB: several requests
	s.Show()
	l.sees(100, 50, green)
	l.sees(899, 749, green)
	if got := l.pixel(900, 750); got == green {
		t.Error("the picture is larger than it should be")
	}
	// The server repaints covered parts.
	cover := d.Spawn("xterm", "-geometry", "80x24+120+70")
	xtest.Until(t, "xterm's window", func() bool { return l.pixel(200, 200) != green })
	_ = cover.Process.Kill()
	l.sees(200, 200, green)
	s.Present(picture(800, 300, red), image.Pt(100, 50))
	l.sees(899, 349, red)
	if got := l.pixel(899, 600); got == green {
		t.Error("the old picture is still visible")
	}
	s.Hide()
	xtest.Until(t, "the popup is hidden", func() bool { return l.pixel(200, 200) != red })
	s.Move(0, 0)
	s.Show()
	l.sees(5, 5, red)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	xtest.Until(t, "the popup is closed", func() bool { return l.pixel(5, 5) != red })
}

func TestRoundCornersAreTransparent(t *testing.T) {
	xtest.Start(t, "640x480x24")
	h, l := open(t), looker(t)
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	img := picture(100, 60, green)
	img.SetNRGBA(0, 0, color.NRGBA{})
	below := l.pixel(10, 10)
	s.Present(img, image.Pt(10, 10))
	s.Show()
	l.sees(11, 10, green)
	if got := l.pixel(10, 10); got != below {
		t.Errorf("the transparent corner shows %v, want %v", got, below)
	}
}

func TestPopupKeepsFocus(t *testing.T) {
	d := xtest.Start(t, "1280x800x24")
	d.Openbox()
	typed := filepath.Join(t.TempDir(), "typed")
	d.Spawn("xterm", "-geometry", "60x20+50+50", "-e", "sh", "-c", "cat > "+typed)
	h, l := open(t), looker(t)
	xtest.Until(t, "xterm's focus", func() bool {
		name, err := title(l.c)
		return err == nil && name == "sh"
	})
	before := d.Run("xdotool", "getwindowfocus")

	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	s.Present(picture(380, 160, green), image.Pt(880, 620))
	s.Show()
	l.sees(900, 700, green)
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("focus moved from %s to %s by Show", before, after)
	}
	d.Run("xdotool", "mousemove", "900", "700", "click", "1")
	want := map[platform.InputKind]bool{platform.Pressed: true, platform.Released: true, platform.PointerMoved: true}
	for len(want) > 0 {
		select {
		case in := <-s.Events():
			delete(want, in.Kind)
			if in.Kind == platform.Pressed && (in.X != 20 || in.Y != 80) {
				t.Errorf("pressed at %d,%d, want 20,80", in.X, in.Y)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no such input: %v", want)
		}
	}
	if after := d.Run("xdotool", "getwindowfocus"); after != before {
		t.Errorf("focus moved from %s to %s by a click on the popup", before, after)
	}
	d.Run("xdotool", "type", "hello")
	d.Run("xdotool", "key", "Return")
	xtest.Until(t, "typed text in xterm", func() bool {
		b, _ := os.ReadFile(typed)
		return string(b) == "hello\n"
	})
	d.Run("xdotool", "mousemove", "10", "10")
	for {
		select {
		case in := <-s.Events():
			if in.Kind == platform.PointerLeft {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no event when the pointer left")
		}
	}
}

// title is the name of the focused window.
func title(c *xgb.Conn) (string, error) {
	f, err := xproto.GetInputFocus(c).Reply()
	if err != nil {
		return "", err
	}
	p, err := xproto.GetProperty(c, false, f.Focus, xproto.AtomWmName, xproto.GetPropertyTypeAny, 0, 100).Reply()
	if err != nil {
		return "", err
	}
	return string(p.Value), nil
}

func TestPopupStaysAboveFullScreen(t *testing.T) {
	d := xtest.Start(t, "1280x800x24")
	d.Openbox()
	h, l := open(t), looker(t)
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	s.Present(picture(380, 160, green), image.Pt(880, 620))
	s.Show()
	l.sees(900, 700, green)
	background := l.pixel(20, 20)
	d.Spawn("xterm", "-fullscreen", "-bg", "#203040", "-fg", "white")
	xtest.Until(t, "xterm's full screen", func() bool {
		return l.pixel(20, 20) != background && l.pixel(1270, 20) != background
	})
	l.sees(900, 700, green)
}

func TestMonitorsAndScale(t *testing.T) {
	d := xtest.Start(t, "1920x1080x24")
	d.Openbox()
	h, l := open(t), looker(t)
	m := h.Monitors()
	if len(m) != 1 || m[0].Bounds != image.Rect(0, 0, 1920, 1080) || m[0].Scale != 1 || !m[0].Pointer {
		t.Fatalf("monitors: %+v", m)
	}
	root := xproto.Setup(l.c).DefaultScreen(l.c).Root
	xrm := "Xft.antialias:\t1\nXft.dpi:\t144\n"
	if err := xproto.ChangePropertyChecked(l.c, xproto.PropModeReplace, root, xproto.AtomResourceManager,
		xproto.AtomString, 8, uint32(len(xrm)), []byte(xrm)).Check(); err != nil {
		t.Fatal(err)
	}
	if got := h.Monitors()[0].Scale; got != 1.5 {
		t.Errorf("scale %v with Xft.dpi 144", got)
	}
	if h.CanFade() {
		t.Error("CanFade is true without a compositor")
	}
	set := func(work ...uint32) {
		r, err := xproto.InternAtom(l.c, false, 13, "_NET_WORKAREA").Reply()
		if err != nil {
			t.Fatal(err)
		}
		var data []byte
		for range 4 { // openbox has four desktops
			for _, v := range work {
				data = append(data, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
			}
		}
		xproto.ChangeProperty(l.c, xproto.PropModeReplace, root, r.Atom, xproto.AtomCardinal, 32, uint32(len(data)/4),
			data)
	}
	xtest.Until(t, "the work area without the panel", func() bool {
		set(0, 30, 1920, 1050)
		return h.Monitors()[0].Work == image.Rect(0, 30, 1920, 1080)
	})
	select {
	case <-h.(platform.Watcher).Changes():
	case <-time.After(20 * time.Second):
		t.Error("no event after the work area changed")
	}
}

func TestSeveralMonitors(t *testing.T) {
	d := xtest.Start(t, "3840x1080x24")
	d.Run("xrandr", "--setmonitor", "left", "1920/500x1080/280+0+0", "screen")
	d.Run("xrandr", "--setmonitor", "right", "1920/500x1080/280+1920+0", "none")
	h := open(t)
	d.Run("xdotool", "mousemove", "2500", "500")
	m := h.Monitors()
	if len(m) != 2 || m[0].Name != "left" || m[1].Name != "right" || m[1].Bounds != image.Rect(1920, 0, 3840, 1080) ||
		m[0].Pointer || !m[1].Pointer {
		t.Fatalf("monitors: %+v", m)
	}
	d.Run("xrandr", "--delmonitor", "right")
	if m := h.Monitors(); len(m) != 1 {
		t.Fatalf("the removed monitor is still listed: %+v", m)
	}
}

func TestFadingWithCompositor(t *testing.T) {
	d := xtest.Start(t, "1280x800x24")
	d.Spawn("picom", "--backend", "xrender", "--config", "/dev/null")
	h, l := open(t), looker(t)
	xtest.Until(t, "the compositor", h.CanFade)
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	s.Present(picture(380, 160, color.NRGBA{255, 255, 255, 255}), image.Point{})
	s.SetAlpha(0.5)
	s.Show()
	xtest.Until(t, "the half transparent popup", func() bool {
		p := l.pixel(100, 100)
		return p.R > 90 && p.R < 230 // depends on the compositor's background
	})
	s.SetAlpha(1)
	l.sees(100, 100, color.NRGBA{255, 255, 255, 255})
}

func TestServerConnectionLost(t *testing.T) {
	d := xtest.Start(t, "640x480x24")
	h, l := open(t), looker(t)
	s, err := h.NewSurface()
	if err != nil {
		t.Fatal(err)
	}
	s.Present(picture(100, 50, green), image.Point{})
	s.Show()
	l.sees(5, 5, green)
	d.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			s.Present(picture(100, 50+len(h.Monitors()), red), image.Pt(1, 1))
			s.SetAlpha(0.5)
			s.Hide()
			s.Show()
		}
		if _, err := h.NewSurface(); err == nil {
			t.Error("NewSurface succeeded without an X server")
		}
		_ = s.Close()
		_ = h.Close()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("blocked after the X server went away")
	}
}

func BenchmarkPresent(b *testing.B) {
	xtest.Start(b, "1920x1080x24")
	h := open(b)
	s, err := h.NewSurface()
	if err != nil {
		b.Fatal(err)
	}
	img := picture(400, 240, green)
	s.Show()
	for b.Loop() {
		s.Present(img, image.Point{})
		h.CanFade() // a round trip: the server has drawn
	}
	b.ReportMetric(float64(len(img.Pix)), "bytes/picture")
}

// Monitors defined with xrandr send no RandR event; the host reports them as well.
func TestMonitorChanges(t *testing.T) {
	d := xtest.Start(t, "3840x1080x24")
	h := open(t)
	expect := func(what string, names ...string) {
		t.Helper()
		xtest.Until(t, what, func() bool {
			select {
			case <-h.(platform.Watcher).Changes():
			default:
				return false
			}
			got := []string{}
			for _, m := range h.Monitors() {
				got = append(got, m.Name)
			}
			return slices.Equal(got, names)
		})
	}
	d.Run("xrandr", "--setmonitor", "left", "1920/500x1080/280+0+0", "screen")
	expect("first monitor", "left")
	d.Run("xrandr", "--setmonitor", "right", "1920/155x1080/87+1920+0", "none")
	expect("second monitor", "left", "right")
	d.Run("xrandr", "--delmonitor", "right")
	expect("removed monitor", "left")
}
