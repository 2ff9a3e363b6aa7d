package native

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/within"
)

// view is the canvas of a window: one in memory that notices changes and keeps its contents laid
// out.
type view struct {
	software.WindowlessCanvas
	dirty bool
	sizes map[fyne.CanvasObject]fyne.Size // least sizes at the last layout
	spare map[fyne.CanvasObject]fyne.Size
}

func newView() *view {
	return &view{
		WindowlessCanvas: software.NewCanvas(), sizes: map[fyne.CanvasObject]fyne.Size{},
		spare: map[fyne.CanvasObject]fyne.Size{},
	}
}

// Refresh implements fyne.Canvas.
func (c *view) Refresh(fyne.CanvasObject) { c.dirty = true }

// SetDirty requests a new picture. Package canvas of Fyne calls it for objects that have moved.
func (c *view) SetDirty() { c.dirty = true }

// SetContent implements fyne.Canvas.
func (c *view) SetContent(o fyne.CanvasObject) {
	c.WindowlessCanvas.SetContent(o)
	c.dirty = true
}

// Resize sets the size of the canvas.
func (c *view) Resize(size fyne.Size) {
	if c.Scale() == 1 {
		size.Width, size.Height = ceil(size.Width), ceil(size.Height) // or texts would be blurred
	}
	c.WindowlessCanvas.Resize(size)
	c.dirty = true
}

func ceil(x float32) float32 { return float32(math.Ceil(float64(x))) }

// PixelCoordinateForPosition implements fyne.Canvas.
func (c *view) PixelCoordinateForPosition(pos fyne.Position) (x, y int) {
	return c.pixels(pos.X), c.pixels(pos.Y)
}

// pixels rounds up, as Fyne's painter does, apart from errors of rounding.
func (c *view) pixels(x float32) int { return int(math.Ceil(float64(x*c.Scale()) - slack)) }

const slack = 0.02

// Overlays implements fyne.Canvas.
func (c *view) Overlays() fyne.OverlayStack { return overlays{c.WindowlessCanvas.Overlays(), c} }

// overlays are the menus and dialogs above a canvas.
type overlays struct {
	fyne.OverlayStack
	of *view
}

// Add implements fyne.OverlayStack.
func (o overlays) Add(overlay fyne.CanvasObject) {
	o.OverlayStack.Add(overlay)
	o.of.dirty = true
}

// Remove implements fyne.OverlayStack.
func (o overlays) Remove(overlay fyne.CanvasObject) {
	o.OverlayStack.Remove(overlay)
	o.of.dirty = true
}

// trees are the contents and the overlays.
func (c *view) trees() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{c.Content()}, c.WindowlessCanvas.Overlays().List()...)
}

// minSize is the least size of the canvas.
func (c *view) minSize() fyne.Size {
	size := c.Content().MinSize()
	if c.Padded() {
		size = size.Add(fyne.NewSquareSize(theme.Padding() * 2))
	}
	return size
}

// layout lays out what has changed its least size, and enlarges the canvas if it must.
func (c *view) layout() {
	was, now, changed := c.sizes, c.spare, false
	clear(now)
	for i, tree := range c.trees() {
		var again fyne.CanvasObject // the parent of an object that has changed
		within.Walk(tree, func(o, parent fyne.CanvasObject) {
			if within.Canvas(o) != c {
				within.SetCanvas(o, c, func() {
					if img, ok := o.(*canvas.Image); ok {
						img.Refresh() // for the scale of this canvas
					}
				})
			}
			if again == o {
				layOut(o)
				again = nil
			}
			size := o.MinSize()
			now[o] = size
			if before, known := was[o]; known && before == size {
				return
			}
			if parent != nil {
				again = parent
				return
			}
			if i == 0 {
				changed = true
			}
			if larger := size.Max(o.Size()); larger != o.Size() && o.Size() != c.Size() {
				o.Resize(larger)
			} else {
				layOut(o)
			}
		})
	}
	c.sizes, c.spare = now, was
	if size, least := c.Size(), c.minSize(); changed && size != size.Max(least) {
		c.Resize(size.Max(least))
	}
}

// notice marks the canvas if other objects are visible than at the last layout. Fyne reports changes
// of objects that it knows, but not that one is shown for the first time.
func (c *view) notice() {
	count, known := 0, true
	for _, tree := range c.trees() {
		within.Walk(tree, func(o, _ fyne.CanvasObject) {
			count++
			if _, was := c.sizes[o]; !was {
				known = false
			}
		})
	}
	if !known || count != len(c.sizes) {
		c.dirty = true
	}
}

// layOut places what an object consists of.
func layOut(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *fyne.Container:
		if o.Layout != nil {
			o.Layout.Layout(o.Objects, o.Size())
		}
	case fyne.Widget:
		within.Renderer(o).Layout(o.Size())
	}
}
