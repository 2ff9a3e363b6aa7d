//go:build linux

package platform

import (
	"image"
	"slices"
	"testing"
)

func TestEachMonitorHasItsOwnScale(t *testing.T) {
	desk := func(w, h, mmW, mmH int, primary bool) screenX11 {
		return screenX11{bounds: image.Rect(0, 0, w, h), millimetres: image.Pt(mmW, mmH), primary: primary}
	}
	office, laptop4K, laptop, wide4K := desk(1920, 1080, 531, 299, true), desk(3840, 2160, 310, 174, false), desk(1920,
		1080, 310, 174, false), desk(3840, 2160, 600, 340, false)
	television, virtual := desk(1920, 1080, 160, 90, false), desk(1280, 800, 0, 0, false)
	primary := func(s screenX11) screenX11 { s.primary = true; return s }
	other := func(s screenX11) screenX11 { s.primary = false; return s }
	for _, c := range []struct {
		name    string
		xft     float32
		screens []screenX11
		want    []float32
	}{
		{"an office's monitor", 0, []screenX11{office}, []float32{1}},
		{"nobody scales a small laptop", 0, []screenX11{laptop}, []float32{1}},
		{"nothing is known", 0, []screenX11{virtual}, []float32{1}},
		{"by millimetres alone", 0, []screenX11{office, laptop4K, wide4K}, []float32{1, 2, 1.5}},
		{"the desktop's word counts", 1.25, []screenX11{office}, []float32{1.25}},
		{"as it is set, without rounding", 110. / 96, []screenX11{office, laptop}, []float32{110. / 96, 110. / 96}},
		{"a fine laptop beside an office's monitor", 1, []screenX11{office, laptop4K}, []float32{1, 2}},
		{"an office's monitor beside a fine laptop", 2, []screenX11{other(office), primary(laptop4K)}, []float32{1, 2}},
		{"a projector that tells its shape", 1.5, []screenX11{primary(wide4K), television}, []float32{1.5, 1.5}},
		{"small letters are wanted", 0.75, []screenX11{primary(laptop4K), other(office)}, []float32{0.75, 0.75}},
	} {
		if got := scales(c.xft, c.screens); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPanelsOfOneMonitorDoNotCutTheOther(t *testing.T) {
	low, high := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 4480, 1440)
	root := image.Rect(0, 0, 4480, 1440)
	// a panel of 40 pixels; struts count from the whole desktop's edge
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
