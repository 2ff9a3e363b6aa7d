package desk

import (
	"slices"

	"traybell/hub/staff"
)

// at returns the agents who are taken to be at an extension of a call. Where several share it, it
// is the one who took the call, as far as that is known; else those who are signed in with it, else
// those who are signed in at all, else all of them.
func (d *Desk) at(l *live, extension string) []staff.Agent {
	all := d.byExt[extension]
	if len(all) < 2 {
		return all
	}
	if i := slices.IndexFunc(all, func(a staff.Agent) bool { return a.Login == l.took[extension] }); i >= 0 {
		return all[i : i+1]
	}
	var there, somewhere []staff.Agent
	for _, a := range all {
		phones := d.terminals.Phones(a.Login)
		if slices.Contains(phones, extension) {
			there = append(there, a)
		}
		if len(phones) > 0 {
			somewhere = append(somewhere, a)
		}
	}
	switch {
	case len(there) > 0:
		return there
	case len(somewhere) > 0:
		return somewhere
	}
	return all
}

// settle notes who took the call at a shared extension, where one agent alone can have: who comes
// or goes later does not change it.
func (d *Desk) settle(l *live) {
	for _, leg := range l.call.Legs {
		if leg.Answered.IsZero() || l.took[leg.Extension] != "" || len(d.byExt[leg.Extension]) < 2 {
			continue
		}
		if who := d.at(l, leg.Extension); len(who) == 1 {
			l.take(leg.Extension, who[0])
		}
	}
}

// pressed takes the agent who works on a call for the one who took it, at the extension of theirs
// that did, and tells so where it was not known.
func (d *Desk) pressed(l *live, a staff.Agent) {
	for _, leg := range l.call.Legs {
		if leg.Answered.IsZero() || !slices.Contains(a.Extensions, leg.Extension) || len(d.byExt[leg.Extension]) < 2 {
			continue
		}
		if l.took[leg.Extension] != a.Login {
			l.take(leg.Extension, a)
			l.legs = d.named(l)
			d.show(l)
		}
		return
	}
}

func (l *live) take(extension string, a staff.Agent) {
	if l.took == nil {
		l.took = map[string]string{}
	}
	l.took[extension] = a.Login
}
