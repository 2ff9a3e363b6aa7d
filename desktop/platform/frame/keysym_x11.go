//go:build !windows && !darwin

package frame

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/jezek/xgb/xproto"
)

// keysymTable has a keysym a line: its name, its number and, unless it is a dead key, its character,
// both hexadecimal. It comes from X11's keysymdef.h.
//
//go:embed keysyms.txt
var keysymTable string

type keysyms struct {
	runes map[xproto.Keysym]rune
	names map[string]xproto.Keysym
}

var table = sync.OnceValue(func() keysyms {
	k := keysyms{map[xproto.Keysym]rune{}, map[string]xproto.Keysym{}}
	for line := range strings.Lines(keysymTable) {
		fields := strings.Fields(line)
		sym, err := strconv.ParseUint(fields[1], 16, 32)
		if err != nil {
			continue
		}
		k.names[fields[0]] = xproto.Keysym(sym)
		if len(fields) < 3 {
			continue
		}
		if r, err := strconv.ParseUint(fields[2], 16, 32); err == nil {
			k.runes[xproto.Keysym(sym)] = rune(r)
		}
	}
	return k
})

// unicode is the first keysym of those that are a character.
const unicode = 0x1000000

// runeOf returns the character of a keysym, or 0.
func runeOf(sym xproto.Keysym) rune {
	switch {
	case sym >= 0x20 && sym <= 0x7e, sym >= 0xa0 && sym <= 0xff:
		return rune(sym)
	case sym >= unicode && sym <= unicode+0x10ffff:
		return rune(sym - unicode)
	}
	return table().runes[sym]
}

// symNamed returns the keysym of a name in Compose files, or 0.
func symNamed(name string) xproto.Keysym {
	if sym, ok := table().names[name]; ok {
		return sym
	}
	if hex, ok := strings.CutPrefix(name, "U"); ok {
		if r, err := strconv.ParseUint(hex, 16, 32); err == nil {
			return unicode + xproto.Keysym(r)
		}
	}
	return 0
}

const multiKey xproto.Keysym = 0xff20

// isCompose reports whether a keysym begins a sequence: a dead key or the Compose key.
func isCompose(sym xproto.Keysym) bool { return sym >= 0xfe50 && sym <= 0xfe93 || sym == multiKey }

// isModifier reports whether a keysym changes others, such as Shift or AltGr.
func isModifier(sym xproto.Keysym) bool {
	return sym >= 0xffe1 && sym <= 0xffee || sym >= 0xfe01 && sym <= 0xfe13 || sym == 0xff7e || sym == 0xff7f
}

// keyNames are Fyne's names of keys without a character.
var keyNames = map[xproto.Keysym]fyne.KeyName{
	0xff1b: fyne.KeyEscape, symReturn: fyne.KeyReturn, symTab: fyne.KeyTab, 0xfe20: fyne.KeyTab,
	symBackSpace: fyne.KeyBackspace,
	0xff63:       fyne.KeyInsert, symDelete: fyne.KeyDelete, 0xff53: fyne.KeyRight, 0xff51: fyne.KeyLeft,
	0xff54: fyne.KeyDown, 0xff52: fyne.KeyUp, 0xff55: fyne.KeyPageUp, 0xff56: fyne.KeyPageDown, 0xff50: fyne.KeyHome,
	0xff57: fyne.KeyEnd, 0x20: fyne.KeySpace,
	0xff8d: fyne.KeyEnter, 0xff9e: fyne.KeyInsert, 0xff9f: fyne.KeyDelete, 0xff98: fyne.KeyRight, 0xff96: fyne.KeyLeft,
	0xff99: fyne.KeyDown, 0xff97: fyne.KeyUp, 0xff9a: fyne.KeyPageUp, 0xff9b: fyne.KeyPageDown, 0xff95: fyne.KeyHome,
	0xff9c: fyne.KeyEnd, // keypad
	0xffe1: desktop.KeyShiftLeft, 0xffe2: desktop.KeyShiftRight, 0xffe3: desktop.KeyControlLeft,
	0xffe4: desktop.KeyControlRight, 0xffe9: desktop.KeyAltLeft, 0xffea: desktop.KeyAltRight,
	0xffeb: desktop.KeySuperLeft, 0xffec: desktop.KeySuperRight, 0xff67: desktop.KeyMenu,
	0xff61: desktop.KeyPrintScreen, 0xffe5: desktop.KeyCapsLock,
}

const (
	symBackSpace xproto.Keysym = 0xff08
	symTab       xproto.Keysym = 0xff09
	symReturn    xproto.Keysym = 0xff0d
	symDelete    xproto.Keysym = 0xffff
	symF1        xproto.Keysym = 0xffbe
)

// nameOf returns Fyne's name of a key by its keysym without modifiers.
func nameOf(sym xproto.Keysym) fyne.KeyName {
	if name, ok := keyNames[sym]; ok {
		return name
	}
	if sym >= symF1 && sym < symF1+12 {
		return fyne.KeyName("F" + strconv.Itoa(int(sym-symF1)+1))
	}
	r := runeOf(sym)
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || strings.ContainsRune("[]\\',-./*`;+=", r) {
		return fyne.KeyName(r)
	}
	return fyne.KeyUnknown
}
