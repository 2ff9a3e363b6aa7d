//go:build e2e

package pages

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

// In pixels; what is far below the fold is left out.
const (
	sheetGap    = 16
	sheetHeight = 1600 // of a picture at most
)

// sheet draws the pictures of a page next to each other, in their 256 most frequent colours.
func sheet(pictures [][]byte) ([]byte, error) {
	var all []image.Image
	size := image.Pt(sheetGap, 0)
	for _, text := range pictures {
		picture, err := png.Decode(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		all = append(all, picture)
		size.X += picture.Bounds().Dx() + sheetGap
		size.Y = max(size.Y, min(picture.Bounds().Dy(), sheetHeight)+2*sheetGap)
	}
	whole := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(whole, whole.Bounds(), image.NewUniform(color.Gray{Y: 0x80}), image.Point{}, draw.Src)
	at := image.Pt(sheetGap, sheetGap)
	for _, picture := range all {
		bounds := picture.Bounds()
		place := image.Rect(0, 0, bounds.Dx(), min(bounds.Dy(), sheetHeight)).Add(at)
		draw.Draw(whole, place, picture, bounds.Min, draw.Src)
		at.X += bounds.Dx() + sheetGap
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduce(whole))
	return out.Bytes(), err
}

// reduce replaces colours by the nearest of the 256 most frequent ones.
func reduce(picture *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	bounds := picture.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			count[picture.RGBAAt(x, y)]++
		}
	}
	often := func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), slices.Compare([]uint8{a.R, a.G, a.B}, []uint8{b.R, b.G, b.B}))
	}
	frequent := slices.SortedFunc(maps.Keys(count), often)
	var palette color.Palette
	for _, c := range frequent[:min(256, len(frequent))] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(bounds, palette)
	index := map[color.RGBA]uint8{}
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			c := picture.RGBAAt(x, y)
			i, known := index[c]
			if !known {
				i = uint8(palette.Index(c)) //nolint:gosec // of 256
				index[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
