// Package routing decides which agents see a call, and why. It is pure. The popup and the trace use
// the same decision.
package routing

import (
	"slices"

	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// Reason is why agents see a call, or do not.
type Reason string

// The reasons, as the trace shows them.
const (
	TakesPart   Reason = "their extensions take part in the call"
	Rings       Reason = "their phone rings"
	Bound       Reason = "the tracked number is bound to them, whichever phone rings"
	Untracked   Reason = "the number called is not tracked"
	BoundOthers Reason = "the tracked number is bound to others"
	OtherTeams  Reason = "the tracked number is for other teams and agents"
	NoAgent     Reason = "hub.yml has no agent with this extension"
)

// Decision is who sees a call as it is now.
type Decision struct {
	Line     *tracking.Line // that the call came in on; nil: it did not come in, or is not tracked
	Agents   []string       // logins of those who see it
	Why      Reason
	Excluded []Exclusion // phones that ring although their agents do not see the call
}

// Exclusion is a phone of an incoming call whose agents do not see it.
type Exclusion struct {
	Extension string
	Agents    []string // logins; none with NoAgent
	Why       Reason
}

// Decide returns who sees a call. An incoming call is seen by the agents of its line: those whose
// phone takes part, or all of them if the line is bound. Any other call is seen by the agents whose
// extensions take part.
func Decide(c calls.Call, s *staff.Staff, lines *tracking.Lines) Decision {
	if c.Direction != protocol.Incoming {
		d := Decision{Why: TakesPart}
		for _, leg := range c.Legs {
			d.add(s.At(leg.Extension), nil)
		}
		return d
	}
	d := Decision{Line: lines.Of(c.DID), Why: Rings}
	others := OtherTeams
	switch {
	case d.Line == nil:
		d.Why, others = Untracked, Untracked
	case d.Line.Show == tracking.ShowBound:
		d.Why, others = Bound, BoundOthers
		for _, a := range s.Agents() { // each is there once
			if d.Line.Admits(a) {
				d.Agents = append(d.Agents, a.Login)
			}
		}
	default:
		for _, leg := range c.Legs {
			if leg.State != protocol.Ended {
				d.add(s.At(leg.Extension), d.Line)
			}
		}
	}
	for _, leg := range c.Legs {
		if leg.State != protocol.Ended {
			d.exclude(leg.Extension, s.At(leg.Extension), others)
		}
	}
	return d
}

// add adds the agents that the line admits; nil admits all.
func (d *Decision) add(agents []staff.Agent, line *tracking.Line) {
	for _, a := range agents {
		if (line == nil || line.Admits(a)) && !slices.Contains(d.Agents, a.Login) {
			d.Agents = append(d.Agents, a.Login)
		}
	}
}

func (d *Decision) exclude(extension string, agents []staff.Agent, why Reason) {
	if len(agents) == 0 {
		d.Excluded = append(d.Excluded, Exclusion{Extension: extension, Why: NoAgent})
		return
	}
	x := Exclusion{Extension: extension, Why: why}
	for _, a := range agents {
		if !slices.Contains(d.Agents, a.Login) {
			x.Agents = append(x.Agents, a.Login)
		}
	}
	if len(x.Agents) > 0 {
		d.Excluded = append(d.Excluded, x)
	}
}
