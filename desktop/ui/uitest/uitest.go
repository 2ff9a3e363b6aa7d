// Package uitest reads and presses what a window shows, for tests.
package uitest

import (
	"testing"

	"traybell/assets/translations"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// English returns the English texts.
func English(t *testing.T) *translations.Texts {
	t.Helper()
	texts, err := translations.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// Labels returns the visible texts and button titles.
func Labels(in fyne.CanvasObject) []string {
	var found []string
	for _, o := range test.LaidOutObjects(in) {
		if !o.Visible() {
			continue
		}
		switch o := o.(type) {
		case *widget.Label:
			found = append(found, o.Text)
		case *widget.Button:
			found = append(found, o.Text)
		case *control.Note:
			found = append(found, o.Text())
		}
	}
	return found
}

// Press presses a button by its title.
func Press(t *testing.T, in fyne.CanvasObject, title string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(in) {
		if b, ok := o.(*widget.Button); ok && b.Text == title && b.Visible() {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no button %q among %q", title, Labels(in))
}
