package desk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/calls"
	"traybell/hub/routing"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// mostDesktops is how many agents' desktops are named if a call is sent to them all at once.
const mostDesktops = 20

// traced is what the trace of a call says already, so that each thing is said once. The loop owns
// it.
type traced struct {
	begun    bool
	number   string
	line     *tracking.Line
	hasLine  bool
	legs     []calls.Leg
	state    protocol.State
	turned   time.Time            // when state was traced
	sent     map[string]time.Time // by login: when the call was sent
	measured map[string]time.Time // by login: the sending from which a popup was measured
	excluded map[string]bool      // extensions whose exclusion is traced
	off      map[string]bool      // kinds of popups that are traced as switched off
}

// traceStep adds a step to a call's trace. Any goroutine may call it.
func (d *Desk) traceStep(callID string, step trace.Step) {
	if d.traces != nil {
		step.At = d.now()
		d.traces.Add(trace.Entry{Trace: trace.Trace{CallID: callID, At: step.At}}, step)
	}
}

// trace traces what is new about a call since that moment. It is called after every change, when
// the call was shown already.
func (l *loop) trace(c *call, since time.Time) {
	if l.desk.traces == nil {
		return
	}
	var steps []trace.Step
	add := func(s trace.Step) { s.At = since; steps = append(steps, s) }
	l.traceCall(c, add)
	since = l.now()
	l.traceRouting(c, since, add)
	if len(steps) > 0 {
		l.desk.traces.Add(trace.Entry{Numbers: l.rules.Numbers, Trace: trace.Trace{
			CallID: c.ID, PBX: c.PBX, Direction: c.Direction, Number: c.Number, Name: c.Name, DID: c.DID,
			Party: c.parsed.Key(), At: steps[0].At,
		}}, steps...)
	}
}

// traceCall traces what the PBX reported.
func (l *loop) traceCall(c *call, add func(trace.Step)) {
	was := &c.traced
	if !was.begun {
		was.sent, was.measured = map[string]time.Time{}, map[string]time.Time{}
		was.excluded, was.off = map[string]bool{}, map[string]bool{}
		add(trace.Step{What: trace.Seen, Text: string(c.State)})
	}
	if !was.begun || was.number != c.Number {
		was.number = c.Number
		add(trace.Step{What: trace.Number, Text: c.Number})
	}
	if line := c.routed.Line; c.Direction == protocol.Incoming && (!was.hasLine || was.line != line) {
		was.line, was.hasLine = line, true
		add(l.lineStep(c))
	}
	was.begun = true
	if changed := legsSince(was.legs, c.Legs); len(changed) > 0 {
		add(trace.Step{What: trace.Legs, Words: changed})
	}
	was.legs = c.Legs
	if c.State != was.state {
		was.state, was.turned = c.State, l.now()
		if s, ok := stateStep(c.Call); ok {
			add(s)
		}
	}
}

func (l *loop) lineStep(c *call) trace.Step {
	line := c.routed.Line
	if line == nil {
		return trace.Step{What: trace.Untracked, Text: c.DID}
	}
	if l.rules.Lines.None() {
		return trace.Step{What: trace.Line}
	}
	how := "to those whose phone rings"
	if line.Show == tracking.ShowBound {
		how = "whichever phone rings, to all"
	}
	words := []string{how}
	if len(line.Teams) > 0 {
		words = append(words, "of the teams "+strings.Join(line.Teams, ", "))
	}
	if len(line.Agents) > 0 {
		words = append(words, "named there: "+strings.Join(line.Agents, ", "))
	}
	text := fmt.Sprintf("%q", line.Number)
	if line.Name != "" {
		text += " (" + line.Name + ")"
	}
	return trace.Step{What: trace.Line, Text: text, Why: strings.Join(words, ", ")}
}

// legsSince returns the legs whose state is new: "101 ringing".
func legsSince(before, now []calls.Leg) (changed []string) {
	for _, leg := range now {
		i := slices.IndexFunc(before, func(b calls.Leg) bool { return b.Extension == leg.Extension })
		if i >= 0 && before[i].State == leg.State {
			continue
		}
		how := string(leg.State)
		if leg.Calling && leg.State == protocol.Ringing {
			how = "calling"
		}
		changed = append(changed, leg.Extension+" "+how)
	}
	return changed
}

func stateStep(c calls.Call) (trace.Step, bool) {
	s := trace.Step{What: trace.State, Text: string(c.State)}
	switch c.State {
	case protocol.Ended:
		switch {
		case c.Into != "":
			s.Why = "it became part of the call " + c.Into
		case c.Missed:
			s.Why = "not answered"
		}
		if c.Cause > 0 {
			s.Why = strings.TrimPrefix(s.Why+fmt.Sprintf(", cause %d", c.Cause), ", ")
		}
	case protocol.Ringing:
		return s, false // its legs say so
	}
	return s, true
}

// traceRouting traces the decision about the call: who sees it since now, and who does not although
// the phone rings.
func (l *loop) traceRouting(c *call, now time.Time, add func(trace.Step)) {
	was := &c.traced
	var fresh []string
	for login := range c.seenBy {
		if _, known := was.sent[login]; !known {
			was.sent[login] = now
			fresh = append(fresh, login)
		}
	}
	if len(fresh) > 0 {
		slices.Sort(fresh)
		add(trace.Step{What: trace.Told, Agents: fresh, Why: string(c.routed.Why)})
		l.traceSent(fresh, add)
	}
	l.traceOff(c, add)
	excluded := trace.Step{What: trace.NotTold}
	unknown := trace.Step{What: trace.NotTold, Why: string(routing.NoAgent)}
	for _, x := range c.routed.Excluded {
		if was.excluded[x.Extension] {
			continue
		}
		was.excluded[x.Extension] = true
		if x.Why == routing.NoAgent {
			unknown.Words = append(unknown.Words, x.Extension)
			continue
		}
		excluded.Why = string(x.Why)
		for _, login := range x.Agents {
			if _, seen := c.seenBy[login]; !seen && !slices.Contains(excluded.Agents, login) {
				excluded.Agents = append(excluded.Agents, login)
			}
		}
	}
	if len(excluded.Agents) > 0 {
		add(excluded)
	}
	if len(unknown.Words) > 0 {
		add(unknown)
	}
}

// traceSent traces which of the agents are signed in, and on which desktops if they are not many.
func (l *loop) traceSent(logins []string, add func(trace.Step)) {
	var sent, away, at []string
	for _, login := range logins {
		switch {
		case l.terminals.Online(login) == 0:
			away = append(away, login)
		case len(logins) <= mostDesktops:
			sent, at = append(sent, login), append(at, login+" on "+strings.Join(l.terminals.Desktops(login), " and "))
		default:
			sent = append(sent, login)
		}
	}
	if len(sent) > 0 {
		add(trace.Step{What: trace.Sent, Agents: sent, Words: at})
	}
	if len(away) > 0 {
		add(trace.Step{What: trace.Away, Agents: away})
	}
}

// traceOff traces that the popup which is due now is switched off for all.
func (l *loop) traceOff(c *call, add func(trace.Step)) {
	popups := l.rules.Settings.Popups
	kind, on := "incoming", popups.Incoming.Enabled
	switch {
	case len(c.seenBy) == 0 || c.State == protocol.Ended || c.Direction != protocol.Incoming:
		return
	case c.State != protocol.Ringing:
		kind, on = "answer", popups.Answer.Enabled
	}
	if on || c.traced.off[kind] || popups == (protocol.Popups{}) {
		return
	}
	c.traced.off[kind] = true
	why, key := "", "popups."+kind+".enabled"
	if slices.ContainsFunc(l.rules.Settings.Locked, func(locked string) bool {
		return key == locked || strings.HasPrefix(key, locked+".")
	}) {
		why = string(protocol.HiddenLocked)
	}
	add(trace.Step{What: trace.Off, Text: kind, Why: why})
}

// traceLookup traces what the directories said.
func (d *Desk) traceLookup(callID string, customers []protocol.Customer, after time.Duration, err error) {
	if d.traces == nil {
		return
	}
	s := trace.Step{What: trace.Looked, After: after}
	for _, c := range customers {
		who := c.Name
		if c.Login != "" && c.Login != c.Name {
			who = strings.TrimSpace(who + " (" + c.Login + ")")
		}
		if c.Directory != "" {
			who += " in " + c.Directory
		}
		if c.Maybe {
			who += ", perhaps: only the end of the number is the same"
		}
		s.Words = append(s.Words, who)
	}
	if err != nil {
		s.Why = err.Error()
	}
	d.traceStep(callID, s)
}

// traceSnapshot traces that an agent signed in during calls.
func (l *loop) traceSnapshot(login string) {
	if l.desk.traces == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(l.calls)) {
		c := l.calls[id]
		if _, sees := c.seenBy[login]; sees && c.State != protocol.Ended {
			c.traced.sent[login] = l.now()
			l.desk.traceStep(id, trace.Step{What: trace.Snapshot, Agents: []string{login}})
		}
	}
}

// tracePopup traces what the agent's desktop said about a popup.
func (l *loop) tracePopup(c *call, login string, hidden protocol.Hidden) {
	if l.desk.traces == nil {
		return
	}
	s := trace.Step{What: trace.Shown, Agents: []string{login}}
	if at, ok := c.traced.sent[login]; ok {
		if turned := c.traced.turned; turned.After(at) { // the popup of the answer
			at = turned
		}
		if !at.Equal(c.traced.measured[login]) { // an update's popup is not measured: when it was sent is not kept
			s.After, c.traced.measured[login] = l.now().Sub(at), at
		}
	}
	if hidden != "" {
		s.What, s.Why = trace.Hidden, string(hidden[:min(len(hidden), 100)])
	}
	l.desk.traceStep(c.ID, s)
}

// traceTicket traces what came of a press.
func (d *Desk) traceTicket(r tickets.Request) {
	s := trace.Step{What: trace.NoTicket, Agents: []string{r.Agent}, Why: r.Error}
	if r.State == tickets.Made {
		s = trace.Step{What: trace.Ticket, Agents: []string{r.Agent}, Text: r.Ticket.Number}
	}
	d.traceStep(r.CallID, s)
}
