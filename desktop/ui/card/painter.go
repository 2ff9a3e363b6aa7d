package card

import (
	"image"
	"image/draw"

	"traybell/desktop/model"

	"fyne.io/fyne/v2/driver/software"
)

// Painter paints one card as a picture and takes what the pointer does by the picture's pixels.
// Like the card it belongs to Fyne's goroutine.
type Painter struct {
	Card   *Card
	canvas software.WindowlessCanvas
	scale  float32
}

// NewPainter builds a card and what paints it.
func NewPainter(look Look, act Actions) *Painter {
	p := &Painter{Card: New(look, act), canvas: software.NewTransparentCanvas(), scale: 1}
	p.canvas.SetPadded(false)
	p.canvas.SetContent(p.Card.Object())
	return p
}

// Paint shows a card and returns its picture at a scale; 1 is 96 dpi. Outside the round corners the
// picture is transparent.
func (p *Painter) Paint(m model.Card, scale float32) *image.NRGBA {
	p.Card.Set(m)
	return p.Again(scale)
}

// PaintMore returns the picture of the line that counts the cards without a place.
func (p *Painter) PaintMore(n int, scale float32) *image.NRGBA {
	p.Card.SetMore(n)
	return p.Again(scale)
}

// Again paints the card as it is now.
func (p *Painter) Again(scale float32) *image.NRGBA {
	if scale <= 0 {
		scale = 1
	}
	p.scale = scale
	p.canvas.SetScale(scale)
	p.canvas.Resize(p.Card.Size())
	img := p.canvas.Capture()
	if n, ok := img.(*image.NRGBA); ok {
		return n
	}
	n := image.NewNRGBA(img.Bounds())
	draw.Draw(n, n.Bounds(), img, img.Bounds().Min, draw.Src)
	return n
}

// Tap presses the card at a pixel of its picture and tells whether it must be painted again.
func (p *Painter) Tap(x, y int) bool { return p.Card.Tap(float32(x)/p.scale, float32(y)/p.scale) }

// Hover says at which pixel the pointer is, or that it has left, and tells whether the card must be
// painted again.
func (p *Painter) Hover(x, y int, over bool) bool {
	return p.Card.Hover(float32(x)/p.scale, float32(y)/p.scale, over)
}
