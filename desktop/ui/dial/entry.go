package dial

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// entry is the field of a number or a name. The arrows choose among the numbers below it.
type entry struct {
	widget.Entry
	view *View
}

func newEntry(v *View) *entry {
	e := &entry{view: v}
	e.ExtendBaseWidget(e)
	e.OnChanged = func(text string) {
		v.failed.Set("", "")
		v.do.Typed(text)
		v.chosen = -1
		v.list.UnselectAll()
		v.offer()
	}
	return e
}

// TypedKey implements fyne.Focusable.
func (e *entry) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyDown:
		e.view.choose(1)
	case fyne.KeyUp:
		e.view.choose(-1)
	default:
		e.Entry.TypedKey(key)
	}
}
