// Package arrived lets a change of a call that the desk's loop has not taken be replaced by the next.
package arrived

import (
	"slices"
	"sync"

	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// Newest is the newest change that a PBX sent, which the next one of the same call may replace as
// long as the loop has not taken it. It is safe for concurrent use.
type Newest struct {
	mu    sync.Mutex
	last  *calls.Change // nil: none that may be replaced
	call  string        // of the newest change
	legs  []calls.Leg   // likewise
	began bool          // a phone rings or talks in last that did not before: the loop has to see it
}

// Replace replaces the last change; false: it cannot.
func (a *Newest) Replace(c calls.Change) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := a.last
	switch {
	case last == nil, last.Call.ID != c.Call.ID, last.Epoch != c.Epoch, last.Seq >= c.Seq,
		last.Call.State != c.Call.State, last.Call.Direction != c.Call.Direction, last.Call.Into != c.Call.Into:
		return false
	case a.began && slices.ContainsFunc(last.Call.Legs, func(l calls.Leg) bool { return !has(c.Call.Legs, l) }):
		return false
	}
	a.note(c)
	if !last.Read.IsZero() {
		c.Read = last.Read
	}
	*last = c
	return true
}

// Add makes a change the last one, and returns the function that takes it.
func (a *Newest) Add(c calls.Change) (take func() calls.Change) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.began = false
	a.note(c)
	a.last = &c
	return func() calls.Change {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.last == &c {
			a.last = nil
		}
		return c
	}
}

// note notes the newest change. The lock is held.
func (a *Newest) note(c calls.Change) {
	if a.call != c.Call.ID {
		a.call, a.legs = c.Call.ID, nil
	}
	a.began = a.began || slices.ContainsFunc(c.Call.Legs, func(l calls.Leg) bool {
		return l.State != protocol.Ended && !has(a.legs, l)
	})
	a.legs = c.Call.Legs
}

// has reports whether a leg is among legs, in the same state.
func has(legs []calls.Leg, l calls.Leg) bool {
	return slices.ContainsFunc(legs, func(other calls.Leg) bool {
		return other.Extension == l.Extension && other.State == l.State
	})
}

// Close keeps the last change as it is.
func (a *Newest) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = nil
}
