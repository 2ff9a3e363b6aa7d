package ui

import (
	"image/color"

	"traybell/desktop/ui/card"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// categories in the order of the choice.
var categories = []protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}

// categoryChoice is a choice of four categories, each an icon and a name. Like a radio group it is
// a single tab stop with arrow keys.
type categoryChoice struct {
	widget.DisableableWidget
	names  []string
	look   card.Look
	chosen int
}

func newCategoryChoice(names []string, look card.Look, chosen protocol.Color) *categoryChoice {
	c := &categoryChoice{names: names, look: look}
	for i, of := range categories {
		if of == chosen {
			c.chosen = i
		}
	}
	c.ExtendBaseWidget(c)
	return c
}

// color is the selected category.
func (c *categoryChoice) color() protocol.Color { return categories[c.chosen] }

func (c *categoryChoice) choose(i int) {
	c.chosen = (i + len(categories)) % len(categories)
	c.Refresh()
}

// Tapped selects the tapped category.
func (c *categoryChoice) Tapped(at *fyne.PointEvent) {
	column, row := 0, 0
	if at.Position.X > c.Size().Width/2 {
		column = 1
	}
	if at.Position.Y > c.Size().Height/2 {
		row = 1
	}
	c.choose(row*2 + column)
	if on := fyne.CurrentApp().Driver().CanvasForObject(c); on != nil {
		on.Focus(c)
	}
}

// TypedKey moves the selection: left and right by one, up and down by a row.
func (c *categoryChoice) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyRight, fyne.KeySpace:
		c.choose(c.chosen + 1)
	case fyne.KeyLeft:
		c.choose(c.chosen - 1)
	case fyne.KeyDown, fyne.KeyUp:
		c.choose(c.chosen + 2)
	}
}

// TypedRune implements fyne.Focusable.
func (*categoryChoice) TypedRune(rune) {}

// FocusGained implements fyne.Focusable. The window draws the focus ring.
func (*categoryChoice) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (*categoryChoice) FocusLost() {}

// AccessibilityLabel is the text for screen readers.
func (c *categoryChoice) AccessibilityLabel() string { return c.names[c.chosen] }

// AccessibilityRole is the closest role in Fyne.
func (*categoryChoice) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (c *categoryChoice) CreateRenderer() fyne.WidgetRenderer {
	r := &categoryRenderer{of: c}
	for i := range categories {
		t := categoryTile{
			back:    canvas.NewRectangle(color.Transparent),
			picture: canvas.NewImageFromResource(card.CategoryIcon(categories[i], c.look)),
			name:    canvas.NewText(c.names[i], color.Transparent), radio: widget.NewIcon(theme.RadioButtonIcon()),
		}
		t.picture.FillMode = canvas.ImageFillContain
		r.tiles = append(r.tiles, t)
	}
	r.Refresh()
	return r
}

type categoryTile struct {
	back    *canvas.Rectangle
	radio   *widget.Icon
	picture *canvas.Image
	name    *canvas.Text
}

type categoryRenderer struct {
	of    *categoryChoice
	tiles []categoryTile
}

const (
	tileGap  = 6
	tilePad  = 10
	tileIcon = 22
)

// Layout arranges two columns and two rows.
func (r *categoryRenderer) Layout(size fyne.Size) {
	w, h := (size.Width-tileGap)/2, (size.Height-tileGap)/2
	for i, t := range r.tiles {
		x, y := float32(i%2)*(w+tileGap), float32(i/2)*(h+tileGap)
		t.back.Move(fyne.NewPos(x, y))
		t.back.Resize(fyne.NewSize(w, h))
		at := x + tilePad
		for _, o := range []fyne.CanvasObject{t.radio, t.picture} {
			o.Move(fyne.NewPos(at, y+(h-tileIcon)/2))
			o.Resize(fyne.NewSquareSize(tileIcon))
			at += tileIcon + 8
		}
		t.name.Move(fyne.NewPos(at, y+(h-t.name.MinSize().Height)/2))
		t.name.Resize(t.name.MinSize())
	}
}

// MinSize fits the longest name.
func (r *categoryRenderer) MinSize() fyne.Size {
	var w, h float32 = 0, tileIcon
	for _, t := range r.tiles {
		w, h = max(w, t.name.MinSize().Width), max(h, t.name.MinSize().Height)
	}
	return fyne.NewSize(2*(w+2*(tileIcon+8)+2*tilePad)+tileGap, 2*(h+2*tilePad)+tileGap)
}

// Refresh marks the selection with the radio icon, the frame and bold text.
func (r *categoryRenderer) Refresh() {
	for i, t := range r.tiles {
		chosen := i == r.of.chosen
		t.back.FillColor, t.back.CornerRadius = theme.Color(theme.ColorNameInputBackground), theme.InputRadiusSize()
		t.back.StrokeColor, t.back.StrokeWidth = theme.Color(theme.ColorNameInputBorder), 1
		mark := theme.RadioButtonIcon()
		if chosen {
			t.back.StrokeColor, t.back.StrokeWidth = theme.Color(theme.ColorNamePrimary), 2
			mark = theme.NewPrimaryThemedResource(theme.RadioButtonCheckedIcon())
		}
		t.radio.SetResource(mark)
		t.name.Color, t.name.TextSize = theme.Color(theme.ColorNameForeground), theme.TextSize()
		t.name.TextStyle = fyne.TextStyle{Bold: chosen}
		t.back.Refresh()
		t.name.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer, frames first.
func (r *categoryRenderer) Objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, t := range r.tiles {
		all = append(all, t.back, t.radio, t.picture, t.name)
	}
	return all
}

// Destroy implements fyne.WidgetRenderer.
func (*categoryRenderer) Destroy() {}
