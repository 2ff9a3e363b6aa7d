//go:build !windows && !darwin

package platform

import (
	"strings"

	"github.com/jezek/xgb/xproto"
)

// paper is the visual that popups use.
type paper struct {
	depth    byte
	visual   xproto.Visualid
	colormap xproto.Colormap
	alpha    bool // has an alpha channel
}

// choosePaper takes the root window's visual. XWayland does not support shaped windows (their
// corners are black), but its compositor supports alpha; X servers without a compositor are the
// opposite.
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
			err = xproto.CreateColormapChecked(h.c, xproto.ColormapAllocNone, colormap, h.screen.Root,
				v.VisualId).Check()
			if err != nil {
				h.log.Debug("no visual with alpha", "error", err)
				return
			}
			h.paper = paper{depth: 32, visual: v.VisualId, colormap: colormap, alpha: true}
			return
		}
	}
}

// xwayland reports whether the server is XWayland: newer ones have an extension of that name, older
// ones use it as the prefix of their outputs.
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
