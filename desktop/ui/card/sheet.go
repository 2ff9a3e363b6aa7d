package card

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// sheet holds the canvas objects of a card: rectangles, then icons, then text, then the tip.
// Objects are reused by later drawings, so that a card does not grow with changes.
type sheet struct {
	box   *fyne.Container
	rects pool[*canvas.Rectangle]
	pics  pool[*canvas.Image]
	lines pool[*canvas.Text]

	above    bool // drawing a tip
	tipRects pool[*canvas.Rectangle]
	tipLines pool[*canvas.Text]
}

type pool[T fyne.CanvasObject] struct {
	all  []T
	used int
	make func() T
}

func (p *pool[T]) next() T {
	if p.used == len(p.all) {
		p.all = append(p.all, p.make())
	}
	p.used++
	return p.all[p.used-1]
}

func newSheet() *sheet {
	s := &sheet{box: &fyne.Container{}}
	s.rects.make = func() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }
	s.pics.make = func() *canvas.Image { return &canvas.Image{FillMode: canvas.ImageFillContain} }
	s.lines.make = func() *canvas.Text { return canvas.NewText("", color.Transparent) }
	s.tipRects.make, s.tipLines.make = s.rects.make, s.lines.make
	return s
}

func (s *sheet) begin() {
	s.rects.used, s.pics.used, s.lines.used, s.tipRects.used, s.tipLines.used = 0, 0, 0, 0, 0
}

// end sets the container's contents.
func (s *sheet) end() {
	s.box.Objects = s.box.Objects[:0]
	for _, r := range s.rects.all[:s.rects.used] {
		s.box.Objects = append(s.box.Objects, r)
	}
	for _, p := range s.pics.all[:s.pics.used] {
		s.box.Objects = append(s.box.Objects, p)
	}
	for _, l := range s.lines.all[:s.lines.used] {
		s.box.Objects = append(s.box.Objects, l)
	}
	for _, r := range s.tipRects.all[:s.tipRects.used] {
		s.box.Objects = append(s.box.Objects, r)
	}
	for _, l := range s.tipLines.all[:s.tipLines.used] {
		s.box.Objects = append(s.box.Objects, l)
	}
}

func (s *sheet) rect(x, y, w, h, radius float32, fill color.NRGBA) *canvas.Rectangle {
	pool := &s.rects
	if s.above {
		pool = &s.tipRects
	}
	r := pool.next()
	r.FillColor, r.StrokeColor, r.StrokeWidth, r.CornerRadius = fill, nil, 0, radius
	r.Move(fyne.NewPos(x, y))
	r.Resize(fyne.NewSize(w, h))
	return r
}

func (s *sheet) icon(x, y, size float32, picture fyne.Resource) {
	p := s.pics.next()
	p.Move(fyne.NewPos(x, y))
	p.Resize(fyne.NewSquareSize(size))
	if p.Resource == nil || p.Resource.Name() != picture.Name() {
		p.Resource = picture
		p.Refresh()
	}
}

// text draws a line whose box starts at y, and returns the size of the box.
func (s *sheet) text(x, y float32, words string, size float32, bold bool, c color.NRGBA) (w, h float32) {
	pool := &s.lines
	if s.above {
		pool = &s.tipLines
	}
	t := pool.next()
	t.Text, t.TextSize, t.Color, t.TextStyle = words, size, c, fyne.TextStyle{Bold: bold}
	box := fyne.MeasureText(words, size, t.TextStyle)
	t.Move(fyne.NewPos(x, y))
	t.Resize(box)
	return box.Width, box.Height
}
