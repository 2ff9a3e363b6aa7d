package ui

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestWindowFitsScreen(t *testing.T) {
	w := NewWindows(nil, nil)
	wanted := fyne.NewSize(680, 800)
	if got := w.fit(wanted, 1); got != wanted {
		t.Errorf("without a limit: %v", got)
	}
	for _, c := range []struct {
		width, height int
		scale         float32
		want          fyne.Size
	}{
		{1920, 1080, 1, wanted},
		{1280, 760, 1, fyne.NewSize(680, 716)},
		{1920, 1040, 2, fyne.NewSize(680, 476)},
		{0, 0, 1, wanted},
	} {
		w.KeepWithin(func() (int, int) { return c.width, c.height })
		if got := w.fit(wanted, c.scale); got != c.want {
			t.Errorf("%d×%d at scale %v: %v, want %v", c.width, c.height, c.scale, got, c.want)
		}
	}
}
