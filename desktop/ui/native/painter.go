package native

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/within"
)

// margin is how far an object may paint beyond its size, such as a line of its width.
const margin = 12

// painter paints canvases, object by object with Fyne's painter. That one alone would paint a whole
// canvas, but slowly: what is not visible, too, and all again each time. It would also paint the text
// of a field beyond the list that the field is scrolled out of.
type painter struct {
	of     *view
	on     *image.RGBA
	tile   tile
	tiles  map[any]*image.NRGBA // pictures of objects in the last picture
	before map[any]*image.NRGBA
}

// paint returns the picture of a canvas, which is opaque.
func (p *painter) paint(of *view, background color.Color) *image.RGBA {
	bounds := image.Rect(0, 0, of.pixels(of.Size().Width), of.pixels(of.Size().Height))
	if p.on == nil || p.on.Rect != bounds {
		p.on = image.NewRGBA(bounds)
	}
	p.of, p.tile = of, newTile(of.Scale())
	p.before, p.tiles = p.tiles, map[any]*image.NRGBA{}
	draw.Draw(p.on, bounds, image.NewUniform(background), image.Point{}, draw.Src)
	for _, tree := range of.trees() {
		p.walk(tree, fyne.Position{}, bounds)
	}
	p.before = nil
	return p.on
}

// walk paints an object and what it consists of. clip is the part that it may paint on.
func (p *painter) walk(o fyne.CanvasObject, parent fyne.Position, clip image.Rectangle) {
	if o == nil || !o.Visible() || clip.Empty() {
		return
	}
	at := parent.Add(o.Position())
	if within.Clips(o) {
		clip = clip.Intersect(image.Rect(p.of.pixels(at.X), p.of.pixels(at.Y), p.of.pixels(at.X+o.Size().Width),
			p.of.pixels(at.Y+o.Size().Height)))
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, part := range o.Objects {
			p.walk(part, at, clip)
		}
	case fyne.Widget:
		for _, part := range within.Renderer(o).Objects() {
			p.walk(part, at, clip)
		}
	default:
		p.object(o, at, clip)
	}
}

// object paints a shape, text or picture, unless it is outside the clip.
func (p *painter) object(o fyne.CanvasObject, at fyne.Position, clip image.Rectangle) {
	size := o.Size()
	from := image.Pt(p.of.pixels(at.X), p.of.pixels(at.Y))
	var key any
	switch o := o.(type) {
	case *canvas.Rectangle:
		k := rectangleKey(o)
		if k.plain() {
			to := from.Add(image.Pt(p.of.pixels(size.Width), p.of.pixels(size.Height)))
			area := image.Rectangle{Min: from, Max: to}.Intersect(clip)
			draw.Draw(p.on, area, image.NewUniform(k.fill), image.Point{}, draw.Over)
			return
		}
		key = k
	case *canvas.Text:
		size = size.Max(o.MinSize()) // it may be longer than its place
		key = textKey(o)
	}
	t := piece{edge: p.of.pixels(margin)}
	from.X, t.beyond[0] = split(at.X * p.of.Scale())
	from.Y, t.beyond[1] = split(at.Y * p.of.Scale())
	from = from.Sub(image.Pt(t.edge, t.edge))
	t.size = image.Pt(p.of.pixels(size.Width)+2*t.edge, p.of.pixels(size.Height)+2*t.edge)
	area := image.Rectangle{Min: from, Max: from.Add(t.size)}
	if part := area.Intersect(clip); !part.Empty() {
		draw.Draw(p.on, part, p.picture(o, key, t), part.Min.Sub(from), draw.Over)
	}
}

// piece is the picture of an object and where the object is in it.
type piece struct {
	size   image.Point
	edge   int        // pixels around the object
	beyond [2]float32 // how far its position is beyond a pixel
}

// split splits a coordinate into a pixel and what is beyond it, in sixteenths.
func split(x float32) (pixel int, beyond float32) {
	whole := float32(math.Floor(float64(x)))
	beyond = float32(math.Round(float64(x-whole)*16)) / 16
	if beyond == 1 {
		return int(whole) + 1, 0
	}
	return int(whole), beyond
}

// picture returns the picture of an object, the same as in the last picture if its key is.
func (p *painter) picture(o fyne.CanvasObject, key any, t piece) *image.NRGBA {
	type place struct {
		key any
		piece
	}
	if key == nil {
		return p.tile.paint(o, t)
	}
	key = place{key, t}
	img := cmp.Or(p.tiles[key], p.before[key])
	if img == nil {
		img = p.tile.paint(o, t)
	}
	p.tiles[key] = img
	return img
}

// forget drops what was painted with another theme.
func (p *painter) forget() { p.tiles = nil }

// rectangle is what a canvas.Rectangle looks like, apart from its size.
type rectangle struct {
	fill, stroke color.NRGBA
	width        float32
	aspect       float32
	corners      [5]float32
	shadow       canvas.Shadow
}

func rectangleKey(r *canvas.Rectangle) rectangle {
	k := rectangle{
		fill: plainColor(r.FillColor), stroke: plainColor(r.StrokeColor), width: r.StrokeWidth, aspect: r.Aspect,
		corners: [5]float32{
			r.CornerRadius, r.TopLeftCornerRadius, r.TopRightCornerRadius, r.BottomLeftCornerRadius,
			r.BottomRightCornerRadius,
		},
		shadow: r.Shadow,
	}
	k.shadow.Color = plainColor(k.shadow.Color)
	return k
}

// plain reports whether it is only filled.
func (r rectangle) plain() bool {
	return (r.width == 0 || r.stroke.A == 0) && r.aspect == 0 && r.corners == [5]float32{} &&
		r.shadow == canvas.Shadow{Color: color.NRGBA{}}
}

func plainColor(c color.Color) color.NRGBA {
	if c == nil {
		return color.NRGBA{}
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// letters is what a canvas.Text looks like.
type letters struct {
	text      string
	color     color.NRGBA
	size      float32
	style     fyne.TextStyle
	alignment fyne.TextAlign
}

// textKey returns nil for a text with the theme's colour or a font of its own.
func textKey(t *canvas.Text) any {
	if t.Color == nil || t.FontSource != nil {
		return nil
	}
	return letters{t.Text, plainColor(t.Color), t.TextSize, t.TextStyle, t.Alignment}
}

// tile is a canvas for one object.
type tile struct {
	fyne.Canvas
	holder *fyne.Container
	size   fyne.Size
	scale  float32
}

func newTile(scale float32) tile { return tile{holder: &fyne.Container{}, scale: scale} }

// Content implements fyne.Canvas, with the methods below as far as Fyne's painter uses it.
func (t *tile) Content() fyne.CanvasObject { return t.holder }

// Overlays implements fyne.Canvas.
func (t *tile) Overlays() fyne.OverlayStack { return none{} }

// Size implements fyne.Canvas.
func (t *tile) Size() fyne.Size { return t.size }

// Scale implements fyne.Canvas.
func (t *tile) Scale() float32 { return t.scale }

// none are no overlays.
type none struct{ fyne.OverlayStack }

// List implements fyne.OverlayStack.
func (none) List() []fyne.CanvasObject { return nil }

// paint returns the picture of an object.
func (t *tile) paint(o fyne.CanvasObject, p piece) *image.NRGBA {
	t.size = fyne.NewSize((float32(p.size.X)-slack)/t.scale, (float32(p.size.Y)-slack)/t.scale)
	t.holder.Objects = []fyne.CanvasObject{o}
	t.holder.Resize(t.size)
	at := fyne.NewPos(float32(p.edge)+p.beyond[0]-slack, float32(p.edge)+p.beyond[1]-slack)
	t.holder.Move(fyne.NewPos(at.X/t.scale, at.Y/t.scale).Subtract(o.Position()))
	return within.Paint(t)
}
