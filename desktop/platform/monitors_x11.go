//go:build !windows && !darwin

package platform

import (
	"image"
	"strconv"
	"strings"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// Monitors asks RandR (1.5 or newer; else the whole screen is one monitor) and cuts the panels off by _NET_WORKAREA.
func (h *x11) Monitors() []Monitor {
	pointer := image.Pt(-1, -1)
	if p, err := xproto.QueryPointer(h.c, h.screen.Root).Reply(); err == nil {
		pointer = image.Pt(int(p.RootX), int(p.RootY))
	}
	scale := h.scale
	if scale <= 0 {
		scale = dpiScale(string(h.property("RESOURCE_MANAGER", xproto.AtomString)))
	}
	work := h.workArea()
	var out []Monitor
	add := func(name string, r image.Rectangle, primary bool) {
		m := Monitor{Name: name, Bounds: r, Work: r, Scale: scale, Primary: primary, Pointer: pointer.In(r)}
		// Some window managers count only the panels at the outer edges, or tell nonsense after a change of monitors.
		if cut := r.Intersect(work); cut.Dx() > r.Dx()/2 && cut.Dy() > r.Dy()/2 {
			m.Work = cut
		}
		out = append(out, m)
	}
	if h.randr {
		if r, err := randr.GetMonitors(h.c, h.screen.Root, true).Reply(); err == nil {
			for _, m := range r.Monitors {
				if m.Width == 0 || m.Height == 0 {
					continue
				}
				name := "monitor"
				if n, err := xproto.GetAtomName(h.c, m.Name).Reply(); err == nil {
					name = n.Name
				}
				add(name, image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height)), m.Primary)
			}
		}
	}
	if len(out) == 0 {
		if g, err := xproto.GetGeometry(h.c, xproto.Drawable(h.screen.Root)).Reply(); err == nil {
			add("screen", image.Rect(0, 0, int(g.Width), int(g.Height)), true)
		}
	}
	return out
}

// workArea is the current desktop's, of all monitors together; empty where no window manager tells.
func (h *x11) workArea() image.Rectangle {
	areas, desktop := h.cardinals("_NET_WORKAREA"), 0
	if d := h.cardinals("_NET_CURRENT_DESKTOP"); len(d) > 0 && d[0] >= 0 {
		desktop = d[0]
	}
	if len(areas) < (desktop+1)*4 {
		desktop = 0
	}
	if len(areas) < 4 {
		return image.Rectangle{}
	}
	a := areas[desktop*4:]
	return image.Rect(a[0], a[1], a[0]+a[2], a[1]+a[3])
}

// dpiScale reads the scale from the X resources, where desktops put it (Xft.dpi).
func dpiScale(resources string) float32 {
	for line := range strings.Lines(resources) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(key) != "Xft.dpi" {
			continue
		}
		if dpi, err := strconv.ParseFloat(strings.TrimSpace(value), 32); err == nil && dpi >= 48 && dpi <= 960 {
			return float32(dpi) / 96
		}
	}
	return 1
}
