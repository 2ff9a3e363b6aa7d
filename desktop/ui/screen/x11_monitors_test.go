//go:build linux

package screen_test

import (
	"image"
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/platform/xtest"
	"traybell/desktop/popup"
)

// TestMonitorsChangeUnderAPopup changes the monitors of a real X server under a visible card. The
// right monitor has twice the density.
func TestMonitorsChangeUnderAPopup(t *testing.T) {
	d := xtest.Start(t, "4480x1440x24")
	d.Run("xsetroot", "-solid", "#ff00ff")
	left := func() { d.Run("xrandr", "--setmonitor", "left", "1920/531x1080/299+0+0", "screen") }
	right := func() { d.Run("xrandr", "--setmonitor", "right", "2560/330x1440/186+1920+0", "none") }
	left()
	right()
	d.Run("xdotool", "mousemove", "300", "300")
	o := watchRoot(t)
	_, p, h := present(t, nil)
	// corner waits until the card's lower right corner is there, for a scale.
	corner := func(what string, x, y, scale int) {
		t.Helper()
		far := 12 * scale
		xtest.Until(t, what, func() bool {
			in := o.strip(image.Rect(x-far-20*scale, y-far-3*scale, x-far-20*scale+1, y-far-3*scale+1))
			out := o.strip(image.Rect(x-far-20*scale, y-far+2, x-far-20*scale+1, y-far+3))
			wide := o.strip(image.Rect(x-far-392*scale+3, y-far-40*scale, x-far-392*scale+4, y-far-40*scale+1))
			is := func(px []byte) bool { return [3]byte{px[0], px[1], px[2]} == [3]byte{255, 255, 255} }
			return is(in) && !is(out) && is(wide)
		})
	}
	p.SetCards([]model.Card{ringing(1)})
	xtest.Until(t, "the popup", func() bool { return h.has("shown main:1") })
	corner("on the monitor with the pointer", 1920, 1080, 1)
	p.SetPlace(popup.BottomRight, "right")
	corner("on the chosen monitor, twice as large", 4480, 1440, 2)
	screenshot(t, "monitor-right")
	d.Run("xrandr", "--delmonitor", "right")
	corner("on the remaining monitor", 1920, 1080, 1)
	right()
	corner("back on the chosen monitor", 4480, 1440, 2)
	p.SetPlace(popup.TopRight, "")
	d.Run("xrandr", "--delmonitor", "right")
	xtest.Until(t, "in the other corner of the remaining monitor", func() bool {
		px := o.strip(image.Rect(1920-12-20, 12+3, 1920-12-19, 12+4))
		return [3]byte{px[0], px[1], px[2]} == [3]byte{255, 255, 255}
	})
	if n := o.unmapd.Load(); n != 0 {
		t.Errorf("windows were hidden %d times", n)
	}
}
