package desk

import (
	"slices"
	"strings"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// at returns the agents at an extension of a call. If several share it, that is the one who took
// the call if known, else those signed in with it, else those signed in at all, else all of them.
func (l *loop) at(c *call, extension string) []staff.Agent {
	all := l.rules.Staff.At(extension)
	if len(all) < 2 {
		return all
	}
	if i := slices.IndexFunc(all, func(a staff.Agent) bool { return a.Login == c.takenBy[extension] }); i >= 0 {
		return all[i : i+1]
	}
	var there, elsewhere []staff.Agent
	for _, a := range all {
		phones := l.terminals.Phones(a.Login)
		if slices.Contains(phones, extension) {
			there = append(there, a)
		}
		if len(phones) > 0 {
			elsewhere = append(elsewhere, a)
		}
	}
	switch {
	case len(there) > 0:
		return there
	case len(elsewhere) > 0:
		return elsewhere
	}
	return all
}

// named returns the legs with the names of the agents at them.
func (l *loop) named(c *call) []protocol.Leg {
	legs := make([]protocol.Leg, len(c.Legs))
	for i, leg := range c.Legs {
		var names []string
		for _, a := range l.at(c, leg.Extension) {
			names = append(names, a.Name)
		}
		legs[i] = protocol.Leg{
			Extension: leg.Extension, Agent: strings.Join(names, ", "), Login: c.takenBy[leg.Extension],
			State: leg.State, Calling: leg.Calling,
		}
	}
	return legs
}

// settleShared notes who took the call at a shared extension, if only one agent is at it. Later
// sign-ins do not change that.
func (l *loop) settleShared(c *call) {
	for _, leg := range c.Legs {
		if leg.Answered.IsZero() || c.takenBy[leg.Extension] != "" || len(l.rules.Staff.At(leg.Extension)) < 2 {
			continue
		}
		if who := l.at(c, leg.Extension); len(who) == 1 {
			c.takenBy[leg.Extension] = who[0].Login
		}
	}
}

// tookCall notes that an agent who works on a call took it at a shared extension.
func (l *loop) tookCall(c *call, a staff.Agent) {
	for _, leg := range c.Legs {
		if leg.Answered.IsZero() || !slices.Contains(a.Extensions, leg.Extension) ||
			len(l.rules.Staff.At(leg.Extension)) < 2 {
			continue
		}
		if c.takenBy[leg.Extension] != a.Login {
			c.takenBy[leg.Extension] = a.Login
			c.legs = l.named(c)
			l.show(c)
		}
		return
	}
}
