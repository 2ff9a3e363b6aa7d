//go:build linux

package platform

import (
	"image"
	"slices"
	"testing"
)

func TestScales(t *testing.T) {
	monitor := func(w, h, mmW, mmH int, primary bool) screenX11 {
		return screenX11{bounds: image.Rect(0, 0, w, h), millimetres: image.Pt(mmW, mmH), primary: primary}
	}
	office, laptop := monitor(1920, 1080, 531, 299, true), monitor(1920, 1080, 310, 174, false)
	laptop4K, wide4K := monitor(3840, 2160, 310, 174, false), monitor(3840, 2160, 600, 340, false)
	television, virtual := monitor(1920, 1080, 160, 90, false), monitor(1280, 800, 0, 0, false)
	primary := func(s screenX11) screenX11 { s.primary = true; return s }
	other := func(s screenX11) screenX11 { s.primary = false; return s }
	for _, c := range []struct {
		name    string
		xft     float32
		screens []screenX11
		want    []float32
	}{
		{"office monitor", 0, []screenX11{office}, []float32{1}},
		{"small laptop", 0, []screenX11{laptop}, []float32{1}},
		{"unknown", 0, []screenX11{virtual}, []float32{1}},
		{"physical size only", 0, []screenX11{office, laptop4K, wide4K}, []float32{1, 2, 1.5}},
		{"Xft.dpi", 1.25, []screenX11{office}, []float32{1.25}},
		{"Xft.dpi is not rounded", 110. / 96, []screenX11{office, laptop}, []float32{110. / 96, 110. / 96}},
		{"HiDPI laptop next to an office monitor", 1, []screenX11{office, laptop4K}, []float32{1, 2}},
		{"office monitor next to a HiDPI laptop", 2, []screenX11{other(office), primary(laptop4K)}, []float32{1, 2}},
		{"projector that reports its aspect ratio", 1.5, []screenX11{primary(wide4K), television}, []float32{1.5, 1.5}},
		{"scale below 1", 0.75, []screenX11{primary(laptop4K), other(office)}, []float32{0.75, 0.75}},
	} {
		if got := scales(c.xft, c.screens); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPanelsAffectTheirMonitorOnly(t *testing.T) {
	low, high := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 4480, 1440)
	root := image.Rect(0, 0, 4480, 1440)
	// a panel of 40 pixels; struts count from the edge of the whole desktop
	bottomOfLow := [12]int{3: 1440 - 1040, 10: 0, 11: 1919}
	topOfHigh := [12]int{2: 30, 8: 1920, 9: 4479}
	leftOfLow := [12]int{0: 60, 4: 0, 5: 1079}
	everything := [12]int{2: 2000, 8: 0, 9: 4479}
	for _, c := range []struct {
		monitor image.Rectangle
		panels  [][12]int
		want    image.Rectangle
	}{
		{low, [][12]int{bottomOfLow, topOfHigh}, image.Rect(0, 0, 1920, 1040)},
		{high, [][12]int{bottomOfLow, topOfHigh}, image.Rect(1920, 30, 4480, 1440)},
		{low, [][12]int{leftOfLow, bottomOfLow}, image.Rect(60, 0, 1920, 1040)},
		{high, [][12]int{leftOfLow}, high},
		{low, [][12]int{everything}, low},
	} {
		if got, _ := withoutPanels(c.monitor, root, c.panels); got != c.want {
			t.Errorf("%v with %v: %v, want %v", c.monitor, c.panels, got, c.want)
		}
	}
}
