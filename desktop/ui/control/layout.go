package control

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// Tight stacks objects without the gap of their margins.
func Tight(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.Padding()*1.5), objects...)
}

// Narrow gives its contents a fixed width.
type Narrow float32

// Layout implements fyne.Layout.
func (Narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// MinSize has the width scaled by the text size.
func (n Narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(n)*TextSize(), 0)
	for _, o := range objects {
		size = size.Max(fyne.NewSize(0, o.MinSize().Height))
	}
	return size
}

// TextSize is the text scale.
func TextSize() float32 { return theme.TextSize() / theme.DefaultTheme().Size(theme.SizeNameText) }
