package native

import (
	"bytes"
	"image"
)

// picture is what a frame shows.
type picture struct{ img *image.NRGBA }

// update takes over an opaque picture and returns the part that differs from the one before.
func (p *picture) update(img *image.RGBA) (changed image.Rectangle) {
	if p.img == nil || p.img.Rect != img.Rect {
		p.img = image.NewNRGBA(img.Rect)
		copy(p.img.Pix, img.Pix) // opaque pixels are the same in both formats
		return img.Rect
	}
	for y := range img.Rect.Dy() {
		from, to := img.Pix[y*img.Stride:][:img.Stride], p.img.Pix[y*p.img.Stride:][:p.img.Stride]
		if bytes.Equal(from, to) {
			continue
		}
		first, last := 0, len(from)
		for bytes.Equal(from[first:first+4], to[first:first+4]) {
			first += 4
		}
		for bytes.Equal(from[last-4:last], to[last-4:last]) {
			last -= 4
		}
		copy(to[first:last], from[first:last])
		changed = changed.Union(image.Rect(first/4, y, last/4, y+1))
	}
	return changed
}
