package desk

import (
	"fmt"
	"maps"
	"slices"

	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// concerned returns the logins of the agents whom the call concerns as it is now, and logs the
// reason when it or the state changes.
func (d *Desk) concerned(l *live) []string {
	var logins []string
	add := func(agents []staff.Agent, fits func(staff.Agent) bool) {
		for _, a := range agents {
			if fits(a) && !slices.Contains(logins, a.Login) {
				logins = append(logins, a.Login)
			}
		}
	}
	anybody := func(staff.Agent) bool { return true }
	if l.call.Direction != protocol.Incoming {
		for _, leg := range l.legs {
			add(d.byExt[leg.Extension], anybody)
		}
		d.because(l, logins, "%s call: %v, whose extensions take part", l.call.Direction, logins)
		return logins
	}
	if l.line == nil {
		d.because(l, nil, "nobody: %q is no tracked number", l.call.DID)
		return nil
	}
	if l.line.Show == tracking.ShowBound {
		add(d.Agents, l.line.Admits)
		d.because(l, logins, "%v: all whom line %q is bound to", logins, l.line.Number)
		return logins
	}
	for _, leg := range l.legs {
		if leg.State != protocol.Ended {
			add(d.byExt[leg.Extension], l.line.Admits)
		}
	}
	d.because(l, logins, "%v: %v ring or talk, on line %q", logins, extensions(l.legs), l.line.Number)
	return logins
}

// because logs why the call is shown to whom, when the reason or the state is new. What is nobody's
// is only a detail.
func (d *Desk) because(l *live, logins []string, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	told := string(l.call.State) + why
	if told == l.why {
		return
	}
	l.why = told
	switch {
	case len(logins) > 0:
		d.Log.Info("a call is shown to", "call", l.call.ID, "state", l.call.State, "who", why)
	case len(l.told) == 0:
		d.Log.Debug("a call is shown to nobody", "call", l.call.ID, "state", l.call.State, "why", why)
	case l.call.State == protocol.Ended:
		d.Log.Info("a call has ended", "call", l.call.ID, "state", l.call.State,
			"shown_to", slices.Sorted(maps.Keys(l.told)))
	default:
		d.Log.Debug("a call is no longer at anybody's phone", "call", l.call.ID, "state", l.call.State, "why", why)
	}
}

// extensions are those whose leg has not ended.
func extensions(legs []protocol.Leg) []string {
	var names []string
	for _, leg := range legs {
		if leg.State != protocol.Ended {
			names = append(names, leg.Extension)
		}
	}
	return names
}

func (d *Desk) lineOf(c calls.Call) *tracking.Line {
	if c.Direction != protocol.Incoming {
		return nil
	}
	return d.lines.Of(c.DID)
}
