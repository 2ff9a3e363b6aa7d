//go:build !windows && !darwin

package platform

import (
	"math"
	"strconv"
	"strings"
)

// scales returns the scale of each monitor. X11 has a single value, Xft.dpi, which desktops set for
// the primary monitor. The density of other monitors follows from their physical size; if that is
// implausible they get the primary monitor's scale.
func scales(xft float32, screens []screenX11) []float32 {
	var first float32
	for _, s := range screens {
		if s.primary || first == 0 {
			first = s.density()
		}
	}
	out := make([]float32, len(screens))
	for i, s := range screens {
		own := s.density()
		switch {
		case xft == 0:
			out[i] = max(own, 1)
		case own == 0 || first == 0 || own == first:
			out[i] = xft
		default:
			// in steps of a quarter, as desktops offer them
			out[i] = float32(math.Round(float64(max(min(xft, 1), xft*own/first))*4) / 4)
		}
	}
	return out
}

// density is 1 for an ordinary monitor, 1.5 or 2 for a HiDPI one, and 0 if unknown: televisions,
// projectors and virtual machines report a size of 0, their aspect ratio (16:9) or a constant. The
// limits are those of common desktops.
func (s screenX11) density() float32 {
	wide, high := s.millimetres.X, s.millimetres.Y
	if wide <= 0 || high <= 0 || wide == 16 || wide == 160 || wide == 1600 {
		return 0
	}
	const inch = 25.4
	x, y := float64(s.bounds.Dx())*inch/float64(wide), float64(s.bounds.Dy())*inch/float64(high)
	if x < 40 || x > 600 || math.Abs(x-y) > 0.2*x { // rotated by RandR, or wrong
		return 0
	}
	switch shorter := min(s.bounds.Dx(), s.bounds.Dy()); {
	case x >= 192 && shorter >= 1200:
		return 2
	case x >= 144 && shorter >= 1440:
		return 1.5
	}
	return 1
}

// xftScale reads Xft.dpi from the X resources, or returns 0.
func xftScale(resources string) float32 {
	for line := range strings.Lines(resources) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(key) != "Xft.dpi" {
			continue
		}
		if dpi, err := strconv.ParseFloat(strings.TrimSpace(value), 32); err == nil && dpi >= 48 && dpi <= 960 {
			return float32(dpi) / 96
		}
	}
	return 0
}
