package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"time"
)

// takeScreenshot waits for a popup and writes a PNG file of the virtual display.
func takeScreenshot(ctx context.Context, dir, file string) error {
	for patience := time.After(40 * time.Second); ; {
		picture, err := look(dir)
		if err != nil {
			return err
		}
		if !empty(picture) {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-patience:
			return errors.New("no popup within 40 seconds")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	fmt.Println("  The first call has popped up.")
	select {
	case <-time.After(2 * time.Second): // for the lookup and the fade-in
	case <-ctx.Done():
		return ctx.Err()
	}
	picture, err := look(dir)
	if err != nil {
		return err
	}
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, picture); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, encoded.Bytes(), 0o644)
}

// header is the beginning of the X window dump that Xvfb keeps of its screen (X11/XWDFile.h).
type header struct {
	Size, Version, Format, Depth, Width, Height, XOffset, ByteOrder, Unit, BitOrder, Pad, BitsPerPixel, BytesPerLine,
	Class, Red, Green, Blue, BitsPerRGB, ColormapEntries, Colors uint32
}

// look reads the picture of the display.
func look(dir string) (*image.RGBA, error) {
	dump, err := os.ReadFile(filepath.Join(dir, "Xvfb_screen0"))
	if err != nil {
		return nil, fmt.Errorf("read the display: %w", err)
	}
	var h header
	if err := binary.Read(bytes.NewReader(dump), binary.BigEndian, &h); err != nil {
		return nil, fmt.Errorf("read the display: %w", err)
	}
	const color = 12 // bytes of one entry of the color map
	begin := int64(h.Size) + int64(h.Colors)*color
	end := begin + int64(h.BytesPerLine)*int64(h.Height)
	if h.Version != 7 || h.BitsPerPixel != 32 || h.BytesPerLine != 4*h.Width || end > int64(len(dump)) {
		return nil, fmt.Errorf("read the display: unexpected format %+v", h)
	}
	picture := image.NewRGBA(image.Rect(0, 0, int(h.Width), int(h.Height)))
	for i, pixels := 0, dump[begin:end]; i < len(pixels); i += 4 {
		p := binary.NativeEndian.Uint32(pixels[i:])
		picture.Pix[i], picture.Pix[i+1], picture.Pix[i+2], picture.Pix[i+3] = byte(p>>16), byte(p>>8), byte(p), 0xff
	}
	return picture, nil
}

func empty(picture *image.RGBA) bool {
	return bytes.Equal(picture.Pix[4:], picture.Pix[:len(picture.Pix)-4])
}
