package dial

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// key is a key of the keypad. It takes no focus: the keyboard types into the field.
type key struct {
	widget.BaseWidget
	name  string
	press func()
}

func newKey(name string, press func()) *key {
	k := &key{name: name, press: press}
	k.ExtendBaseWidget(k)
	return k
}

// Tapped implements fyne.Tappable.
func (k *key) Tapped(*fyne.PointEvent) { k.press() }

// CreateRenderer implements fyne.Widget.
func (k *key) CreateRenderer() fyne.WidgetRenderer {
	shape := canvas.NewRectangle(theme.Color(theme.ColorNameButton))
	shape.CornerRadius = theme.InputRadiusSize()
	text := canvas.NewText(k.name, theme.Color(theme.ColorNameForeground))
	text.Alignment, text.TextSize = fyne.TextAlignCenter, theme.TextSize()*1.15
	room := canvas.NewRectangle(nil)
	room.SetMinSize(fyne.NewSize(44, 30))
	return &keyRenderer{widget.NewSimpleRenderer(container.NewStack(shape, room, text)), shape, text}
}

// keyRenderer follows the theme.
type keyRenderer struct {
	fyne.WidgetRenderer
	shape *canvas.Rectangle
	text  *canvas.Text
}

// Refresh implements fyne.WidgetRenderer.
func (r *keyRenderer) Refresh() {
	r.shape.FillColor = theme.Color(theme.ColorNameButton)
	r.text.Color = theme.Color(theme.ColorNameForeground)
	r.WidgetRenderer.Refresh()
}

// newKeypad is the keys of a telephone.
func newKeypad(press func(rune)) fyne.CanvasObject {
	keys := container.New(layout.NewGridLayoutWithColumns(3))
	for _, c := range "123456789*0#" {
		keys.Add(newKey(string(c), func() { press(c) }))
	}
	return keys
}
