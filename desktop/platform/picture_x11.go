//go:build !windows && !darwin

package platform

import (
	"image"

	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// pixels is the server's pixel format.
type pixels struct {
	order      [3]int // byte offsets of red, green and blue
	maxRequest int    // bytes
}

func findVisual(s *xproto.ScreenInfo) *xproto.VisualInfo {
	for _, d := range s.AllowedDepths {
		for i := range d.Visuals {
			if d.Visuals[i].VisualId == s.RootVisual {
				return &d.Visuals[i]
			}
		}
	}
	return nil
}

// encode appends rows of a picture in the server's format, with premultiplied alpha if mixed.
func (p pixels) encode(to []byte, img *image.NRGBA, y, rows int, mixed bool) []byte {
	b := img.Bounds()
	for row := y; row < y+rows; row++ {
		at := img.PixOffset(b.Min.X, b.Min.Y+row)
		line := img.Pix[at : at+4*b.Dx()]
		for i := 0; i+3 < len(line); i += 4 {
			var px [4]byte
			px[p.order[0]], px[p.order[1]], px[p.order[2]] = line[i], line[i+1], line[i+2]
			if mixed {
				a := uint32(line[i+3])
				for n, v := range px {
					px[n] = byte(uint32(v) * a / 255) // premultiplied
				}
				px[6-p.order[0]-p.order[1]-p.order[2]] = line[i+3]
			}
			to = append(to, px[:]...)
		}
	}
	return to
}

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
