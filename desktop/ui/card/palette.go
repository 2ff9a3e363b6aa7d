package card

import "image/color"

// palette is the colours of a theme. All text has a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3),
// in high contrast 7:1 (1.4.6). A test computes each pair.
type palette struct {
	surface, border, hover color.NRGBA
	text, muted, link      color.NRGBA
	onAccent               color.NRGBA // text on a filled button
	blue, green, amber     color.NRGBA
	red, grey              color.NRGBA
	tint                   uint8   // alpha of colours used as a background
	line                   float32 // width of the card's border
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

var light = palette{
	surface: rgb(0xffffff), border: rgb(0xcfd6df), hover: rgb(0xeef2f7),
	text: rgb(0x18212d), muted: rgb(0x566172), link: rgb(0x0f5cb8), onAccent: rgb(0xffffff),
	blue: rgb(0x0f62c4), green: rgb(0x18774a), amber: rgb(0x995c00), red: rgb(0xc22a2a), grey: rgb(0x566172),
	tint: 0x1c, line: 1,
}

var dark = palette{
	surface: rgb(0x1e242c), border: rgb(0x3b4552), hover: rgb(0x2b333e),
	text: rgb(0xf0f3f7), muted: rgb(0xa3afbd), link: rgb(0x86bcff), onAccent: rgb(0x0d1520),
	blue: rgb(0x6cb0ff), green: rgb(0x5fd39a), amber: rgb(0xf2b456), red: rgb(0xff8a84), grey: rgb(0xa3afbd),
	tint: 0x2c, line: 1,
}

var lightHigh = palette{
	surface: rgb(0xffffff), border: rgb(0x000000), hover: rgb(0xe6eefc),
	text: rgb(0x000000), muted: rgb(0x2b323b), link: rgb(0x003a85), onAccent: rgb(0xffffff),
	blue: rgb(0x003a85), green: rgb(0x00492a), amber: rgb(0x5c3600), red: rgb(0x860a0a), grey: rgb(0x2b323b),
	tint: 0x10, line: 2,
}

var darkHigh = palette{
	surface: rgb(0x000000), border: rgb(0xffffff), hover: rgb(0x1c2836),
	text: rgb(0xffffff), muted: rgb(0xdfe5ec), link: rgb(0xa8d0ff), onAccent: rgb(0x000000),
	blue: rgb(0x9cc9ff), green: rgb(0x7ff0b8), amber: rgb(0xffd27d), red: rgb(0xffb3ae), grey: rgb(0xdfe5ec),
	tint: 0x24, line: 2,
}

// palette returns the palette of a look.
func (l Look) palette() palette {
	switch {
	case l.Contrast && l.Dark:
		return darkHigh
	case l.Contrast:
		return lightHigh
	case l.Dark:
		return dark
	}
	return light
}

// pressed is the colour of a hovered button: its fill with some of the text's colour.
func (p palette) pressed(fill color.NRGBA) color.NRGBA {
	over := p
	over.surface, over.tint = fill, 0x18
	return over.tinted(p.onAccent)
}

// clear is transparent.
func (palette) clear() color.NRGBA { return color.NRGBA{} }

// tinted mixes a colour into the surface.
func (p palette) tinted(c color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(p.tint) + int(b)*(255-int(p.tint))) / 255) }
	return color.NRGBA{R: mix(c.R, p.surface.R), G: mix(c.G, p.surface.G), B: mix(c.B, p.surface.B), A: 0xff}
}
