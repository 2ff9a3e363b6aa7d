package calls

import (
	"slices"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// bridge connects channels.
type bridge struct {
	id      string
	members []*channel
	// a conversation, whose members are in one call: a two-party bridge, not a conference or a
	// parking lot
	joins   bool
	waiting bool // a parking lot: its members hear music
}

func (b *bridge) remove(ch *channel) {
	for i, m := range b.members {
		if m == ch {
			b.members = append(b.members[:i], b.members[i+1:]...)
			return
		}
	}
}

// people counts the phones and trunks in a bridge.
func (b *bridge) people() int {
	n := 0
	for _, m := range b.members {
		if m.real {
			n++
		}
	}
	return n
}

func (t *Tracker) bridgeEnter(e *event, at time.Time) {
	ch := t.see(&e.main, at)
	if ch == nil || e.bridge == "" {
		return
	}
	b := t.bridge(e.bridge)
	b.waiting = e.kind == "parking" || e.tech == "holding_bridge"
	b.joins = !b.waiting && (e.kind == "basic" || e.kind == "")
	if swapped := t.channels[e.swap]; swapped != nil && swapped.bridge == b {
		t.leaveBridge(swapped)
	}
	t.enterBridge(ch, b)
	t.meet(b, at)
	if !b.waiting && ch.dialled && ch.real && !ch.closed {
		t.answered(ch, at)
	}
}

// meet draws conclusions from the members of a bridge.
func (t *Tracker) meet(b *bridge, at time.Time) {
	if b.waiting || len(b.members) == 0 {
		return
	}
	if b.joins {
		for _, m := range b.members[1:] {
			t.join(b.members[0].call, m.call)
		}
	}
	for _, m := range b.members {
		if m.parked {
			m.parked = false
			t.touch(m.call)
		}
	}
	if b.people() < 2 {
		return
	}
	for _, m := range b.members {
		if m.real && !m.closed {
			if !m.answered {
				m.answered = true
				t.touch(m.call)
			}
			if m.call.call.Answered.IsZero() {
				t.touch(m.call)
				m.call.answer(at)
			}
		}
	}
}

func (t *Tracker) bridge(id string) *bridge {
	b := t.bridges[id]
	if b == nil {
		b = &bridge{id: strings.Clone(id), members: make([]*channel, 0, 2)}
		t.bridges[b.id] = b
	}
	return b
}

func (t *Tracker) enterBridge(ch *channel, b *bridge) {
	if ch.bridge == b {
		return
	}
	t.leaveBridge(ch)
	ch.bridge = b
	b.members = append(b.members, ch)
}

func (t *Tracker) leaveBridge(ch *channel) {
	if ch.bridge == nil {
		return
	}
	ch.bridge.remove(ch)
	if len(ch.bridge.members) == 0 {
		delete(t.bridges, ch.bridge.id)
	}
	ch.bridge = nil
}

func (t *Tracker) bridgeMerge(m wire.Message, at time.Time) {
	from, to := t.bridges[m.Get("FromBridgeUniqueid")], t.bridges[m.Get("ToBridgeUniqueid")]
	if from == nil || to == nil || from == to {
		return
	}
	for _, ch := range slices.Clone(from.members) {
		t.enterBridge(ch, to)
	}
	delete(t.bridges, from.id)
	t.meet(to, at)
}
