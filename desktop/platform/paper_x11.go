//go:build !windows && !darwin

package platform

import (
	"strings"

	"github.com/jezek/xgb/xproto"
)

// paper is what popups are drawn on.
type paper struct {
	depth    byte
	visual   xproto.Visualid
	colormap xproto.Colormap
	clear    bool // it has an alpha of its own
}

// choosePaper takes what the root window has. XWayland does not know windows that are cut out (the
// Shape extension's corners would be black there), but its compositor mixes those that have an
// alpha; X servers without a compositor know it the other way round.
func (h *x11) choosePaper(root *xproto.VisualInfo) {
	h.paper = paper{depth: h.screen.RootDepth, visual: h.screen.RootVisual, colormap: h.screen.DefaultColormap}
	if !h.xwayland() {
		return
	}
	for _, d := range h.screen.AllowedDepths {
		for _, v := range d.Visuals {
			if d.Depth != 32 || v.Class != xproto.VisualClassTrueColor || v.RedMask != root.RedMask ||
				v.GreenMask != root.GreenMask || v.BlueMask != root.BlueMask {
				continue
			}
			colormap, err := xproto.NewColormapId(h.c)
			if err != nil {
				return
			}
			if err := xproto.CreateColormapChecked(h.c, xproto.ColormapAllocNone, colormap, h.screen.Root, v.VisualId).Check(); err != nil {
				h.log.Debug("no windows with an alpha", "error", err)
				return
			}
			h.paper = paper{depth: 32, visual: v.VisualId, colormap: colormap, clear: true}
			return
		}
	}
}

// xwayland tells whether the server shows its windows on a Wayland compositor: newer ones have an
// extension of that name, older ones call their monitors so.
func (h *x11) xwayland() bool {
	const name = "XWAYLAND"
	if r, err := xproto.QueryExtension(h.c, uint16(len(name)), name).Reply(); err == nil && r.Present {
		return true
	}
	for _, s := range h.screens() {
		if strings.HasPrefix(s.name, name) {
			return true
		}
	}
	return false
}
