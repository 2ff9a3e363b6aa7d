package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tip is an icon with a tooltip.
type tip struct {
	widget.Icon
	text  string
	shown *widget.PopUp
}

var _ desktop.Hoverable = (*tip)(nil)

func newTip(picture fyne.Resource, text string) *tip {
	t := &tip{text: text}
	t.Resource = picture
	t.ExtendBaseWidget(t)
	return t
}

// newLock is the icon of settings locked by the administrator.
func (f *SettingsForm) newLock() *tip {
	return newTip(theme.NewColoredResource(lockPicture(), theme.ColorNamePlaceHolder), f.texts.Say("settings.locked"))
}

// MouseIn shows the tooltip.
func (t *tip) MouseIn(*desktop.MouseEvent) {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(t)
	if canvas == nil {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
	t.shown = widget.NewPopUp(label(t.text), canvas)
	x := min(at.X, canvas.Size().Width-t.shown.MinSize().Width)
	t.shown.ShowAtPosition(fyne.NewPos(max(x, 0), at.Y+t.Size().Height))
}

// MouseMoved implements desktop.Hoverable.
func (t *tip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut hides the tooltip.
func (t *tip) MouseOut() {
	if t.shown != nil {
		t.shown.Hide()
		t.shown = nil
	}
}
