// Package sharing finds the agents at the extensions of a call. Several may share one.
package sharing

import (
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Taken is who took a call: by shared extension, the agent's login.
type Taken map[string]string

// Extensions are the agents' extensions.
type Extensions struct {
	Staff  func() *staff.Staff
	Phones func(login string) []string // the extensions with which the agent is signed in
}

// At returns the agents at an extension of a call.
func (e Extensions) At(extension string, taken Taken) []staff.Agent {
	return e.Staff().Sharing(extension, taken[extension], e.Phones)
}

// Named returns the legs of a call with the names of the agents at them.
func (e Extensions) Named(of []calls.Leg, taken Taken) []protocol.Leg {
	legs := make([]protocol.Leg, len(of))
	for i, leg := range of {
		var names []string
		for _, a := range e.At(leg.Extension, taken) {
			names = append(names, a.Name)
		}
		legs[i] = protocol.Leg{
			Extension: leg.Extension, Agent: strings.Join(names, ", "), Login: taken[leg.Extension],
			State: leg.State, Calling: leg.Calling, Answered: leg.Answered,
		}
	}
	return legs
}

// Placed reports whether an agent placed the call with these legs.
func (e Extensions) Placed(legs []calls.Leg, taken Taken, login string) bool {
	return slices.ContainsFunc(legs, func(leg calls.Leg) bool {
		return leg.Calling && slices.ContainsFunc(e.At(leg.Extension, taken), func(a staff.Agent) bool {
			return a.Login == login
		})
	})
}

// Settle notes who took a call at a shared extension, if only one agent is at it. Later sign-ins do
// not change that.
func (e Extensions) Settle(legs []calls.Leg, taken Taken) {
	for _, leg := range legs {
		if !e.answered(leg) || taken[leg.Extension] != "" {
			continue
		}
		if who := e.At(leg.Extension, taken); len(who) == 1 {
			taken[leg.Extension] = who[0].Login
		}
	}
}

// Take notes that an agent who works on a call took it, if that was at a shared extension. It
// reports whether this is new.
func (e Extensions) Take(legs []calls.Leg, taken Taken, a staff.Agent) (changed bool) {
	i := slices.IndexFunc(legs, func(leg calls.Leg) bool {
		return e.answered(leg) && slices.Contains(a.Extensions, leg.Extension)
	})
	if i < 0 || taken[legs[i].Extension] == a.Login {
		return false
	}
	taken[legs[i].Extension] = a.Login
	return true
}

// answered reports whether a shared extension answered.
func (e Extensions) answered(leg calls.Leg) bool {
	return !leg.Answered.IsZero() && len(e.Staff().At(leg.Extension)) > 1
}
