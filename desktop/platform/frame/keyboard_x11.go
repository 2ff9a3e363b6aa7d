//go:build !windows && !darwin

package frame

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// keyboard has the layouts: those of the XKB extension, as the core protocol does not say which level
// AltGr selects, or else what the core protocol has.
type keyboard struct {
	first xproto.Keycode
	types []keyType
	keys  []layoutKey
}

// keyType says which level modifiers select.
type keyType struct {
	mask   byte
	levels map[byte]byte // by modifiers
}

// layoutKey is a key with a keysym per layout and level.
type layoutKey struct {
	types  [4]byte
	groups int
	width  int
	syms   []xproto.Keysym
}

var errXKB = errors.New("the X server has no usable XKB extension")

// xkb is the extension on a connection whose key events carry the layout.
type xkb struct {
	conn   *xgb.Conn
	opcode byte // 0: not available
	event  byte // the code of its events
}

// extensionEvent is an event of an extension without a package in xgb.
type extensionEvent []byte

func (e extensionEvent) Bytes() []byte  { return e }
func (e extensionEvent) String() string { return fmt.Sprintf("event %d of an extension", e[0]) }

// xgb has one table of events for all connections, without a lock: it is complete before the first
// connection. Only the server knows the codes.
func init() {
	const first, last = 64, 127
	for code := first; code <= last; code++ {
		if xgb.NewEventFuncs[code] == nil {
			xgb.NewEventFuncs[code] = func(buf []byte) xgb.Event { return extensionEvent(buf) }
		}
	}
}

// useXKB prepares a connection.
func useXKB(c *xgb.Conn) xkb {
	const name = "XKEYBOARD"
	r, err := xproto.QueryExtension(c, uint16(len(name)), name).Reply()
	if err != nil || !r.Present {
		return xkb{conn: c}
	}
	x := xkb{conn: c, opcode: r.MajorOpcode, event: r.FirstEvent}
	if _, err := x.request(0, []byte{1, 0, 0, 0}); err != nil { // UseExtension 1.0
		return xkb{conn: c}
	}
	flags := make([]byte, 24) // PerClientFlags: repeated keys have no release in between
	binary.LittleEndian.PutUint16(flags, coreKeyboard)
	flags[4], flags[8] = 1, 1
	_, _ = x.request(21, flags)
	events := make([]byte, 12) // SelectEvents, as MappingNotify is only for connections without XKB
	binary.LittleEndian.PutUint16(events, coreKeyboard)
	binary.LittleEndian.PutUint16(events[2:], 1<<newKeyboard|1<<newMap)
	binary.LittleEndian.PutUint16(events[6:], 1<<newKeyboard)
	binary.LittleEndian.PutUint16(events[8:], typesAndSyms)
	binary.LittleEndian.PutUint16(events[10:], typesAndSyms)
	x.send(1, events)
	return x
}

// Events of the extension.
const (
	newKeyboard = 0
	newMap      = 1
)

// typesAndSyms are the parts of a map that keyboard has.
const typesAndSyms = 3

// changed reports whether an event is about new layouts.
func (k xkb) changed(e extensionEvent) bool {
	return k.opcode != 0 && e[0]&0x7f == k.event && (e[1] == newKeyboard || e[1] == newMap)
}

// coreKeyboard is the keyboard of all programs, in requests of XKB.
const coreKeyboard = 0x100

// layouts reads the current layouts.
func (k xkb) layouts() (keyboard, error) {
	if k.opcode != 0 {
		if b, err := k.read(); err == nil {
			return b, nil
		}
	}
	return readCore(k.conn)
}

// request sends a request of the extension and returns its reply.
func (k xkb) request(minor byte, body []byte) ([]byte, error) {
	cookie := k.conn.NewCookie(true, true)
	k.conn.NewRequest(k.message(minor, body), cookie)
	return cookie.Reply()
}

// send sends a request that has no reply.
func (k xkb) send(minor byte, body []byte) {
	k.conn.NewRequest(k.message(minor, body), k.conn.NewCookie(false, false))
}

// message is a request; xgb sends little endian.
func (k xkb) message(minor byte, body []byte) []byte {
	buf := make([]byte, 4, 4+len(body))
	buf[0], buf[1] = k.opcode, minor
	binary.LittleEndian.PutUint16(buf[2:], uint16((4+len(body))/4))
	return append(buf, body...)
}

func (k xkb) read() (b keyboard, err error) {
	body := make([]byte, 24) // GetMap
	binary.LittleEndian.PutUint16(body, coreKeyboard)
	binary.LittleEndian.PutUint16(body[2:], typesAndSyms) // all of them
	r, err := k.request(8, body)
	if err != nil {
		return b, err
	}
	if len(r) < 40 {
		return b, errXKB
	}
	types, firstSym, keys := int(r[15]), r[17], int(r[20])
	p := wire{r[40:]}
	b.types, b.keys, b.first = make([]keyType, types), make([]layoutKey, keys), xproto.Keycode(firstSym)
	for i := range b.types {
		head := p.take(8)
		t := keyType{mask: head[0], levels: map[byte]byte{}}
		for range head[5] {
			if entry := p.take(8); entry[0] != 0 {
				t.levels[entry[1]] = entry[2]
			}
		}
		if head[6] != 0 {
			p.take(4 * int(head[5]))
		}
		b.types[i] = t
	}
	for i := range b.keys {
		head := p.take(8)
		key := layoutKey{types: [4]byte(head[:4]), groups: int(head[4] & 0x0f), width: int(head[5])}
		key.syms = make([]xproto.Keysym, binary.LittleEndian.Uint16(head[6:]))
		for n := range key.syms {
			key.syms[n] = xproto.Keysym(binary.LittleEndian.Uint32(p.take(4)))
		}
		b.keys[i] = key
	}
	return b, nil
}

// readCore reads two layouts with two levels each.
func readCore(c *xgb.Conn) (k keyboard, err error) {
	setup := xproto.Setup(c)
	k.first = setup.MinKeycode
	r, err := xproto.GetKeyboardMapping(c, k.first, byte(setup.MaxKeycode-k.first+1)).Reply()
	if err != nil {
		return k, err
	}
	const levels = 2
	k.types = []keyType{{mask: xproto.ModMaskShift, levels: map[byte]byte{xproto.ModMaskShift: 1}}}
	for each := int(r.KeysymsPerKeycode); each > 0 && len(r.Keysyms) >= each; r.Keysyms = r.Keysyms[each:] {
		k.keys = append(k.keys, layoutKey{
			groups: max(1, min(2, each/levels)), width: min(levels, each), syms: r.Keysyms[:each],
		})
	}
	return k, nil
}

// wire reads a reply. Beyond its end it reads zeros.
type wire struct{ rest []byte }

func (w *wire) take(n int) []byte {
	out := make([]byte, n)
	w.rest = w.rest[copy(out, w.rest):]
	return out
}

// sym returns the keysym of a key in the layout and with the modifiers of a state, and the modifiers
// that are part of it.
func (k keyboard) sym(code xproto.Keycode, state uint16) (sym xproto.Keysym, used byte) {
	at := int(code) - int(k.first)
	if at < 0 || at >= len(k.keys) || k.keys[at].groups == 0 {
		return 0, 0
	}
	key := k.keys[at]
	group := int(state>>13&3) % key.groups
	level := byte(0)
	if t := int(key.types[group]); t < len(k.types) {
		used = k.types[t].mask
		level = k.types[t].levels[byte(state)&used]
	}
	return key.at(group, int(level)), used
}

func (key layoutKey) at(group, level int) xproto.Keysym {
	i := group*key.width + level
	if level >= key.width || i >= len(key.syms) {
		return 0
	}
	return key.syms[i]
}

// plain returns the keysym of a key without modifiers in the layout of a state.
func (k keyboard) plain(code xproto.Keycode, state uint16) xproto.Keysym {
	sym, _ := k.sym(code, state&0x6000)
	return sym
}

// latin returns the Latin letter of a key in the first layout that has one, or 0.
func (k keyboard) latin(code xproto.Keycode) byte {
	for group := range uint16(4) {
		if sym := k.plain(code, group<<13); sym >= 'a' && sym <= 'z' {
			return byte(sym) - 'a' + 'A'
		}
	}
	const first = 24 // of evdev's key codes
	const rows = "QWERTYUIOP\x00\x00\x00\x00ASDFGHJKL\x00\x00\x00\x00\x00ZXCVBNM"
	if at := int(code) - first; at >= 0 && at < len(rows) {
		return rows[at]
	}
	return 0
}
