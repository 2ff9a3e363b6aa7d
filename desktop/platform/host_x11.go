//go:build !windows && !darwin

package platform

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"traybell/desktop/platform/ximage"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// NewHost connects to the X server named by DISPLAY.
func NewHost(o Options) (Host, error) {
	c, err := xgb.NewConn()
	if err != nil {
		return nil,
			fmt.Errorf("%w: start traybell inside a desktop session, where DISPLAY is set (under Wayland, XWayland "+
				"must be enabled): %w",
				ErrNoDisplay, err)
	}
	h := &x11{
		c: c, screen: xproto.Setup(c).DefaultScreen(c), log: o.log(), scale: o.Scale,
		surfaces: map[xproto.Window]*x11Surface{}, atoms: map[string]xproto.Atom{}, changes: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
	if err := h.open(); err != nil {
		c.Close()
		return nil, err
	}
	go h.listen()
	return h, nil
}

// x11 is a connection. Requests may come from any goroutine (xgb queues them). mu guards the
// surfaces; other fields do not change after open.
type x11 struct {
	c       *xgb.Conn
	screen  *xproto.ScreenInfo
	log     *slog.Logger
	scale   float32 // 0: use the server's
	format  ximage.Format
	paper   paper
	randr   bool
	shape   bool
	changes chan struct{}
	done    chan struct{} // closed when the connection has ended
	closing atomic.Bool   // closed by Close
	hotkey  grabbed

	atoms map[string]xproto.Atom

	mu       sync.Mutex
	surfaces map[xproto.Window]*x11Surface
}

func (h *x11) open() error {
	if err := h.intern(); err != nil {
		return err
	}
	var visual *xproto.VisualInfo
	var err error
	if h.format, visual, err = ximage.FormatOf(h.c, h.screen); err != nil {
		return err
	}
	h.randr = randr.Init(h.c) == nil
	if h.randr {
		v, err := randr.QueryVersion(h.c, 1, 5).Reply()
		h.randr = err == nil && (v.MajorVersion > 1 || v.MinorVersion >= 5)
	}
	if h.randr {
		randr.SelectInput(h.c, h.screen.Root,
			randr.NotifyMaskScreenChange|randr.NotifyMaskCrtcChange|randr.NotifyMaskOutputChange|
				randr.NotifyMaskResourceChange)
	}
	h.choosePaper(visual)
	h.shape = !h.paper.alpha && shape.Init(h.c) == nil
	// The active window and the work area are properties of the root window. Monitors defined with
	// xrandr --setmonitor are reported only as a structure change of the root. Event masks are per
	// client.
	xproto.ChangeWindowAttributes(h.c, h.screen.Root, xproto.CwEventMask, []uint32{
		xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify,
	})
	return nil
}

// listen reads events until the connection ends. Errors of requests arrive here too and are only
// logged: a popup that cannot be drawn must not end the program.
func (h *x11) listen() {
	defer close(h.done)
	workArea := h.atom("_NET_WORKAREA")
	active, stacking := h.atom("_NET_ACTIVE_WINDOW"), h.atom("_NET_CLIENT_LIST_STACKING")
	for {
		event, err := h.c.WaitForEvent()
		if event == nil && err == nil {
			if !h.closing.Load() {
				h.log.Warn("X server connection lost, popups are disabled")
			}
			return
		}
		if err != nil {
			h.log.Debug("X server rejected a request", "error", err)
			continue
		}
		switch e := event.(type) {
		case xproto.MotionNotifyEvent:
			h.input(e.Event, Input{PointerMoved, int(e.EventX), int(e.EventY)})
		case xproto.EnterNotifyEvent:
			h.input(e.Event, Input{PointerMoved, int(e.EventX), int(e.EventY)})
		case xproto.LeaveNotifyEvent:
			if e.Mode != xproto.NotifyModeGrab { // a menu opening elsewhere does not move the pointer
				h.input(e.Event, Input{PointerLeft, int(e.EventX), int(e.EventY)})
			}
		case xproto.ButtonPressEvent:
			if e.Detail == 1 {
				h.input(e.Event, Input{Pressed, int(e.EventX), int(e.EventY)})
			}
		case xproto.ButtonReleaseEvent:
			if e.Detail == 1 {
				h.input(e.Event, Input{Released, int(e.EventX), int(e.EventY)})
			}
		case xproto.PropertyNotifyEvent:
			switch e.Atom {
			case workArea:
				h.changed()
			case active, stacking:
				if e.Atom == active {
					h.dropKeys()
				}
				// Another window came to the front or became full-screen. Raising popups on a timer
				// would cover open menus.
				h.raise()
			}
		case xproto.KeyPressEvent:
			h.key(e)
		case xproto.MappingNotifyEvent:
			if e.Request == xproto.MappingKeyboard {
				h.regrab()
			}
		case randr.ScreenChangeNotifyEvent, randr.NotifyEvent:
			h.changed()
		case xproto.ConfigureNotifyEvent:
			if e.Window == h.screen.Root {
				h.changed()
			}
		}
	}
}

func (h *x11) input(w xproto.Window, in Input) {
	h.mu.Lock()
	s := h.surfaces[w]
	h.mu.Unlock()
	if s != nil {
		s.events.put(in)
	}
}

func (h *x11) changed() {
	select {
	case h.changes <- struct{}{}:
	default:
	}
}

func (h *x11) raise() {
	h.mu.Lock()
	all := slices.Collect(maps.Values(h.surfaces))
	h.mu.Unlock()
	for _, s := range all {
		s.raise()
	}
}

// Changes implements Watcher.
func (h *x11) Changes() <-chan struct{} { return h.changes }

// atomNames are the atoms in use. They are interned once at the start.
var atomNames = []string{
	"_NET_WORKAREA", "_NET_CURRENT_DESKTOP", "_NET_ACTIVE_WINDOW", "_NET_CLIENT_LIST", "_NET_CLIENT_LIST_STACKING",
	"_NET_WM_STRUT_PARTIAL", "_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_NOTIFICATION",
	"_NET_WM_WINDOW_OPACITY", "_NET_WM_NAME", "UTF8_STRING", "RESOURCE_MANAGER",
}

func (h *x11) intern() error {
	for _, name := range append(slices.Clone(atomNames), h.compositor()) {
		r, err := xproto.InternAtom(h.c, false, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("intern atom %s: %w", name, err)
		}
		h.atoms[name] = r.Atom
	}
	return nil
}

func (h *x11) atom(name string) xproto.Atom { return h.atoms[name] }

// compositor is the selection owned by a compositor.
func (h *x11) compositor() string { return "_NET_WM_CM_S" + strconv.Itoa(h.c.DefaultScreen) }

// property reads a property of the root window.
func (h *x11) property(name string, kind xproto.Atom) []byte {
	r, err := xproto.GetProperty(h.c, false, h.screen.Root, h.atom(name), kind, 0, 1<<16).Reply()
	if err != nil || r == nil {
		return nil
	}
	return r.Value
}

func (h *x11) cardinals(name string) []int {
	raw := h.property(name, xproto.AtomCardinal)
	var out []int
	for ; len(raw) >= 4; raw = raw[4:] {
		out = append(out, int(int32(xgb.Get32(raw))))
	}
	return out
}

// CanFade reports whether a compositor runs (it owns the selection _NET_WM_CM_S<screen>). Opacity
// needs one.
func (h *x11) CanFade() bool {
	r, err := xproto.GetSelectionOwner(h.c, h.atom(h.compositor())).Reply()
	return err == nil && r.Owner != 0
}

// Close ends the connection; the server destroys the windows.
func (h *x11) Close() error {
	h.closing.Store(true)
	h.c.Close()
	<-h.done
	return nil
}
