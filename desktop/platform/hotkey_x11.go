//go:build !windows && !darwin

package platform

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"traybell/desktop/hotkey"

	"github.com/jezek/xgb/xproto"
)

// grabbed is what the connection has grabbed: hotkeys on the root window and, for a popup, the whole
// keyboard.
type grabbed struct {
	mu     sync.Mutex
	keys   map[string]*grabbedKey // by name
	typing *x11Surface            // the surface with the keyboard, or nil
}

// grabbedKey is a hotkey.
type grabbedKey struct {
	key     hotkey.Keys
	pressed func()
	grabs   []grab
}

type grab struct {
	code xproto.Keycode
	mods uint16
}

// Keysyms of keysymdef.h.
const (
	symTab     = 0xff09
	symLeftTab = 0xfe20
	symReturn  = 0xff0d
	symEscape  = 0xff1b
	symLeft    = 0xff51
	symUp      = 0xff52
	symRight   = 0xff53
	symDown    = 0xff54
	symKPEnter = 0xff8d
	symF1      = 0xffbe
)

var namedSyms = map[string]xproto.Keysym{
	"Space": 0x20, "Home": 0xff50, "End": 0xff57, "PageUp": 0xff55, "PageDown": 0xff56, "Insert": 0xff63,
	"Pause": 0xff13,
	"Up":    symUp, "Down": symDown, "Left": symLeft, "Right": symRight,
}

// SetHotkey implements Keyboard with XGrabKey. The combination is grabbed for each state of Caps
// Lock and Num Lock, which X treats as modifiers.
func (h *x11) SetHotkey(name string, k hotkey.Keys, pressed func()) error {
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	if old := h.hotkey.keys[name]; old != nil {
		h.ungrab(old)
		delete(h.hotkey.keys, name)
	}
	if k.Key == "" {
		return nil
	}
	next := &grabbedKey{key: k, pressed: pressed}
	if err := h.grab(next); err != nil {
		return err
	}
	if h.hotkey.keys == nil {
		h.hotkey.keys = map[string]*grabbedKey{}
	}
	h.hotkey.keys[name] = next
	return nil
}

// grab grabs a hotkey. hotkey.mu must be held, also for ungrab.
func (h *x11) grab(as *grabbedKey) error {
	k := as.key
	for _, other := range h.hotkey.keys { // X grabs a key twice for one client
		if other != as && other.key == k {
			return fmt.Errorf("%s: %w", k, ErrHotkeyTaken)
		}
	}
	codes, err := h.codes(keysym(k.Key))
	if err != nil {
		return err
	}
	var mods uint16
	for _, m := range []struct {
		on   bool
		mask uint16
	}{
		{k.Ctrl, xproto.ModMaskControl},
		{k.Alt, xproto.ModMask1},
		{k.Shift, xproto.ModMaskShift},
		{k.Super, xproto.ModMask4},
	} {
		if m.on {
			mods |= m.mask
		}
	}
	for _, code := range codes {
		for _, locks := range []uint16{0, xproto.ModMaskLock, xproto.ModMask2, xproto.ModMaskLock | xproto.ModMask2} {
			err := xproto.GrabKeyChecked(h.c, true, h.screen.Root, mods|locks, code, xproto.GrabModeAsync,
				xproto.GrabModeAsync).Check()
			if err != nil {
				h.ungrab(as)
				if _, taken := errors.AsType[xproto.AccessError](err); taken {
					return fmt.Errorf("%s: %w", k, ErrHotkeyTaken)
				}
				return fmt.Errorf("hotkey %s: %w", k, err)
			}
			as.grabs = append(as.grabs, grab{code, mods | locks})
		}
	}
	return nil
}

func (h *x11) ungrab(k *grabbedKey) {
	for _, g := range k.grabs {
		// checked: the hotkey is free when this returns
		if err := xproto.UngrabKeyChecked(h.c, g.code, h.screen.Root, g.mods).Check(); err != nil {
			h.log.Debug("cannot release the hotkey", "error", err)
		}
	}
	k.grabs = nil
}

// regrab grabs the hotkeys again after a change of the keyboard layout.
func (h *x11) regrab() {
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	for _, k := range h.hotkey.keys {
		h.ungrab(k)
		if err := h.grab(k); err != nil {
			h.log.Warn("cannot grab the hotkey in the new keyboard layout", "error", err)
		}
	}
}

func keysym(name string) xproto.Keysym {
	if n, ok := hotkey.Function(name); ok {
		return symF1 + xproto.Keysym(n-1)
	}
	if sym, ok := namedSyms[name]; ok {
		return sym
	}
	c := xproto.Keysym(name[0])
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// keymap returns the current keyboard mapping: the keysyms of each key, of all layouts.
func (h *x11) keymap() (first xproto.Keycode, each int, syms []xproto.Keysym, err error) {
	setup := xproto.Setup(h.c)
	first = setup.MinKeycode
	r, err := xproto.GetKeyboardMapping(h.c, first, byte(setup.MaxKeycode-first+1)).Reply()
	if err != nil {
		return 0, 0, nil, fmt.Errorf("read keyboard layout: %w", err)
	}
	return first, max(int(r.KeysymsPerKeycode), 1), r.Keysyms, nil
}

// codes returns the keys that produce sym in any layout, so that the hotkey also works in the
// Russian one.
func (h *x11) codes(sym xproto.Keysym) ([]xproto.Keycode, error) {
	first, each, syms, err := h.keymap()
	if err != nil {
		return nil, err
	}
	var codes []xproto.Keycode
	for key := 0; (key+1)*each <= len(syms); key++ {
		for _, s := range syms[key*each : (key+1)*each] {
			if s == sym {
				codes = append(codes, first+xproto.Keycode(key))
				break
			}
		}
	}
	if len(codes) == 0 {
		return nil, fmt.Errorf("hotkey: no such key in the keyboard layout: %w", ErrNoHotkeys)
	}
	return codes, nil
}

// key handles a key press: the hotkey, or typing while a popup has the keyboard.
func (h *x11) key(e xproto.KeyPressEvent) {
	h.hotkey.mu.Lock()
	typing := h.hotkey.typing
	on := grab{e.Detail, e.State & (xproto.ModMaskShift | xproto.ModMaskLock | xproto.ModMaskControl |
		xproto.ModMask1 | xproto.ModMask2 | xproto.ModMask4)}
	var pressed func()
	for _, k := range h.hotkey.keys {
		if slices.Contains(k.grabs, on) {
			pressed = k.pressed
		}
	}
	h.hotkey.mu.Unlock()
	switch {
	case pressed != nil:
		pressed()
	case typing != nil:
		if kind, ok := h.meaning(e); ok {
			typing.events.put(Input{Kind: kind})
		}
	}
}

// meaning maps a key press to its input on a card.
func (h *x11) meaning(e xproto.KeyPressEvent) (InputKind, bool) {
	first, each, syms, err := h.keymap()
	if at := int(e.Detail-first) * each; err == nil && e.Detail >= first && at < len(syms) {
		switch syms[at] {
		case symLeftTab, symUp, symLeft:
			return KeyPrevious, true
		case symTab:
			if e.State&xproto.ModMaskShift != 0 {
				return KeyPrevious, true
			}
			return KeyNext, true
		case symDown, symRight:
			return KeyNext, true
		case symReturn, symKPEnter, 0x20:
			return KeyPress, true
		case symEscape:
			return KeyEscape, true
		}
	}
	return 0, false
}

// GrabKeyboard implements KeyboardGrabber with XGrabKeyboard. The focused window keeps the focus,
// so there is nothing to restore.
func (s *x11Surface) GrabKeyboard() error {
	h := s.h
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	r, err := xproto.GrabKeyboard(h.c, false, s.w, xproto.TimeCurrentTime, xproto.GrabModeAsync,
		xproto.GrabModeAsync).Reply()
	if err != nil {
		return fmt.Errorf("grab keyboard: %w", err)
	}
	if r.Status != xproto.GrabStatusSuccess {
		return fmt.Errorf("grab keyboard: used by another program (status %d)", r.Status)
	}
	if before := h.hotkey.typing; before != nil && before != s {
		before.events.put(Input{Kind: KeyboardLost})
	}
	h.hotkey.typing = s
	return nil
}

// ReleaseKeyboard implements KeyboardGrabber.
func (s *x11Surface) ReleaseKeyboard() {
	h := s.h
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	if h.hotkey.typing == s {
		h.hotkey.typing = nil
		xproto.UngrabKeyboard(h.c, xproto.TimeCurrentTime)
	}
}

// dropKeys releases the keyboard when another window comes to the front, as typing is meant for
// that window.
func (h *x11) dropKeys() {
	h.hotkey.mu.Lock()
	s := h.hotkey.typing
	h.hotkey.mu.Unlock()
	if s != nil {
		s.ReleaseKeyboard()
		s.events.put(Input{Kind: KeyboardLost})
	}
}
