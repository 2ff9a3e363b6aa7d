package ui

import (
	"slices"
	"testing"

	"traybell/desktop/ui/uitest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestNumberWindow(t *testing.T) {
	for name, withLink := range map[string]bool{"with CID-Link": true, "without CID-Link": false} {
		t.Run(name, func(t *testing.T) {
			test.NewTempApp(t)
			var done []string
			note := func(what string) func() { return func() { done = append(done, what) } }
			do := NumberActions{Copy: note("copy"), Close: note("close")}
			want := []string{"close", "copy"}
			if withLink {
				do.CID = note("cid")
				want = []string{"close", "cid", "copy"}
			}
			w := test.NewTempWindow(t, NewNumber(uitest.English(t), "+7 495 123-45-67", do))
			// in tab order; the number comes first as it is selectable; a pressed button loses the
			// focus
			for range len(want) + 1 {
				w.Canvas().FocusNext()
				on := w.Canvas().Focused()
				on.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
				w.Canvas().Focus(on)
			}
			if !slices.Equal(done, want) {
				t.Errorf("%q, want %q", done, want)
			}
		})
	}
}
