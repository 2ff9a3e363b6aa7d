// Package routing decides which agents see a call, and why, by the called line and the rules of
// hub.yml. It is pure. The popup and the trace use the same decision.
package routing

import (
	"cmp"
	"slices"

	"traybell/hub/calls"
	"traybell/hub/rules"
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
	Ruled       Reason = "a rule shows the call to them"
	RuledOthers Reason = "a rule shows the call to others"
)

// Decision is who sees a call as it is now.
type Decision struct {
	Line     *tracking.Line // that the call came in on; nil: it did not come in, or is not tracked
	Rules    rules.Decision // of the rules of hub.yml, which go before the line
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

// Template returns the name of the call's ticket template; empty: the default one.
func (d Decision) Template() string {
	if d.Rules.Ticket == "" && d.Line != nil {
		return d.Line.Template
	}
	return d.Rules.Ticket
}

// Teams returns the teams that the call is for.
func (d Decision) Teams() []string {
	switch {
	case d.Rules.Route != nil:
		return d.Rules.Route.Teams
	case d.Line != nil:
		return d.Line.Teams
	}
	return nil
}

// Seen returns the line as agents see it.
func (d Decision) Seen() (l protocol.Line) {
	if d.Line != nil {
		l = protocol.Line{Name: d.Line.Name, Comment: d.Line.Comment, Script: d.Line.Pages.Script != nil}
	}
	l.Comment = cmp.Or(d.Rules.Comment, l.Comment)
	return l
}

// Policy is what hub.yml says about calls.
type Policy struct {
	Staff *staff.Staff
	Lines *tracking.Lines
	Rules *rules.Set // nil: none
}

// Decide returns who sees a call. An incoming call is seen by the agents of its line, or by those of a
// rule: those whose phone takes part, or all of them if the line is bound. Any other call is seen by
// the agents whose extensions take part. facts are what else is known of the call, for rules.
func (p Policy) Decide(c calls.Call, facts rules.Facts) Decision {
	var line *tracking.Line
	if c.Direction == protocol.Incoming {
		if line = p.Lines.Of(c.DID); line != nil {
			facts.LineNumber, facts.LineName = line.Number, line.Name
		}
	}
	d := Decision{Line: line, Rules: p.Rules.Decide(facts), Why: Rings}
	s := p.Staff
	if c.Direction != protocol.Incoming {
		d.Why = TakesPart
		for _, leg := range c.Legs {
			d.add(s.At(leg.Extension), nil)
		}
		return d
	}
	others := OtherTeams
	if to := d.Rules.Route; to != nil {
		line = &tracking.Line{Teams: to.Teams, Agents: to.Agents, Show: tracking.ShowBound}
		if to.Ringing {
			line.Show = tracking.ShowRinging
		}
		d.Why, others = Ruled, RuledOthers
	}
	switch {
	case line == nil:
		d.Why, others = Untracked, Untracked
	case line.Show == tracking.ShowBound:
		if d.Rules.Route == nil {
			d.Why, others = Bound, BoundOthers
		}
		for _, a := range s.Agents() { // each is there once
			if line.Admits(a) {
				d.Agents = append(d.Agents, a.Login)
			}
		}
	default:
		for _, leg := range c.Legs {
			if leg.State != protocol.Ended {
				d.add(s.At(leg.Extension), line)
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
