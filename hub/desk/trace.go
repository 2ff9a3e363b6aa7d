package desk

import (
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

// mostDesktops bounds the agents of one step whose desktops are named.
const mostDesktops = 20

// tracer writes the traces of calls. Any goroutine may use it.
type tracer struct {
	writer *trace.Writer // nil: no traces are kept
	now    func() time.Time
}

// callTracer traces what the loop knows about calls.
type callTracer struct {
	tracer
	loop *loop
}

// traced is what the trace of a call already contains, so that nothing is traced twice.
type traced struct {
	begun    bool
	number   string
	line     *tracking.Line
	hasLine  bool
	legs     []calls.Leg
	state    protocol.State
	turned   time.Time            // when state was traced
	sent     map[string]time.Time // by login: when the call was sent
	measured map[string]time.Time // by login: from when a popup was measured
	excluded map[string]bool      // extensions whose exclusion is traced
	off      map[string]bool      // kinds of popups that are traced as switched off
}

// step adds a step to a call's trace.
func (t tracer) step(callID string, step trace.Step) {
	if t.writer != nil {
		step.At = t.now()
		t.writer.Add(trace.Entry{Trace: trace.Trace{CallID: callID, At: step.At}}, step)
	}
}

// lookup traces the directories' answer.
func (t tracer) lookup(callID string, customers []protocol.Customer, after time.Duration, err error) {
	if t.writer != nil {
		t.step(callID, trace.LookedStep(customers, after, err))
	}
}

// ticket traces the result of a press.
func (t tracer) ticket(r tickets.Request) {
	s := trace.Step{What: trace.NoTicket, Agents: []string{r.Agent}, Why: r.Error}
	if r.State == tickets.Made {
		s = trace.Step{What: trace.Ticket, Agents: []string{r.Agent}, Text: r.Ticket.Number}
	}
	t.step(r.CallID, s)
}

// changed traces what is new about a call since then. It is called after every change, when the
// call was already sent to the agents.
func (t *callTracer) changed(c *call, since time.Time) {
	if t.writer == nil {
		return
	}
	var steps []trace.Step
	add := func(s trace.Step) { s.At = since; steps = append(steps, s) }
	t.call(c, add)
	since = t.now()
	t.routing(c, since, add)
	if len(steps) > 0 {
		t.writer.Add(trace.Entry{Numbers: t.loop.rules.Numbers, Trace: trace.Trace{
			CallID: c.ID, PBX: c.PBX, Direction: c.Direction, Number: c.Number, Name: c.Name, DID: c.DID,
			Party: c.parsed.Key(), At: steps[0].At,
		}}, steps...)
	}
}

// call traces what the PBX reported.
func (t *callTracer) call(c *call, add func(trace.Step)) {
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
		add(trace.LineStep(c.DID, c.routed.Line, t.loop.rules.Lines))
	}
	was.begun = true
	if changed := trace.LegsSince(was.legs, c.Legs); len(changed) > 0 {
		add(trace.Step{What: trace.Legs, Words: changed})
	}
	was.legs = c.Legs
	if c.State != was.state {
		was.state, was.turned = c.State, t.now()
		if s, ok := trace.StateStep(c.Call); ok {
			add(s)
		}
	}
}

// routing traces which agents newly see the call, and which do not although the phone rings.
func (t *callTracer) routing(c *call, now time.Time, add func(trace.Step)) {
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
		t.sent(fresh, add)
	}
	t.off(c, add)
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

// sent traces which agents are signed in, and on which desktops if they are few.
func (t *callTracer) sent(logins []string, add func(trace.Step)) {
	var sent, away, at []string
	for _, login := range logins {
		switch {
		case t.loop.terminals.Online(login) == 0:
			away = append(away, login)
		case len(logins) <= mostDesktops:
			sent, at = append(sent, login), append(at,
				login+" on "+strings.Join(t.loop.terminals.Desktops(login), " and "))
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

// off traces that the popup for the call's state is switched off for all agents.
func (t *callTracer) off(c *call, add func(trace.Step)) {
	popups := t.loop.rules.Settings.Popups
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
	if slices.ContainsFunc(t.loop.rules.Settings.Locked, func(locked string) bool {
		return key == locked || strings.HasPrefix(key, locked+".")
	}) {
		why = string(protocol.HiddenLocked)
	}
	add(trace.Step{What: trace.Off, Text: kind, Why: why})
}

// snapshot traces that an agent signed in during calls.
func (t *callTracer) snapshot(login string) {
	if t.writer == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(t.loop.calls)) {
		c := t.loop.calls[id]
		if _, sees := c.seenBy[login]; sees && c.State != protocol.Ended {
			c.traced.sent[login] = t.now()
			t.step(id, trace.Step{What: trace.Snapshot, Agents: []string{login}})
		}
	}
}

// popup traces what the agent's desktop reported about a popup.
func (t *callTracer) popup(c *call, login string, hidden protocol.Hidden) {
	if t.writer == nil {
		return
	}
	s := trace.Step{What: trace.Shown, Agents: []string{login}}
	if at, ok := c.traced.sent[login]; ok {
		if turned := c.traced.turned; turned.After(at) { // the popup of the answer
			at = turned
		}
		if !at.Equal(c.traced.measured[login]) { // popups of updates are not measured
			s.After, c.traced.measured[login] = t.now().Sub(at), at
		}
	}
	if hidden != "" {
		s.What, s.Why = trace.Hidden, string(hidden[:min(len(hidden), 100)])
	}
	t.step(c.ID, s)
}
