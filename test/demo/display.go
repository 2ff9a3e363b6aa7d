package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// startDisplay starts a virtual X server until ctx ends and returns its name.
func startDisplay(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		if err := install(ctx, "xvfb"); err != nil {
			return "", err
		}
	}
	cmd := command(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("virtual display: %w", err)
	}
	_ = w.Close()
	go func() { _ = cmd.Wait() }()
	number := bufio.NewScanner(r)
	if !number.Scan() {
		return "", errors.New("virtual display (Xvfb) did not start")
	}
	return ":" + number.Text(), nil
}

// install installs a Debian package.
func install(ctx context.Context, name string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("install Xvfb for the virtual display, or run the demo on a display")
	}
	fmt.Println("Installing", name, "(apt).")
	args := []string{"apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-qy", "--no-install-recommends", name}
	if os.Getuid() != 0 {
		args = append([]string{"sudo"}, args...)
	}
	cmd := command(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install %s: %w\n%s", name, err, out)
	}
	return nil
}

// takeScreenshot waits for a popup and writes a PNG file of the display.
func takeScreenshot(ctx context.Context, display, file string) error {
	xgb.Logger = log.New(io.Discard, "", 0) // it logs harmless events, such as a missing .Xauthority
	x, err := xgb.NewConnDisplay(display)
	if err != nil {
		return fmt.Errorf("virtual display: %w", err)
	}
	defer x.Close()
	paint(x, background)
	for patience := time.After(40 * time.Second); ; {
		picture, err := look(x)
		if err != nil {
			return err
		}
		if !empty(picture) {
			break
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-patience:
			return errors.New("no popup within 40 seconds")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-time.After(2 * time.Second): // for the lookup and the fade-in
	case <-ctx.Done():
	}
	picture, err := look(x)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, picture); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// background is the color of the empty display.
var background = color.RGBA{R: 0x3a, G: 0x5a, B: 0x78, A: 0xff}

func paint(x *xgb.Conn, c color.RGBA) {
	root := xproto.Setup(x).DefaultScreen(x).Root
	pixel := uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)
	xproto.ChangeWindowAttributes(x, root, xproto.CwBackPixel, []uint32{pixel})
	xproto.ClearArea(x, false, root, 0, 0, 0, 0)
}

func look(x *xgb.Conn) (*image.RGBA, error) {
	screen := xproto.Setup(x).DefaultScreen(x)
	w, h := screen.WidthInPixels, screen.HeightInPixels
	root := xproto.Drawable(screen.Root)
	reply, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, root, 0, 0, w, h, ^uint32(0)).Reply()
	if err != nil {
		return nil, fmt.Errorf("read the display: %w", err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	for i := 0; i+3 < len(reply.Data) && i+3 < len(picture.Pix); i += 4 { // BGRx on every Xvfb of depth 24
		picture.Pix[i], picture.Pix[i+1], picture.Pix[i+2], picture.Pix[i+3] = reply.Data[i+2], reply.Data[i+
			1], reply.Data[i], 0xff
	}
	return picture, nil
}

func empty(picture *image.RGBA) bool {
	first := picture.RGBAAt(0, 0)
	for i := 0; i+3 < len(picture.Pix); i += 4 {
		if picture.Pix[i] != first.R || picture.Pix[i+1] != first.G || picture.Pix[i+2] != first.B {
			return false
		}
	}
	return true
}
