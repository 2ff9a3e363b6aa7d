//go:build !windows && !darwin

// Package ximage converts pictures for an X server.
package ximage

import (
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Format is the server's pixel format for its root window.
type Format struct {
	order      [3]int // byte offsets of red, green and blue
	maxRequest int    // bytes
}

// FormatOf returns the format of a screen. Only true-colour ones of 24 bits are known.
func FormatOf(c *xgb.Conn, screen *xproto.ScreenInfo) (Format, *xproto.VisualInfo, error) {
	setup := xproto.Setup(c)
	visual := findVisual(screen)
	bits := 0
	for _, f := range setup.PixmapFormats {
		if f.Depth == screen.RootDepth {
			bits = int(f.BitsPerPixel)
		}
	}
	if visual == nil || visual.Class != xproto.VisualClassTrueColor || screen.RootDepth != 24 || bits != 32 {
		return Format{}, nil, fmt.Errorf(
			"the display has %d colour bits (%d stored); traybell needs a true-colour display of 24",
			screen.RootDepth, bits)
	}
	f := Format{maxRequest: int(setup.MaximumRequestLength) * 4}
	for i, mask := range []uint32{visual.RedMask, visual.GreenMask, visual.BlueMask} {
		b := 0
		for mask > 0xff {
			mask >>= 8
			b++
		}
		if setup.ImageByteOrder == xproto.ImageOrderMSBFirst {
			b = 3 - b
		}
		f.order[i] = b
	}
	return f, visual, nil
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

// Encode appends a part of a picture in the server's format, with premultiplied alpha if mixed.
func (f Format) Encode(to []byte, img *image.NRGBA, part image.Rectangle, mixed bool) []byte {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		at := img.PixOffset(part.Min.X, y)
		line := img.Pix[at : at+4*part.Dx()]
		for i := 0; i+3 < len(line); i += 4 {
			var px [4]byte
			px[f.order[0]], px[f.order[1]], px[f.order[2]] = line[i], line[i+1], line[i+2]
			if mixed {
				a := uint32(line[i+3])
				for n, v := range px {
					px[n] = byte(uint32(v) * a / 255) // premultiplied
				}
				px[6-f.order[0]-f.order[1]-f.order[2]] = line[i+3]
			}
			to = append(to, px[:]...)
		}
	}
	return to
}

// Put draws a part of a picture at the same place of a drawable, in as many requests as needed. It
// returns buffer for the next call.
func (f Format) Put(c *xgb.Conn, on xproto.Drawable, gc xproto.Gcontext, depth byte, img *image.NRGBA,
	part image.Rectangle, mixed bool, buffer []byte,
) []byte {
	rows := max(1, (f.maxRequest-64)/max(1, part.Dx()*4))
	origin := img.Bounds().Min
	for y := part.Min.Y; y < part.Max.Y; y += rows {
		strip := image.Rect(part.Min.X, y, part.Max.X, min(y+rows, part.Max.Y))
		buffer = f.Encode(buffer[:0], img, strip, mixed)
		to := strip.Min.Sub(origin)
		// xgb copies the data before this returns.
		xproto.PutImage(c, xproto.ImageFormatZPixmap, on, gc, uint16(strip.Dx()), uint16(strip.Dy()), int16(to.X),
			int16(to.Y), 0, depth, buffer)
	}
	return buffer
}
