//go:build !windows && !darwin

package platform

import (
	"image"

	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// cut sets the window's shape to the picture's outline (round corners) with the Shape extension.
func (s *x11Surface) cut(img *image.NRGBA) {
	if !s.h.shape {
		return
	}
	outline := outline(img)
	if equalRectangles(outline, s.corners) {
		return
	}
	s.corners = outline
	shape.Rectangles(s.h.c, shape.SoSet, shape.SkBounding, xproto.ClipOrderingYXBanded, s.w, 0, 0, outline)
}

// outline returns the opaque part of a picture as few rectangles, top to bottom. A row extends from
// its first to its last opaque pixel.
func outline(img *image.NRGBA) []xproto.Rectangle {
	b := img.Bounds()
	var out []xproto.Rectangle
	for y := range b.Dy() {
		row := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
		left, right := 0, b.Dx()
		for left < right && row[4*left+3] < 128 {
			left++
		}
		for right > left && row[4*(right-1)+3] < 128 {
			right--
		}
		if left == right {
			continue
		}
		if n := len(out); n > 0 && int(out[n-1].X) == left && int(out[n-1].Width) == right-left &&
			int(out[n-1].Y)+int(out[n-1].Height) == y {
			out[n-1].Height++
			continue
		}
		out = append(out, xproto.Rectangle{X: int16(left), Y: int16(y), Width: uint16(right - left), Height: 1})
	}
	return out
}

func equalRectangles(a, b []xproto.Rectangle) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
