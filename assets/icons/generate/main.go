// Command generate draws the program's icons into the parent folder. A shape is a condition on a
// point of the unit square, and the colour of a pixel is the mean of 8 × 8 points.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
)

// shape reports whether a point belongs to it. x and y run from 0 to 1, y downwards.
type shape func(x, y float64) bool

// layer is a shape with a colour. Later layers cover earlier ones. A nil colour cuts a hole.
type layer struct {
	is shape
	in color.Color
}

var (
	green  = color.NRGBA{0x1b, 0x9e, 0x4b, 0xff}
	blue   = color.NRGBA{0x1e, 0x88, 0xe5, 0xff}
	amber  = color.NRGBA{0xff, 0xb3, 0x00, 0xff}
	gray   = color.NRGBA{0x8a, 0x93, 0x9c, 0xff}
	red    = color.NRGBA{0xe5, 0x39, 0x35, 0xff}
	dark   = color.NRGBA{0x26, 0x32, 0x38, 0xff}
	violet = color.NRGBA{0x5e, 0x35, 0xb1, 0xff}
	white  = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

func main() {
	pictures := map[string][]layer{
		"tray_connected": {{bell(0), green}},
		"tray_ringing":   {{bell(0.32), blue}, {waves, blue}},
		"tray_talking":   {{handset, blue}},
		"tray_warning":   {{triangle(0.5, 0.06, 0.94), amber}, {mark, dark}},
		"tray_no_connection": {
			{bell(0), gray},
			{inner, nil},
			{stroke(0.09, 0.09, 0.91, 0.91, 0.10), nil},
			{stroke(0.09, 0.09, 0.91, 0.91, 0.055), red},
		},
	}
	missed := []layer{{disk(0.25, 0.29), nil}, {disk(0.25, 0.24), red}, {arrow, white}}
	quiet := []layer{{disk(0.76, 0.29), nil}, {disk(0.76, 0.24), violet}, {bar(0.62, 0.715, 0.90, 0.805), white}}
	for name, layers := range pictures {
		for mark, more := range map[string][]layer{
			"": nil, "_missed": missed, "_quiet": quiet,
			"_missed_quiet": append(append([]layer{}, missed...), quiet...),
		} {
			whole := append(append([]layer{}, layers...), more...)
			write(name+mark+".png", encode(draw(whole, 64)))
			write(name+mark+".ico", ico(whole, 16, 20, 24, 32, 48))
		}
	}
	app := []layer{{rounded(0.22), green}, {scaled(bell(0.18), 0.74), white}}
	write("app.png", encode(draw(app, 256)))
	write("app.ico", ico(app, 16, 24, 32, 48, 256))
	// Icons of macOS have a margin.
	const margin = 824. / 1024
	write("app.icns", icns([]layer{
		{scaled(rounded(0.22), margin), green}, {scaled(bell(0.18), 0.74*margin), white},
	}))
}

func write(name string, data []byte) {
	if err := os.WriteFile(name, data, 0o644); err != nil {
		log.Fatal(fmt.Errorf("icons: %w", err))
	}
}

// bell is a hanging bell, turned about its top by an angle in radians.
func bell(angle float64) shape {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) bool {
		x, y = x-0.5, y-0.46
		x, y = x*cos+y*sin, y*cos-x*sin
		y += 0.46
		return math.Hypot(x, y-0.12) < 0.075 || body(x, y, 0) || math.Hypot(x, y-0.83) < 0.115 && y > 0.835
	}
}

// body is the bell without crown and clapper, centred at x = 0 and inset by less.
func body(x, y, less float64) bool {
	x = math.Abs(x)
	switch {
	case y < 0.12+less || y > 0.79-less:
		return false
	case y < 0.42:
		return math.Hypot(x, y-0.42) < 0.30-less
	case y < 0.62:
		return x < 0.30-less
	case y < 0.70:
		return x < 0.30-less+(y-0.62)*1.5
	default:
		return x < 0.42-less
	}
}

// inner is cut out of a bell to leave its outline.
func inner(x, y float64) bool { return body(x-0.5, y, 0.075) && y < 0.70 }

// waves are two arcs next to a ringing bell.
func waves(x, y float64) bool {
	r := math.Hypot(x-0.5, y-0.45)
	if r < 0.435 || r > 0.50 {
		return false
	}
	a := math.Atan2(y-0.45, math.Abs(x-0.5))
	return a > -0.95 && a < -0.05
}

// handset is a slanted telephone handset: an arc with a block at both ends.
func handset(x, y float64) bool {
	x, y = x-0.5, y-0.5
	const s = math.Sqrt2 / 2
	u, v := (y-x)*s, (x+y)*s // v runs from the ear, upper left, to the mouth, lower right
	r := math.Hypot(u+0.52, v)
	arc := r > 0.56 && r < 0.74 && math.Abs(v) < 0.44
	block := u > -0.26 && u < 0.14 && math.Abs(v) > 0.23 && math.Abs(v) < 0.46
	return arc || block
}

// triangle has its tip at tip and its base at base.
func triangle(middle, tip, base float64) shape {
	return func(x, y float64) bool {
		return y > tip && y < base && math.Abs(x-middle) < 0.035+(y-tip)/(base-tip)*0.46
	}
}

// mark is an exclamation mark inside a triangle.
func mark(x, y float64) bool {
	x = math.Abs(x - 0.5)
	return y > 0.36 && y < 0.68 && x < 0.075-(y-0.36)*0.09 || math.Hypot(x, y-0.79) < 0.062
}

// disk is a filled circle on the right, the background of marks.
func disk(middle, radius float64) shape {
	return func(x, y float64) bool { return math.Hypot(x-0.76, y-middle) < radius }
}

// bar is a filled rectangle.
func bar(x0, y0, x1, y1 float64) shape {
	return func(x, y float64) bool { return x > x0 && x < x1 && y > y0 && y < y1 }
}

// arrow marks a missed call: it comes down and bounces off.
func arrow(x, y float64) bool {
	return stroke(0.63, 0.17, 0.76, 0.31, 0.036)(x, y) || stroke(0.76, 0.31, 0.89, 0.17, 0.036)(x, y) || stroke(0.63,
		0.17, 0.63, 0.29, 0.036)(x, y) || stroke(0.63, 0.17, 0.75, 0.17, 0.036)(x, y)
}

// stroke is a line between two points that extends by width on both sides.
func stroke(x0, y0, x1, y1, width float64) shape {
	dx, dy := x1-x0, y1-y0
	length := dx*dx + dy*dy
	return func(x, y float64) bool {
		t := max(0, min(1, ((x-x0)*dx+(y-y0)*dy)/length))
		return math.Hypot(x-x0-t*dx, y-y0-t*dy) < width
	}
}

// rounded is the whole square with round corners.
func rounded(radius float64) shape {
	return func(x, y float64) bool {
		dx, dy := max(math.Abs(x-0.5)-0.5+radius, 0), max(math.Abs(y-0.5)-0.5+radius, 0)
		return math.Hypot(dx, dy) < radius
	}
}

// scaled scales a shape about the centre.
func scaled(s shape, by float64) shape {
	return func(x, y float64) bool { return s((x-0.5)/by+0.5, (y-0.5)/by+0.5) }
}

func draw(layers []layer, size int) *image.NRGBA {
	const samples = 8
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, n int
			for i := range samples * samples {
				x := (float64(px) + (float64(i%samples)+0.5)/samples) / float64(size)
				y := (float64(py) + (float64(i/samples)+0.5)/samples) / float64(size)
				var at color.Color
				for _, l := range layers {
					if l.is(x, y) {
						at = l.in
					}
				}
				if c, ok := at.(color.NRGBA); ok {
					r, g, b, n = r+int(c.R), g+int(c.G), b+int(c.B), n+1
				}
			}
			if n > 0 {
				img.SetNRGBA(px, py, color.NRGBA{
					uint8(r / n), uint8(g / n), uint8(b / n), uint8(n * 255 / (samples * samples)),
				})
			}
		}
	}
	return img
}

func encode(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		log.Fatal(fmt.Errorf("icons: %w", err))
	}
	return b.Bytes()
}

// ico packs the sizes into a Windows icon: as bitmaps, which every Windows supports, and 256 pixels
// as PNG, as is common.
func ico(layers []layer, sizes ...int) []byte {
	var head, body bytes.Buffer
	put := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			if err := binary.Write(b, binary.LittleEndian, v); err != nil {
				log.Fatal(fmt.Errorf("icons: %w", err))
			}
		}
	}
	put(&head, uint16(0), uint16(1), uint16(len(sizes)))
	for _, size := range sizes {
		img := draw(layers, size)
		var data []byte
		if size >= 256 {
			data = encode(img)
		} else {
			data = bitmap(img, put)
		}
		put(&head, uint8(size), uint8(size), uint8(0), uint8(0), uint16(1), uint16(32), uint32(len(data)),
			uint32(6+16*len(sizes)+body.Len()))
		body.Write(data)
	}
	return append(head.Bytes(), body.Bytes()...)
}

// bitmap is a BITMAPINFOHEADER with twice the height, the pixels from the bottom up, and an empty
// mask, as alpha is used.
func bitmap(img *image.NRGBA, put func(*bytes.Buffer, ...any)) []byte {
	size := img.Rect.Dx()
	var b bytes.Buffer
	put(&b, uint32(40), int32(size), int32(size*2), uint16(1), uint16(32), uint32(0), uint32(0), int32(0), int32(0),
		uint32(0), uint32(0))
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			c := img.NRGBAAt(x, y)
			b.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	b.Write(make([]byte, (size+31)/32*4*size))
	return b.Bytes()
}

// icns packs an icon for macOS, as PNG. Names with the same size are those of Retina displays.
func icns(layers []layer) []byte {
	var body bytes.Buffer
	drawn := map[int][]byte{}
	for _, entry := range []struct {
		name string
		size int
	}{
		{"ic11", 32},
		{"ic12", 64},
		{"ic07", 128},
		{"ic13", 256},
		{"ic08", 256},
		{"ic14", 512},
		{"ic09", 512},
		{"ic10", 1024},
	} {
		if drawn[entry.size] == nil {
			drawn[entry.size] = encode(draw(layers, entry.size))
		}
		chunk(&body, entry.name, drawn[entry.size])
	}
	var file bytes.Buffer
	chunk(&file, "icns", body.Bytes())
	return file.Bytes()
}

// chunk appends data with its name and its length, which includes both.
func chunk(to *bytes.Buffer, name string, data []byte) {
	to.WriteString(name)
	to.Write(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))))
	to.Write(data)
}
