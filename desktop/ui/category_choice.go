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

// categories are the four, in the order in which they are offered.
var categories = []protocol.Color{protocol.Neutral, protocol.Green, protocol.Yellow, protocol.Red}

// categoryChoice is one of four categories, each a picture and a word. For the keyboard it is one
// place, as a group of radio buttons is: the arrows choose.
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

// color is the one that is chosen.
func (c *categoryChoice) color() protocol.Color { return categories[c.chosen] }

func (c *categoryChoice) choose(i int) {
	c.chosen = (i + len(categories)) % len(categories)
	c.Refresh()
}

// Tapped chooses what lies there.
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

// TypedKey moves the choice: right and left to the neighbour, up and down by a row.
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

// TypedRune is not ours.
func (*categoryChoice) TypedRune(rune) {}

// FocusGained is seen by the window's ring.
func (*categoryChoice) FocusGained() {}

// FocusLost is seen by the window's ring.
func (*categoryChoice) FocusLost() {}

// AccessibilityLabel is what a screen reader says.
func (c *categoryChoice) AccessibilityLabel() string { return c.names[c.chosen] }

// AccessibilityRole is the nearest that Fyne has.
func (*categoryChoice) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is Fyne's to call.
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

// Layout puts two beside and two below each other.
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

// MinSize has room for the longest word.
func (r *categoryRenderer) MinSize() fyne.Size {
	var w, h float32 = 0, tileIcon
	for _, t := range r.tiles {
		w, h = max(w, t.name.MinSize().Width), max(h, t.name.MinSize().Height)
	}
	return fyne.NewSize(2*(w+2*(tileIcon+8)+2*tilePad)+tileGap, 2*(h+2*tilePad)+tileGap)
}

// Refresh shows which is chosen: by a mark, by the frame and by the weight of the word.
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
		t.name.Color, t.name.TextSize, t.name.TextStyle = theme.Color(theme.ColorNameForeground), theme.TextSize(), fyne.TextStyle{Bold: chosen}
		t.back.Refresh()
		t.name.Refresh()
	}
}

// Objects are what is drawn, the frames first.
func (r *categoryRenderer) Objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, t := range r.tiles {
		all = append(all, t.back, t.radio, t.picture, t.name)
	}
	return all
}

// Destroy has nothing to give back.
func (*categoryRenderer) Destroy() {}
