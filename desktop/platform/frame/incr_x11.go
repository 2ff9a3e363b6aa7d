//go:build !windows && !darwin

package frame

import (
	"maps"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Long texts go in parts (ICCCM, INCR): the next one is written when the other program has deleted
// the one before.
const (
	transferTime = 5 * time.Second // for a part
	mostTransfer = 16              // at once
)

// transfers are the long texts that other programs are reading. They belong to listen's goroutine.
type transfers struct {
	c       *xgb.Conn
	incr    xproto.Atom
	running map[place]*transfer
}

// place is where a text goes.
type place struct {
	window   xproto.Window
	property xproto.Atom
}

type transfer struct {
	kind xproto.Atom
	left []byte
	last time.Time // a part was written
}

// longest is how many bytes fit into one request.
func longest(c *xgb.Conn) int { return int(xproto.Setup(c).MaximumRequestLength)*4 - 32 }

// begin announces a text; false: there are too many.
func (t *transfers) begin(to place, kind xproto.Atom, text []byte) bool {
	now := time.Now()
	maps.DeleteFunc(t.running, func(_ place, old *transfer) bool { return now.Sub(old.last) > transferTime })
	if len(t.running) >= mostTransfer {
		return false
	}
	if t.running == nil {
		t.running = map[place]*transfer{}
	}
	t.running[to] = &transfer{kind, text, now}
	t.events(to.window, xproto.EventMaskPropertyChange)
	xproto.ChangeProperty(t.c, xproto.PropModeReplace, to.window, to.property, t.incr, 32, 1,
		cardinals(uint32(len(text))))
	return true
}

// read writes the next part of a text after the other program has read one. The last one is empty.
func (t *transfers) read(from place) {
	text := t.running[from]
	if text == nil {
		return
	}
	part := text.left[:min(len(text.left), longest(t.c))]
	xproto.ChangeProperty(t.c, xproto.PropModeReplace, from.window, from.property, text.kind, 8,
		uint32(len(part)), part)
	text.left, text.last = text.left[len(part):], time.Now()
	if len(part) > 0 {
		return
	}
	delete(t.running, from)
	for other := range t.running {
		if other.window == from.window {
			return
		}
	}
	t.events(from.window, xproto.EventMaskNoEvent)
}

func (t *transfers) events(of xproto.Window, mask uint32) {
	xproto.ChangeWindowAttributes(t.c, of, xproto.CwEventMask, []uint32{mask})
}
