package control

import (
	"traybell/assets/translations"

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

// NewLock is the icon of settings locked by the administrator.
func NewLock(texts *translations.Texts) fyne.CanvasObject {
	t := &tip{text: texts.Say("settings.locked")}
	t.Resource = theme.NewColoredResource(lockPicture(), theme.ColorNamePlaceHolder)
	t.ExtendBaseWidget(t)
	return t
}

func lockPicture() *theme.ThemedResource {
	return Picture("lock",
		`<path fill="#000000" d="M12 2a5 5 0 0 0-5 5v3H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-8`+
			`a2 2 0 0 0-2-2h-1V7a5 5 0 0 0-5-5zm0 2a3 3 0 0 1 3 3v3H9V7a3 3 0 0 1 3-3z"/>`)
}

// MouseIn shows the tooltip.
func (t *tip) MouseIn(*desktop.MouseEvent) {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(t)
	if canvas == nil {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
	t.shown = widget.NewPopUp(widget.NewLabel(t.text), canvas)
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
