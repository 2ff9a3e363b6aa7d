package trace

import (
	"slices"
	"strings"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/routing"
	"traybell/hub/rules"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// mostDesktops bounds the agents of one step whose desktops are named.
const mostDesktops = 20

// View is a live call as the desk sees it.
type View struct {
	Call     calls.Call // as the PBX reported it last
	Number   phone.Number
	Name     string // CallerID name as agents see it
	Impostor bool   // a caller outside presents an extension of the company
	Routed   routing.Decision
	SeenBy   map[string]struct{} // logins of the agents who see or saw it
	Block    *protocol.Block     // for which the PBX turned the call away; nil: it did not
	Lines    *tracking.Lines
	Settings *protocol.Settings
}

// Desktops says which agents are signed in.
type Desktops interface {
	Online(login string) int        // how many desktops are signed in
	Desktops(login string) []string // a short description of each
}

// Progress is what the trace of a live call already contains, so that nothing is traced twice. The
// zero value is that of a new call, whose first step is Changed's.
type Progress struct {
	begun    bool
	number   string
	impostor bool
	pretends string
	judged   map[string]endpoint.Verdict // by endpoint
	line     *tracking.Line
	hasLine  bool
	legs     []calls.Leg
	data     calldata.Values
	blocked  bool
	state    protocol.State
	turned   time.Time            // when state was traced
	sent     map[string]time.Time // by login: when the call was sent
	measured map[string]time.Time // by login: from when a popup was measured
	shown    map[string]time.Time // by login: when a popup was last shown
	excluded map[string]bool      // extensions whose exclusion is traced
	ruled    map[string]string    // by rule: what is traced of it
	off      map[string]bool      // kinds of popups that are traced as switched off
}

// begin makes the maps and returns the first step.
func (p *Progress) begin(state protocol.State) Step {
	p.begun = true
	p.judged = map[string]endpoint.Verdict{}
	p.sent, p.measured, p.shown = map[string]time.Time{}, map[string]time.Time{}, map[string]time.Time{}
	p.excluded, p.off, p.ruled = map[string]bool{}, map[string]bool{}, map[string]string{}
	return Step{What: Seen, Text: string(state)}
}

// Changed returns what is new about a call: what the PBX reported, at since, and which agents were
// sent the call, now.
func (p *Progress) Changed(v View, desktops Desktops, since, now time.Time) (steps []Step) {
	steps = p.reported(v, now)
	for i := range steps {
		steps[i].At = since
	}
	for _, s := range p.routed(v, desktops, now) {
		s.At = now
		steps = append(steps, s)
	}
	return steps
}

// reported returns what is new about what the PBX reported.
func (p *Progress) reported(v View, now time.Time) (steps []Step) {
	c := v.Call
	first := !p.begun
	if first {
		steps = append(steps, p.begin(c.State))
	}
	if first || p.number != c.Number {
		p.number = c.Number
		steps = append(steps, Step{What: Number, Text: c.Number})
	}
	steps = append(steps, endpointSteps(p.judged, c.Channels)...)
	if v.Impostor && !p.impostor {
		steps = append(steps, Step{What: Impostor, Text: v.Number.Local})
	}
	p.impostor = v.Impostor
	if v.Name != c.Name && p.pretends != c.Name {
		p.pretends = c.Name
		steps = append(steps, Step{What: Pretends, Text: c.Name})
	}
	if line := v.Routed.Line; c.Direction == protocol.Incoming && (!p.hasLine || p.line != line) {
		p.line, p.hasLine = line, true
		steps = append(steps, lineStep(c.DID, line, v.Lines))
	}
	if !c.Data.Is(p.data) {
		if s, ok := dataStep(p.data, c.Data); ok {
			steps = append(steps, s)
		}
		p.data = c.Data
	}
	if changed := legsSince(p.legs, c.Legs); len(changed) > 0 {
		steps = append(steps, Step{What: Legs, Words: changed})
	}
	p.legs = c.Legs
	if c.State != p.state {
		p.state, p.turned = c.State, now
		if s, ok := stateStep(c, v.Block); ok {
			steps = append(steps, s)
		}
	}
	return steps
}

// routed returns which agents newly see the call, and which do not although the phone rings.
func (p *Progress) routed(v View, desktops Desktops, now time.Time) (steps []Step) {
	steps = p.rules(v.Routed.Rules)
	var fresh []string
	for login := range v.SeenBy {
		if _, known := p.sent[login]; !known {
			p.sent[login] = now
			fresh = append(fresh, login)
		}
	}
	if len(fresh) > 0 {
		slices.Sort(fresh)
		steps = append(steps, Step{What: Told, Agents: fresh, Why: string(v.Routed.Why), Text: v.Routed.Rules.By.Route})
		steps = append(steps, sentSteps(fresh, desktops)...)
	}
	if s, ok := p.switchedOff(v); ok {
		steps = append(steps, s)
	}
	return append(steps, p.notRouted(v)...)
}

// rules returns what rules newly decide, and which newly fail.
func (p *Progress) rules(d rules.Decision) (steps []Step) {
	fresh := func(s Step) {
		if key := string(s.What) + " " + s.Text; p.ruled[key] != s.Why+strings.Join(s.Words, "\n")+"." {
			p.ruled[key] = s.Why + strings.Join(s.Words, "\n") + "."
			steps = append(steps, s)
		}
	}
	for _, a := range d.Applied {
		fresh(Step{What: Rule, Text: a.Rule, Words: a.Did})
	}
	for _, f := range d.Failed {
		fresh(Step{What: RuleFailed, Text: f.Rule, Why: f.Why})
	}
	return steps
}

// notRouted returns the agents and extensions that newly do not get the call although they ring.
func (p *Progress) notRouted(v View) (steps []Step) {
	excluded, unknown := Step{What: NotTold}, Step{What: NotTold, Why: string(routing.NoAgent)}
	for _, x := range v.Routed.Excluded {
		if p.excluded[x.Extension] {
			continue
		}
		p.excluded[x.Extension] = true
		if x.Why == routing.NoAgent {
			unknown.Words = append(unknown.Words, x.Extension)
			continue
		}
		excluded.Why, excluded.Text = string(x.Why), v.Routed.Rules.By.Route
		for _, login := range x.Agents {
			if _, seen := v.SeenBy[login]; !seen && !slices.Contains(excluded.Agents, login) {
				excluded.Agents = append(excluded.Agents, login)
			}
		}
	}
	if len(excluded.Agents) > 0 {
		steps = append(steps, excluded)
	}
	if len(unknown.Words) > 0 {
		steps = append(steps, unknown)
	}
	return steps
}

// sentSteps say which of the agents are signed in, and on which desktops if they are few.
func sentSteps(logins []string, desktops Desktops) (steps []Step) {
	var sent, away []string
	var at []Note
	for _, login := range logins {
		if desktops.Online(login) == 0 {
			away = append(away, login)
			continue
		}
		sent = append(sent, login)
		if len(logins) <= mostDesktops {
			at = append(at, Note{"trace.on", map[string]string{
				"Agent": login, "Desktops": strings.Join(desktops.Desktops(login), ", "),
			}})
		}
	}
	if len(sent) > 0 {
		steps = append(steps, Step{What: Sent, Agents: sent, Notes: at})
	}
	if len(away) > 0 {
		steps = append(steps, Step{What: Away, Agents: away})
	}
	return steps
}

// switchedOff returns once that the popup for the call's state is switched off for all agents.
func (p *Progress) switchedOff(v View) (s Step, ok bool) {
	popups := v.Settings.Popups
	kind, on := "incoming", popups.Incoming.Enabled
	switch {
	case len(v.SeenBy) == 0 || v.Call.State == protocol.Ended || v.Call.Direction != protocol.Incoming:
		return s, false
	case v.Call.State != protocol.Ringing:
		kind, on = "answer", popups.Answer.Enabled
	}
	if on || p.off[kind] || popups == (protocol.Popups{}) {
		return s, false
	}
	p.off[kind] = true
	s = Step{What: Off, Text: kind}
	key := "popups." + kind + ".enabled"
	if slices.ContainsFunc(v.Settings.Locked, func(locked string) bool {
		return key == locked || strings.HasPrefix(key, locked+".")
	}) {
		s.Why = string(protocol.HiddenLocked)
	}
	return s, true
}

// Blocked returns once that the caller is blocked.
func (p *Progress) Blocked(b *protocol.Block, c calls.Call) (s Step, ok bool) {
	if b == nil || p.blocked {
		return s, false
	}
	p.blocked = true
	return blockStep(*b, c), true
}

// Joined returns that an agent signed in during the call and was sent it now.
func (p *Progress) Joined(login string, now time.Time) Step {
	p.sent[login] = now
	return Step{What: Snapshot, Agents: []string{login}}
}

// Popup returns what the agent's desktop reports now about a popup, and how long after the call,
// or its answer, was sent.
func (p *Progress) Popup(login string, report protocol.ShownCall, now time.Time) Step {
	s := Step{What: Shown, Agents: []string{login}, Text: string(report.As)}
	if report.Hidden == protocol.HiddenClosed {
		s.What = Closed
		if at, ok := p.shown[login]; ok {
			s.After = now.Sub(at)
		}
		return s
	}
	if at, ok := p.sent[login]; ok {
		if p.turned.After(at) { // the popup of the answer
			at = p.turned
		}
		if !at.Equal(p.measured[login]) { // popups of updates are not measured
			s.After, p.measured[login] = now.Sub(at), at
		}
	}
	if report.Hidden != "" {
		s.What, s.Why = Hidden, string(report.Hidden[:min(len(report.Hidden), 100)])
		return s
	}
	p.shown[login] = now
	if report.Monitor != "" {
		s.Words = []string{report.Monitor}
	}
	return s
}
