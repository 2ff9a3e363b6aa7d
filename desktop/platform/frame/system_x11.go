//go:build !windows && !darwin

package frame

import (
	"fmt"
	"image"
	"log/slog"
	"sync"

	"traybell/desktop/platform/ximage"

	"fyne.io/fyne/v2"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// New connects to the X server named by DISPLAY.
func New(log *slog.Logger) (System, error) {
	c, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	s := &x11{
		c: c, screen: xproto.Setup(c).DefaultScreen(c), log: log, atoms: map[string]xproto.Atom{},
		frames: map[xproto.Window]*x11Frame{}, cursors: map[Cursor]xproto.Cursor{}, done: make(chan struct{}),
	}
	if err := s.open(); err != nil {
		c.Close()
		return nil, err
	}
	go s.listen()
	return s, nil
}

// x11 is a connection for frames and the clipboard.
type x11 struct {
	c       *xgb.Conn
	screen  *xproto.ScreenInfo
	log     *slog.Logger
	format  ximage.Format
	control xproto.Window // owns the clipboard
	xkb     xkb
	atoms   map[string]xproto.Atom
	done    chan struct{} // closed when the connection has ended

	board board

	mu      sync.Mutex
	frames  map[xproto.Window]*x11Frame
	cursors map[Cursor]xproto.Cursor
	method  *ibus // nil: none

	// The fields below belong to listen's goroutine.
	keys     keyboard
	stale    bool // the layouts have changed since keys was read
	held     map[xproto.Keycode]bool
	compose  composer
	consumed map[xproto.Keycode]bool // pressed keys that the input method has taken

	transfers transfers
}

func (s *x11) open() (err error) {
	if s.format, _, err = ximage.FormatOf(s.c, s.screen); err != nil {
		return err
	}
	for _, name := range atomNames {
		r, err := xproto.InternAtom(s.c, false, uint16(len(name)), name).Reply()
		if err != nil {
			return fmt.Errorf("intern atom %s: %w", name, err)
		}
		s.atoms[name] = r.Atom
	}
	if s.control, err = xproto.NewWindowId(s.c); err != nil {
		return err
	}
	err = xproto.CreateWindowChecked(s.c, 0, s.control, s.screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return fmt.Errorf("clipboard: %w", err)
	}
	s.board.init()
	s.transfers = transfers{c: s.c, incr: s.atom("INCR")}
	s.held, s.consumed = map[xproto.Keycode]bool{}, map[xproto.Keycode]bool{}
	s.xkb = useXKB(s.c)
	if s.keys, err = s.xkb.layouts(); err != nil {
		return fmt.Errorf("keyboard: %w", err)
	}
	return nil
}

var atomNames = []string{
	"WM_PROTOCOLS", "WM_DELETE_WINDOW", "_NET_WM_PING", "_NET_WM_NAME", "_NET_WM_ICON_NAME",
	"_NET_WM_ICON", "_NET_WM_PID", "_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_NORMAL", "_NET_ACTIVE_WINDOW",
	"_NET_SUPPORTED", "UTF8_STRING", "CLIPBOARD", "CLIPBOARD_MANAGER", "SAVE_TARGETS", "TARGETS", "MULTIPLE", "INCR",
	"text/plain;charset=utf-8", "TRAYBELL_SELECTION",
}

func (s *x11) atom(name string) xproto.Atom { return s.atoms[name] }

// listen reads events until the connection ends.
func (s *x11) listen() {
	defer close(s.done)
	defer func() {
		if m := s.inputMethod(false); m != nil {
			m.close()
		}
	}()
	for {
		event, err := s.c.WaitForEvent()
		if event == nil && err == nil {
			return
		}
		if err != nil {
			s.log.Debug("X server rejected a request", "error", err)
			continue
		}
		s.handle(event)
	}
}

func (s *x11) handle(event xgb.Event) {
	switch e := event.(type) {
	case xproto.KeyPressEvent:
		if f := s.frame(e.Event); f != nil {
			s.key(f, e, true)
		}
	case xproto.KeyReleaseEvent:
		if f := s.frame(e.Event); f != nil {
			s.key(f, xproto.KeyPressEvent(e), false)
		}
	case xproto.ButtonPressEvent:
		if f := s.frame(e.Event); f != nil {
			f.button(e, true)
		}
	case xproto.ButtonReleaseEvent:
		if f := s.frame(e.Event); f != nil {
			f.button(xproto.ButtonPressEvent(e), false)
		}
	case xproto.MotionNotifyEvent:
		s.tell(e.Event, PointerMoved{X: int(e.EventX), Y: int(e.EventY)})
	case xproto.EnterNotifyEvent:
		s.tell(e.Event, PointerMoved{X: int(e.EventX), Y: int(e.EventY)})
	case xproto.LeaveNotifyEvent:
		if e.Mode != xproto.NotifyModeGrab {
			s.tell(e.Event, PointerLeft{})
		}
	case xproto.FocusInEvent:
		s.focus(e.Event, e.Mode, true)
	case xproto.FocusOutEvent:
		s.focus(e.Event, e.Mode, false)
	case xproto.ConfigureNotifyEvent:
		if f := s.frame(e.Window); f != nil {
			f.configured(e)
		}
	case xproto.ExposeEvent:
		if f := s.frame(e.Window); f != nil {
			f.expose(image.Rect(int(e.X), int(e.Y), int(e.X)+int(e.Width), int(e.Y)+int(e.Height)))
		}
	case xproto.ClientMessageEvent:
		s.message(e)
	case xproto.SelectionRequestEvent:
		s.serve(e)
	case xproto.SelectionClearEvent:
		s.lost()
	case xproto.SelectionNotifyEvent:
		s.board.answer(e.Property)
	case xproto.PropertyNotifyEvent:
		switch {
		case e.State == xproto.PropertyDelete:
			s.transfers.read(place{e.Window, e.Atom})
		case e.Window == s.control:
			s.board.part()
		}
	case xproto.MappingNotifyEvent: // without XKB
		s.stale = s.stale || e.Request == xproto.MappingKeyboard
	case extensionEvent:
		s.stale = s.stale || s.xkb.changed(e)
	}
}

// layouts reads the layouts again if they have changed. Programs that type, such as those for remote
// support, change the layout for single keys: it has to be that of the key, not that of a moment
// later.
func (s *x11) layouts() keyboard {
	if !s.stale {
		return s.keys
	}
	s.stale = false
	keys, err := s.xkb.layouts()
	if err != nil {
		s.log.Warn("cannot read the new keyboard layout", "error", err)
		return s.keys
	}
	s.keys = keys
	return keys
}

func (s *x11) frame(w xproto.Window) *x11Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames[w]
}

func (s *x11) tell(w xproto.Window, e Event) {
	if f := s.frame(w); f != nil {
		f.events(e)
	}
}

// focus takes no grab, such as that of a hotkey, for a change of the focus: the keyboard comes back.
// But the keys may be released meanwhile.
func (s *x11) focus(w xproto.Window, mode byte, gained bool) {
	switch {
	case mode == xproto.NotifyModeGrab && !gained:
		s.release(w)
		return
	case mode == xproto.NotifyModeGrab, mode == xproto.NotifyModeUngrab:
		return
	}
	s.compose.reset()
	clear(s.held)
	clear(s.consumed)
	if m := s.inputMethod(gained); m != nil {
		m.focus(gained)
	}
	s.tell(w, Focused(gained))
}

// release reports all pressed keys as released.
func (s *x11) release(w xproto.Window) {
	keys := s.layouts()
	for code, held := range s.held {
		if held {
			s.tell(w, Key{Name: nameOf(keys.plain(code, 0)), Scan: int(code)})
		}
	}
	clear(s.held)
	clear(s.consumed)
}

// inputMethod returns the input method, or nil. It is looked for when a frame gets the focus, as it
// may start later than this program.
func (s *x11) inputMethod(look bool) *ibus {
	s.mu.Lock()
	m := s.method
	s.mu.Unlock()
	if m != nil && m.conn.Connected() || !look {
		return m
	}
	m = openMethod(s.log, s.committed)
	s.mu.Lock()
	s.method = m
	s.mu.Unlock()
	return m
}

// committed passes text of the input method to the frame with the focus. It runs on a goroutine of
// D-Bus.
func (s *x11) committed(text string) {
	r, err := xproto.GetInputFocus(s.c).Reply()
	if err == nil {
		s.tell(r.Focus, Typed(text))
	}
}

func (s *x11) message(e xproto.ClientMessageEvent) {
	if e.Type != s.atom("WM_PROTOCOLS") || len(e.Data.Data32) == 0 {
		return
	}
	switch xproto.Atom(e.Data.Data32[0]) {
	case s.atom("WM_DELETE_WINDOW"):
		s.tell(e.Window, Closed{})
	case s.atom("_NET_WM_PING"):
		e.Window = s.screen.Root
		xproto.SendEvent(s.c, false, s.screen.Root,
			xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(e.Bytes()))
	}
}

// key reports a key and what it types. The input method comes first.
func (s *x11) key(f *x11Frame, e xproto.KeyPressEvent, pressed bool) {
	code := e.Detail
	keys := s.layouts()
	sym, used := keys.sym(code, e.State)
	repeated := pressed && s.held[code]
	s.held[code] = pressed
	if m := s.inputMethod(false); m != nil && (pressed || s.consumed[code]) {
		taken := m.process(sym, code, e.State, pressed)
		s.consumed[code] = pressed && taken
		if taken {
			return
		}
	}
	with := modifiers(e.State)
	types := pressed && with&^fyne.KeyModifierShift == 0 && !isModifier(sym)
	var text string
	if types {
		var taken bool
		if text, taken = s.compose.add(sym); taken {
			if text != "" {
				f.events(Typed(text))
			}
			return
		}
	}
	plain := keys.plain(code, e.State)
	if sym >= 0xff80 && sym <= 0xffbd { // keypad: depends on Num Lock
		plain = sym
	}
	k := Key{Name: nameOf(plain), Scan: int(code), Pressed: pressed, Repeated: repeated, With: with}
	if latin := keys.latin(code); latin != 0 {
		k.Latin = fyne.KeyName(rune(latin))
	}
	f.events(k)
	if r := runeOf(capital(sym, e.State, used)); types && r >= ' ' && r != 0x7f {
		f.events(Typed(string(r)))
	}
}

// capital applies Caps Lock to a keysym where the layout leaves that to programs.
func capital(sym xproto.Keysym, state uint16, used byte) xproto.Keysym {
	if state&xproto.ModMaskLock == 0 || used&xproto.ModMaskLock != 0 {
		return sym
	}
	if sym >= 'a' && sym <= 'z' {
		return sym - 'a' + 'A'
	}
	return sym
}

func modifiers(state uint16) (m fyne.KeyModifier) {
	for _, of := range []struct {
		bit uint16
		is  fyne.KeyModifier
	}{
		{xproto.ModMaskShift, fyne.KeyModifierShift},
		{xproto.ModMaskControl, fyne.KeyModifierControl},
		{xproto.ModMask1, fyne.KeyModifierAlt},
		{xproto.ModMask4, fyne.KeyModifierSuper},
	} {
		if state&of.bit != 0 {
			m |= of.is
		}
	}
	return m
}

// Done implements System.
func (s *x11) Done() <-chan struct{} { return s.done }

// Close hands the clipboard to the desktop's manager and ends the connection.
func (s *x11) Close() error {
	s.saveClipboard()
	s.c.Close()
	<-s.done
	return nil
}
