package calls

import (
	"fmt"
	"slices"
	"strings"
)

// Remembered counts the channels, calls and bridges of a tracker.
func (t *Tracker) Remembered() (channels, calls, bridges int) {
	return len(t.channels), len(t.calls), len(t.bridges)
}

// Live returns the visible live calls, oldest first.
func (t *Tracker) Live() []Call {
	var out []Call
	for linked, c := range t.calls {
		if linked == c.linked && c.visible {
			call := c.last
			call.Legs = slices.Clone(call.Legs)
			out = append(out, call)
		}
	}
	slices.SortFunc(out, func(a, b Call) int {
		if d := a.Started.Compare(b.Started); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Check verifies the invariants that hold between events.
func (t *Tracker) Check() error {
	if len(t.dirty) > 0 {
		return fmt.Errorf("%d calls are not settled", len(t.dirty))
	}
	owners := map[string]*live{}
	for linked, c := range t.calls {
		if c.ended || len(c.channels) == 0 {
			return fmt.Errorf("call %s has ended but is kept", c.call.ID)
		}
		if other := owners[c.call.ID]; other != nil && other != c {
			return fmt.Errorf("two live calls %s", c.call.ID)
		}
		owners[c.call.ID] = c
		if t.calls[c.linked] != c {
			return fmt.Errorf("call %s is found by %s, but not by its own Linkedid", c.call.ID, linked)
		}
	}
	groups := map[string]*live{}
	for id, ch := range t.channels {
		if ch.id != id || ch.call == nil || ch.call.ended {
			return fmt.Errorf("channel %s belongs to no live call", id)
		}
		if other := groups[ch.linked]; other != nil && other != ch.call {
			return fmt.Errorf("two live calls for the Linkedid %s: %s and %s", ch.linked, other.call.ID,
				ch.call.call.ID)
		}
		groups[ch.linked] = ch.call
		if t.gone.has(id) {
			return fmt.Errorf("channel %s has hung up but is kept", id)
		}
	}
	for id, b := range t.bridges {
		if len(b.members) == 0 {
			return fmt.Errorf("bridge %s is empty", id)
		}
		for _, m := range b.members {
			if m.bridge != b || t.channels[m.id] != m {
				return fmt.Errorf("bridge %s holds %s, which is not in it", id, m.name)
			}
		}
	}
	return nil
}

// Settled is false in the moments in which Status disagrees with the events so far: between a
// phone's Up and its DialEnd, between a DialEnd or a transfer and the Hangup, and while no party of
// an answered call is in a bridge, since Status does not show that they talked.
func (t *Tracker) Settled() bool {
	for _, c := range t.calls {
		talking := false
		for _, ch := range c.channels {
			if !ch.real {
				continue
			}
			if ch.closed || ch.leaving || ch.reason != "" || ch.dialled && !ch.answered && ch.phase == phaseUp ||
				ch.answered &&
					!ch.originated && ch.bridge == nil {
				return false
			}
			if ch.answered && ch.bridge != nil && len(ch.bridge.parties()) == 1 && !ch.parked {
				return false // the other one is about to join or to leave
			}
			talking = talking || ch.bridge != nil
		}
		if !c.call.Answered.IsZero() && !talking {
			return false
		}
	}
	return true
}
