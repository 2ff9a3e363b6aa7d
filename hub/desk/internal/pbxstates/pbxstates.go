// Package pbxstates keeps the states of the PBXs, and warns of those that stay away.
package pbxstates

import (
	"maps"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// outageTime is how long a PBX has to be away before agents are warned. A restart of its manager
// takes less.
const outageTime = 5 * time.Second

// States are the states of the PBXs. They belong to one goroutine.
type States struct {
	notify  func(t protocol.Type, name string, p protocol.PBX)
	later   func(f func())
	states  map[string]protocol.PBX
	order   []string
	outages map[string]*outage // by PBX, while it does not work
}

// outage is a time in which a PBX does not work.
type outage struct {
	timer  *time.Timer
	warned bool
}

// New returns the states of PBXs that hub.yml names. notify sends all agents a message about a PBX;
// later, called on any goroutine, runs a function on the states' goroutine.
func New(ids []string, notify func(t protocol.Type, name string, p protocol.PBX), later func(f func())) *States {
	s := &States{
		notify: notify, later: later, states: map[string]protocol.PBX{}, outages: map[string]*outage{},
	}
	s.set(ids)
	return s
}

// List returns the states in the order of hub.yml.
func (s *States) List() []protocol.PBX {
	list := make([]protocol.PBX, len(s.order))
	for i, id := range s.order {
		list[i] = s.states[id]
	}
	return list
}

// Set replaces the PBXs by those that hub.yml names now. removed reports whether one was dropped.
func (s *States) Set(ids []string) (removed bool) {
	added, removed := s.set(ids)
	for _, p := range added {
		s.notify(protocol.Event, protocol.PBXEvent, p)
	}
	return removed
}

func (s *States) set(ids []string) (added []protocol.PBX, removed bool) {
	known := len(s.states)
	maps.DeleteFunc(s.states, func(id string, _ protocol.PBX) bool { return !slices.Contains(ids, id) })
	removed = len(s.states) < known
	s.order = slices.Clone(ids)
	for _, id := range ids {
		if _, known := s.states[id]; !known {
			s.states[id] = protocol.PBX{ID: id, State: protocol.PBXStopped}
			added = append(added, s.states[id])
		}
	}
	return added, removed
}

// Change takes the state of a PBX. It reports whether the state is new; what agents may do there is
// not part of it.
func (s *States) Change(now protocol.PBX) bool {
	before := s.states[now.ID]
	if before == now {
		return false
	}
	if !slices.Contains(s.order, now.ID) {
		s.order = append(s.order, now.ID)
	}
	s.states[now.ID] = now
	s.notify(protocol.Event, protocol.PBXEvent, now)
	if before.Dial, before.Ring = now.Dial, now.Ring; before == now {
		return false
	}
	s.noteOutage(now)
	return true
}

// noteOutage warns agents once of a PBX that stays away, and once when it is back. A PBX that is
// stopped without a reason was disabled, which is not an outage.
func (s *States) noteOutage(now protocol.PBX) {
	o := s.outages[now.ID]
	disabled := now.State == protocol.PBXStopped && now.Reason == ""
	switch {
	case (now.State == protocol.PBXWorking || disabled) && o != nil:
		o.timer.Stop()
		delete(s.outages, now.ID)
		if o.warned && !disabled {
			s.notify(protocol.Warning, protocol.PBXBack, now)
		}
	case now.State != protocol.PBXWorking && !disabled && o == nil:
		o = &outage{}
		o.timer = time.AfterFunc(outageTime, func() { s.later(func() { s.warn(now.ID, o) }) })
		s.outages[now.ID] = o
	}
}

func (s *States) warn(id string, o *outage) {
	if s.outages[id] == o {
		o.warned = true
		s.notify(protocol.Warning, protocol.PBXDown, s.states[id])
	}
}

// Down returns the PBXs of whose outage agents were warned.
func (s *States) Down() (list []protocol.PBX) {
	for _, id := range s.order {
		if o := s.outages[id]; o != nil && o.warned {
			list = append(list, s.states[id])
		}
	}
	return list
}
