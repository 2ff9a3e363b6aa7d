package icons

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

// States must be distinguishable without colours: compare the outlines only.
func TestStatesDifferByShape(t *testing.T) {
	shapes := map[Look]*image.Alpha{}
	for _, s := range Looks() {
		img, err := png.Decode(bytes.NewReader(Tray(s)))
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		b := img.Bounds()
		shape := image.NewAlpha(b)
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				if _, _, _, a := img.At(x, y).RGBA(); a > 0x7fff {
					shape.Pix[shape.PixOffset(x, y)] = 255
				}
			}
		}
		shapes[s] = shape
	}
	for a, one := range shapes {
		for b, other := range shapes {
			if a.String() >= b.String() {
				continue
			}
			differ := 0
			for i := range one.Pix {
				if one.Pix[i] != other.Pix[i] {
					differ++
				}
			}
			if share := float64(differ) / float64(len(one.Pix)); share < 0.05 {
				t.Errorf("%v and %v differ in only %.1f %% of their shape", a, b, share*100)
			}
		}
	}
}
