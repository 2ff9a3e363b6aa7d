package desk

import (
	"slices"
	"strings"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// at returns the agents who are taken to be at an extension of a call. If several share it, that is
// the one who took the call, as far as that is known; else those who are signed in with it, else
// those who are signed in at all, else all of them.
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

// named gives the legs the names of the agents who are at them.
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

// settleShared notes who took the call at a shared extension, where only one agent can have: who
// signs in or out later does not change it.
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

// tookCall takes the agent who works on a call for the one who took it at a shared extension.
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
