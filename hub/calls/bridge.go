package calls

import (
	"slices"
	"strings"
	"time"
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

func (t *Tracker) bridgeEnter(e *event, at time.Time) {
	ch := t.see(&e.main, at)
	if ch == nil || e.bridge == "" {
		return
	}
	b := t.bridges.get(e.bridge)
	b.waiting = e.kind == "parking" || e.tech == "holding_bridge"
	b.joins = !b.waiting && (e.kind == "basic" || e.kind == "")
	if swapped := t.channels[e.swap]; swapped != nil && swapped.bridge == b {
		t.bridges.leave(swapped)
	}
	t.bridges.enter(ch, b)
	t.moved(ch)
	t.meet(b, at)
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
			t.dirty.add(m.call)
		}
	}
	t.connect(b, at)
}

// connect notes that the parties of a bridge talk: they have answered.
func (t *Tracker) connect(b *bridge, at time.Time) {
	parties := b.parties()
	if len(parties) < 2 {
		return
	}
	for _, ch := range parties {
		if !ch.closed {
			t.answer(ch, at)
		}
	}
}

// answer notes that a phone or a trunk is connected.
func (t *Tracker) answer(ch *channel, at time.Time) {
	if !ch.answered || ch.call.call.Answered.IsZero() {
		t.dirty.add(ch.call)
	}
	ch.answered = true
	ch.call.answer(at, t.unseen)
}

// parties returns the phones and trunks that hear each other through a bridge: its own, and those
// of bridges that Local channels connect with it.
func (b *bridge) parties() (out []*channel) {
	seen := []*bridge{b}
	for i := 0; i < len(seen); i++ {
		for _, m := range seen[i].members {
			if m.real {
				if !m.leaving {
					out = append(out, m)
				}
			} else if half := m.half(); half != nil && half.bridge != nil && !half.bridge.waiting &&
				!slices.Contains(seen, half.bridge) {
				seen = append(seen, half.bridge)
			}
		}
	}
	return out
}

// bridges are the bridges of a PBX by id.
type bridges map[string]*bridge

// get returns a bridge, and creates an unknown one.
func (all bridges) get(id string) *bridge {
	b := all[id]
	if b == nil {
		b = &bridge{id: strings.Clone(id), members: make([]*channel, 0, 2)}
		all[b.id] = b
	}
	return b
}

func (all bridges) enter(ch *channel, b *bridge) {
	if ch.bridge == b {
		return
	}
	all.leave(ch)
	ch.bridge = b
	b.members = append(b.members, ch)
}

func (all bridges) leave(ch *channel) {
	if ch.bridge == nil {
		return
	}
	ch.bridge.remove(ch)
	if len(ch.bridge.members) == 0 {
		delete(all, ch.bridge.id)
	}
	ch.bridge = nil
}
