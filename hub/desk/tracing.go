package desk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/calls"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// Seats is what Terminals may tell beside: on which desktops an agent is signed in, each in a few
// words.
type Seats interface {
	Desktops(login string) []string
}

// mostDesktops is how many agents' desktops are named when a call concerns them all at once.
const mostDesktops = 20

// traced is what of a call was noted last, so that each thing is noted once. The loop owns it.
type traced struct {
	seen     bool
	number   string
	line     *tracking.Line
	hasLine  bool
	legs     []calls.Leg
	state    protocol.State
	turned   time.Time            // when state was told
	told     map[string]time.Time // since when the agent's desktops know
	measured map[string]time.Time // the sending from which the agent's popup was measured
	refused  map[string]bool      // agents and extensions of whom it was said why not
	switched map[string]bool      // kinds of popups of which it was said that they are off
}

// note adds steps to a call's trace; it may be called from any goroutine for calls that have one.
func (d *Desk) note(callID string, step trace.Step) {
	if d.tracer != nil {
		step.At = d.Now()
		d.tracer.Add(trace.Entry{Trace: trace.Trace{CallID: callID, At: step.At}}, step)
	}
}

// trace notes what is new about a call since that moment. It runs on the loop after every change,
// when the call was shown already.
func (d *Desk) trace(l *live, since time.Time) {
	if d.tracer == nil {
		return
	}
	c, was := l.call, &l.traced
	var steps []trace.Step
	add := func(s trace.Step) { s.At = since; steps = append(steps, s) }
	if !was.seen {
		was.told, was.measured, was.refused, was.switched = map[string]time.Time{}, map[string]time.Time{}, map[string]bool{}, map[string]bool{}
		add(trace.Step{What: trace.Seen, Text: string(c.State)})
	}
	if !was.seen || was.number != c.Number {
		was.number = c.Number
		add(trace.Step{What: trace.Number, Text: c.Number})
	}
	if c.Direction == protocol.Incoming && (!was.hasLine || was.line != l.line) {
		was.line, was.hasLine = l.line, true
		add(d.lineStep(c, l.line))
	}
	was.seen = true
	if changed := legsSince(was.legs, c.Legs); len(changed) > 0 {
		add(trace.Step{What: trace.Legs, Words: changed})
	}
	was.legs = c.Legs
	if c.State != was.state {
		was.state, was.turned = c.State, d.Now()
		if s, ok := stateStep(c); ok {
			add(s)
		}
	}
	since = d.Now()
	d.traceAgents(l, since, add)
	if len(steps) > 0 {
		d.tracer.Add(trace.Entry{Numbers: d.Numbers, Trace: trace.Trace{
			CallID: c.ID, PBX: c.PBX, Direction: c.Direction, Number: c.Number, Name: c.Name, DID: c.DID,
			Party: l.number.Key(), At: steps[0].At,
		}}, steps...)
	}
}

func (d *Desk) lineStep(c calls.Call, line *tracking.Line) trace.Step {
	if line == nil {
		return trace.Step{What: trace.Untracked, Text: c.DID}
	}
	if d.lines.None() {
		return trace.Step{What: trace.Line}
	}
	whom := "to those whose phone rings"
	if line.Show == tracking.ShowBound {
		whom = "whoever's phone rings, to all"
	}
	var of []string
	if len(line.Teams) > 0 {
		of = append(of, "of the teams "+strings.Join(line.Teams, ", "))
	}
	if len(line.Agents) > 0 {
		of = append(of, "named there: "+strings.Join(line.Agents, ", "))
	}
	text := fmt.Sprintf("%q", line.Number)
	if line.Name != "" {
		text += " (" + line.Name + ")"
	}
	return trace.Step{What: trace.Line, Text: text, Why: strings.Join(append([]string{whom}, of...), ", ")}
}

// legsSince are the legs whose state is another one now: "101 ringing".
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

// traceAgents notes whom the call concerns since now, whom of those whose phone rings it does not,
// and why.
func (d *Desk) traceAgents(l *live, now time.Time, add func(trace.Step)) {
	was := &l.traced
	var fresh []string
	for login := range l.told {
		if _, known := was.told[login]; !known {
			was.told[login] = now
			fresh = append(fresh, login)
		}
	}
	if len(fresh) > 0 {
		slices.Sort(fresh)
		add(trace.Step{What: trace.Told, Agents: fresh, Why: d.whyTold(l)})
		d.traceSent(fresh, add)
	}
	d.traceOff(l, add)
	if l.call.Direction != protocol.Incoming {
		return
	}
	why := "the tracked number is not for them, by teams and agents"
	switch {
	case l.line == nil:
		why = "the number called is no tracked number"
	case l.line.Show == tracking.ShowBound:
		why = "the tracked number is bound to others"
	}
	var not, nobody []string
	for _, leg := range l.legs {
		if leg.State == protocol.Ended || was.refused[leg.Extension] {
			continue
		}
		was.refused[leg.Extension] = true
		if len(d.byExt[leg.Extension]) == 0 {
			nobody = append(nobody, leg.Extension)
		}
		for _, a := range d.byExt[leg.Extension] {
			if _, told := l.told[a.Login]; !told && !slices.Contains(not, a.Login) {
				not = append(not, a.Login)
			}
		}
	}
	if len(not) > 0 {
		add(trace.Step{What: trace.NotTold, Agents: not, Why: why})
	}
	if len(nobody) > 0 {
		add(trace.Step{What: trace.NotTold, Words: nobody, Why: "hub.yml has no agent with this extension"})
	}
}

// traceSent notes who of them is signed in, and on which desktops where they are not many.
func (d *Desk) traceSent(logins []string, add func(trace.Step)) {
	var sent, away, at []string
	seats, _ := d.terminals.(Seats)
	presence, _ := d.terminals.(Presence)
	for _, login := range logins {
		switch {
		case seats != nil && len(logins) <= mostDesktops:
			if where := seats.Desktops(login); len(where) > 0 {
				sent, at = append(sent, login), append(at, login+" on "+strings.Join(where, " and "))
				continue
			}
		case presence != nil && presence.Online(login) > 0:
			sent = append(sent, login)
			continue
		case presence == nil:
			continue // nobody knows
		}
		away = append(away, login)
	}
	if len(sent) > 0 {
		add(trace.Step{What: trace.Sent, Agents: sent, Words: at})
	}
	if len(away) > 0 {
		add(trace.Step{What: trace.Away, Agents: away})
	}
}

func (d *Desk) whyTold(l *live) string {
	switch {
	case l.call.Direction != protocol.Incoming:
		return "their extensions take part in the call"
	case l.line != nil && l.line.Show == tracking.ShowBound:
		return "the tracked number is bound to them, whoever's phone rings"
	}
	return "their phone rings"
}

// traceOff notes that the popup which is due now is switched off for all.
func (d *Desk) traceOff(l *live, add func(trace.Step)) {
	kind, on := "incoming", d.Settings.Popups.Incoming.Enabled
	switch {
	case len(l.told) == 0 || l.call.State == protocol.Ended || l.call.Direction != protocol.Incoming:
		return
	case l.call.State != protocol.Ringing:
		kind, on = "answer", d.Settings.Popups.Answer.Enabled
	}
	if on || l.traced.switched[kind] || d.Settings.Popups == (protocol.Popups{}) {
		return
	}
	l.traced.switched[kind] = true
	why := ""
	if slices.ContainsFunc(d.Settings.Locked, func(key string) bool {
		whole := "popups." + kind + ".enabled"
		return key == whole || strings.HasPrefix(whole, key+".")
	}) {
		why = string(protocol.HiddenLocked)
	}
	add(trace.Step{What: trace.Off, Text: kind, Why: why})
}

func stateStep(c calls.Call) (trace.Step, bool) {
	s := trace.Step{What: trace.State, Text: string(c.State)}
	switch c.State {
	case protocol.Ended:
		switch {
		case c.Into != "":
			s.Why = "it became part of the call " + c.Into
		case c.Missed:
			s.Why = "nobody answered"
		}
		if c.Cause > 0 {
			s.Why = strings.TrimPrefix(s.Why+fmt.Sprintf(", cause %d", c.Cause), ", ")
		}
	case protocol.Ringing:
		return s, false // its legs say so
	}
	return s, true
}

// traceLooked notes what the directories said.
func (d *Desk) traceLooked(callID string, customers []protocol.Customer, after time.Duration, err error) {
	if d.tracer == nil {
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
	d.note(callID, s)
}

// traceSnapshot notes that an agent signed in while calls go on. It runs on the loop.
func (d *Desk) traceSnapshot(login string) {
	if d.tracer == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(d.calls)) {
		l := d.calls[id]
		if _, told := l.told[login]; told && l.call.State != protocol.Ended {
			l.traced.told[login] = d.Now()
			d.note(id, trace.Step{What: trace.Snapshot, Agents: []string{login}})
		}
	}
}

// traceShown notes what the agent's desktop said of a popup. It runs on the loop.
func (d *Desk) traceShown(l *live, login string, hidden protocol.Hidden) {
	if d.tracer == nil {
		return
	}
	s := trace.Step{What: trace.Shown, Agents: []string{login}}
	if at, ok := l.traced.told[login]; ok {
		if turned := l.traced.turned; turned.After(at) { // the popup of the answer
			at = turned
		}
		if !at.Equal(l.traced.measured[login]) { // again, for an update: when that was sent is not kept
			s.After, l.traced.measured[login] = d.Now().Sub(at), at
		}
	}
	if hidden != "" {
		s.What, s.Why = trace.Hidden, string(hidden[:min(len(hidden), 100)])
	}
	d.note(l.call.ID, s)
}

// traceTicket notes what came of a press.
func (d *Desk) traceTicket(r TicketRequest) {
	s := trace.Step{What: trace.NoTicket, Agents: []string{r.Agent}, Why: r.Error}
	if r.State == TicketMade {
		s = trace.Step{What: trace.Ticket, Agents: []string{r.Agent}, Text: r.Ticket.Number}
	}
	d.note(r.CallID, s)
}
