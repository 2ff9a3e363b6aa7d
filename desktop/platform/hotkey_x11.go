//go:build !windows && !darwin

package platform

import (
	"errors"
	"fmt"
	"sync"

	"traybell/desktop/hotkey"

	"github.com/jezek/xgb/xproto"
)

// grabbed is what the host's connection has grabbed of the keyboard: one combination on the root
// window, and, while a popup has the keyboard, all of it.
type grabbed struct {
	mu      sync.Mutex
	key     hotkey.Keys
	pressed func()
	grabs   []grab
	typing  *x11Surface // has the keyboard
}

type grab struct {
	code xproto.Keycode
	mods uint16
}

// The names of X (keysymdef.h).
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

// SetHotkey implements Keyboard by XGrabKey. The combination is grabbed with Caps Lock and Num Lock
// in each state, which X counts as modifiers.
func (h *x11) SetHotkey(k hotkey.Keys, pressed func()) error {
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	h.ungrab()
	h.hotkey.key, h.hotkey.pressed = k, pressed
	if k.Key == "" {
		return nil
	}
	return h.grab()
}

// grab belongs to whoever holds hotkey.mu, as ungrab does.
func (h *x11) grab() error {
	k := h.hotkey.key
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
				h.ungrab()
				if _, taken := errors.AsType[xproto.AccessError](err); taken {
					return fmt.Errorf("%s: %w", k, ErrHotkeyTaken)
				}
				return fmt.Errorf("hotkey %s: %w", k, err)
			}
			h.hotkey.grabs = append(h.hotkey.grabs, grab{code, mods | locks})
		}
	}
	return nil
}

func (h *x11) ungrab() {
	for _, g := range h.hotkey.grabs {
		// done when this returns: another may take it
		if err := xproto.UngrabKeyChecked(h.c, g.code, h.screen.Root, g.mods).Check(); err != nil {
			h.log.Debug("a hotkey is not given up", "error", err)
		}
	}
	h.hotkey.grabs = nil
}

// regrab follows a change of the keyboard's layout.
func (h *x11) regrab() {
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	if h.hotkey.key.Key == "" {
		return
	}
	h.ungrab()
	if err := h.grab(); err != nil {
		h.log.Warn("the hotkey is lost with the keyboard's new layout", "error", err)
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

// keymap is the keyboard as it is now: the symbols of each key, all layouts' one after another.
func (h *x11) keymap() (first xproto.Keycode, each int, syms []xproto.Keysym, err error) {
	setup := xproto.Setup(h.c)
	first = setup.MinKeycode
	r, err := xproto.GetKeyboardMapping(h.c, first, byte(setup.MaxKeycode-first+1)).Reply()
	if err != nil {
		return 0, 0, nil, fmt.Errorf("the keyboard's layout: %w", err)
	}
	return first, max(int(r.KeysymsPerKeycode), 1), r.Keysyms, nil
}

// codes are the keys that write a symbol, in any of the layouts: an agent's hotkey works in the
// Russian one too.
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
		return nil, fmt.Errorf("hotkey: no key of this keyboard's layout writes it: %w", ErrNoHotkeys)
	}
	return codes, nil
}

// key is a key that the server sends to us: the hotkey, or what is typed while a popup has the
// keyboard.
func (h *x11) key(e xproto.KeyPressEvent) {
	h.hotkey.mu.Lock()
	typing, pressed := h.hotkey.typing, h.hotkey.pressed
	hot := false
	for _, g := range h.hotkey.grabs {
		hot = hot || g.code == e.Detail &&
			g.mods == e.State&(xproto.ModMaskShift|xproto.ModMaskLock|xproto.ModMaskControl|xproto.ModMask1|xproto.ModMask2|xproto.ModMask4)
	}
	h.hotkey.mu.Unlock()
	switch {
	case hot && pressed != nil:
		pressed()
	case typing != nil:
		if kind, ok := h.meaning(e); ok {
			typing.events.put(Input{Kind: kind})
		}
	}
}

// meaning is what a key does on a card; most do nothing.
func (h *x11) meaning(e xproto.KeyPressEvent) (InputKind, bool) {
	first, each, syms, err := h.keymap()
	if at := int(e.Detail-first) * each; err == nil && e.Detail >= first && at < len(syms) {
		switch syms[at] {
		case symLeftTab, symUp, symLeft:
			return KeyPrior, true
		case symTab:
			if e.State&xproto.ModMaskShift != 0 {
				return KeyPrior, true
			}
			return KeyNext, true
		case symDown, symRight:
			return KeyNext, true
		case symReturn, symKPEnter, 0x20:
			return KeyPress, true
		case symEscape:
			return KeyAway, true
		}
	}
	return 0, false
}

// TakeKeys implements Typist by XGrabKeyboard: the window that has the focus keeps it and only
// hears nothing meanwhile, so there is nothing to find again.
func (s *x11Surface) TakeKeys() error {
	h := s.h
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	r, err := xproto.GrabKeyboard(h.c, false, s.w, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err != nil {
		return fmt.Errorf("the keyboard for a popup: %w", err)
	}
	if r.Status != xproto.GrabStatusSuccess {
		return fmt.Errorf("the keyboard for a popup: the X server refuses it (%d): another program holds it", r.Status)
	}
	if before := h.hotkey.typing; before != nil && before != s {
		before.events.put(Input{Kind: KeysLost})
	}
	h.hotkey.typing = s
	return nil
}

// LeaveKeys implements Typist.
func (s *x11Surface) LeaveKeys() {
	h := s.h
	h.hotkey.mu.Lock()
	defer h.hotkey.mu.Unlock()
	if h.hotkey.typing == s {
		h.hotkey.typing = nil
		xproto.UngrabKeyboard(h.c, xproto.TimeCurrentTime)
	}
}

// dropKeys takes the keyboard from whichever popup has it: another window has come to the front,
// and typing is meant for that.
func (h *x11) dropKeys() {
	h.hotkey.mu.Lock()
	s := h.hotkey.typing
	h.hotkey.mu.Unlock()
	if s != nil {
		s.LeaveKeys()
		s.events.put(Input{Kind: KeysLost})
	}
}
