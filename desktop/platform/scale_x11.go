//go:build !windows && !darwin

package platform

import (
	"math"
	"strconv"
	"strings"
)

// scales gives each monitor its own scale. X11 knows one for all, Xft.dpi, which desktops set for
// the primary monitor; how much finer or coarser another one is, follows from the millimetres that
// it tells. Where those make no sense it is taken to be like the primary one.
func scales(xft float32, screens []screenX11) []float32 {
	var first float32
	for _, s := range screens {
		if s.primary || first == 0 {
			first = s.fineness()
		}
	}
	out := make([]float32, len(screens))
	for i, s := range screens {
		own := s.fineness()
		switch {
		case xft == 0:
			out[i] = max(own, 1)
		case own == 0 || first == 0 || own == first:
			out[i] = xft
		default:
			// in the quarters that desktops offer
			out[i] = float32(math.Round(float64(max(min(xft, 1), xft*own/first))*4) / 4)
		}
	}
	return out
}

// fineness is 1 for a usual monitor, 1.5 or 2 for one whose pixels are so small that programs must
// be scaled, 0 where that cannot be told: televisions, projectors and virtual machines tell 0,
// their aspect ratio (16:9), or the same for every size. The limits are those that desktops go by.
func (s screenX11) fineness() float32 {
	wide, high := s.millimetres.X, s.millimetres.Y
	if wide <= 0 || high <= 0 || wide == 16 || wide == 160 || wide == 1600 {
		return 0
	}
	const inch = 25.4
	x, y := float64(s.bounds.Dx())*inch/float64(wide), float64(s.bounds.Dy())*inch/float64(high)
	if x < 40 || x > 600 || math.Abs(x-y) > 0.2*x { // turned by RandR, or made up
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

// xftScale reads the scale from the X resources, where desktops put it (Xft.dpi); 0 where they do
// not.
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
