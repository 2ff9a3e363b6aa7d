package card

import (
	"image"
	"image/draw"

	"traybell/desktop/model"

	"fyne.io/fyne/v2/driver/software"
)

// Painter paints a card and handles the pointer in pixels of the picture. It belongs to Fyne's
// goroutine.
type Painter struct {
	Card   *Card
	canvas software.WindowlessCanvas
	scale  float32
}

// NewPainter creates a card with a painter.
func NewPainter(look Look, act Actions) *Painter {
	p := &Painter{Card: New(look, act), canvas: software.NewTransparentCanvas(), scale: 1}
	p.canvas.SetPadded(false)
	p.canvas.SetContent(p.Card.Object())
	return p
}

// Paint shows a card and returns its picture at a scale, where 1 is 96 dpi. Outside the round
// corners it is transparent.
func (p *Painter) Paint(m model.Card, scale float32) *image.NRGBA {
	p.Card.Set(m)
	return p.Repaint(scale)
}

// PaintMore returns the picture of the line that counts hidden cards.
func (p *Painter) PaintMore(n int, scale float32) *image.NRGBA {
	p.Card.SetMore(n)
	return p.Repaint(scale)
}

// Repaint paints the current card.
func (p *Painter) Repaint(scale float32) *image.NRGBA {
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

// Tap presses the card at a pixel and reports whether it must be repainted.
func (p *Painter) Tap(x, y int) bool { return p.Card.Tap(float32(x)/p.scale, float32(y)/p.scale) }

// Hover moves the pointer to a pixel, or away if over is false, and reports whether the card must
// be repainted.
func (p *Painter) Hover(x, y int, over bool) bool {
	return p.Card.Hover(float32(x)/p.scale, float32(y)/p.scale, over)
}
