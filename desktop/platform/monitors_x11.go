//go:build !windows && !darwin

package platform

import (
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// screenX11 is a monitor as RandR reports it.
type screenX11 struct {
	name        string
	bounds      image.Rectangle
	millimetres image.Point // zero if unknown
	primary     bool
}

// Monitors asks RandR 1.5, or else treats the whole screen as one monitor, and subtracts panels.
func (h *x11) Monitors() []Monitor {
	pointer := image.Pt(-1, -1)
	if p, err := xproto.QueryPointer(h.c, h.screen.Root).Reply(); err == nil {
		pointer = image.Pt(int(p.RootX), int(p.RootY))
	}
	screens := h.screens()
	if len(screens) == 0 {
		return nil
	}
	sizes := make([]float32, len(screens))
	for i := range sizes {
		sizes[i] = h.scale
	}
	if h.scale <= 0 {
		sizes = scales(xftScale(string(h.property("RESOURCE_MANAGER", xproto.AtomString))), screens)
	}
	root, panels := rootOf(screens), h.panels()
	all := h.workArea()
	out := make([]Monitor, len(screens))
	for i, s := range screens {
		out[i] = Monitor{
			Name: s.name, Bounds: s.bounds, Work: s.bounds, Scale: sizes[i], Primary: s.primary,
			Pointer: pointer.In(s.bounds),
		}
		if work, cut := withoutPanels(s.bounds, root, panels); cut {
			out[i].Work = work
			continue
		}
		// Panels without struts. Some window managers count only those at the outer edges, or
		// report a wrong area after a change of monitors.
		if cut := s.bounds.Intersect(all); len(panels) == 0 && cut.Dx() > s.bounds.Dx()/2 &&
			cut.Dy() > s.bounds.Dy()/2 {
			out[i].Work = cut
		}
	}
	return out
}

func (h *x11) screens() []screenX11 {
	var out []screenX11
	if h.randr {
		if r, err := randr.GetMonitors(h.c, h.screen.Root, true).Reply(); err == nil {
			for _, m := range r.Monitors {
				if m.Width == 0 || m.Height == 0 {
					continue
				}
				s := screenX11{
					name: "monitor", primary: m.Primary,
					bounds:      image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height)),
					millimetres: image.Pt(int(m.WidthInMillimeters), int(m.HeightInMillimeters)),
				}
				if n, err := xproto.GetAtomName(h.c, m.Name).Reply(); err == nil {
					s.name = n.Name
				}
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 {
		if g, err := xproto.GetGeometry(h.c, xproto.Drawable(h.screen.Root)).Reply(); err == nil {
			out = append(out, screenX11{
				name: "screen", bounds: image.Rect(0, 0, int(g.Width), int(g.Height)), primary: true,
			})
		}
	}
	return out
}

// rootOf is the whole desktop, the origin of struts.
func rootOf(screens []screenX11) image.Rectangle {
	all := image.Rectangle{}
	for _, s := range screens {
		all = all.Union(s.bounds)
	}
	return image.Rectangle{Max: all.Max}
}

// maxPanels limits the windows that are searched for panels.
const maxPanels = 512

// panels returns the _NET_WM_STRUT_PARTIAL of all windows (EWMH: left, right, top, bottom, then the
// start and end of each). All requests are sent before the first reply is read, to wait for one
// round trip only.
func (h *x11) panels() [][12]int {
	windows := h.property("_NET_CLIENT_LIST", xproto.AtomWindow)
	var asked []xproto.GetPropertyCookie
	for ; len(windows) >= 4 && len(asked) < maxPanels; windows = windows[4:] {
		asked = append(asked,
			xproto.GetProperty(h.c, false, xproto.Window(xgb.Get32(windows)), h.atom("_NET_WM_STRUT_PARTIAL"),
				xproto.AtomCardinal, 0, 12))
	}
	var out [][12]int
	for _, a := range asked {
		r, err := a.Reply()
		if err != nil || len(r.Value) != 48 {
			continue // no strut, or the window is closed
		}
		var strut [12]int
		for i := range strut {
			strut[i] = int(int32(xgb.Get32(r.Value[4*i:])))
		}
		out = append(out, strut)
	}
	return out
}

// withoutPanels subtracts panels from a monitor and reports whether there were any. Struts count
// from the edge of the whole desktop, so a panel on the lower of two monitors does not affect the
// other. Struts that leave less than half of the monitor are ignored.
func withoutPanels(monitor, root image.Rectangle, panels [][12]int) (image.Rectangle, bool) {
	work := monitor
	for _, s := range panels {
		left, right := image.Rect(0, s[4], s[0], s[5]+1), image.Rect(root.Max.X-s[1], s[6], root.Max.X, s[7]+1)
		top, bottom := image.Rect(s[8], 0, s[9]+1, s[2]), image.Rect(s[10], root.Max.Y-s[3], s[11]+1, root.Max.Y)
		rest := work
		if left.Overlaps(monitor) {
			rest.Min.X = max(rest.Min.X, left.Max.X)
		}
		if right.Overlaps(monitor) {
			rest.Max.X = min(rest.Max.X, right.Min.X)
		}
		if top.Overlaps(monitor) {
			rest.Min.Y = max(rest.Min.Y, top.Max.Y)
		}
		if bottom.Overlaps(monitor) {
			rest.Max.Y = min(rest.Max.Y, bottom.Min.Y)
		}
		if rest.Dx() > monitor.Dx()/2 && rest.Dy() > monitor.Dy()/2 {
			work = rest
		}
	}
	return work, work != monitor
}

// workArea is the current desktop's work area across all monitors, empty if the window manager
// reports none.
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
