package desk

import (
	"slices"
	"time"

	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// callTracer traces what the loop knows about calls.
type callTracer struct {
	*trace.Writer // nil: no traces are kept
	loop          *loop
}

// changed traces what is new about a call since then. It is called after every change, when the
// call was already sent to the agents.
func (t *callTracer) changed(c *call, since time.Time) {
	if t.Writer == nil {
		return
	}
	rules := t.loop.rules
	steps := c.traced.Changed(trace.View{
		Call: c.Call, Number: c.parsed, Name: c.name, Impostor: c.impostor, Routed: c.routed, SeenBy: c.seenBy,
		Block: c.turnedAway(), Lines: rules.Lines, Settings: &rules.Settings,
	}, t.loop.terminals, since, t.loop.now())
	if len(steps) > 0 {
		t.Add(trace.Entry{Numbers: rules.Numbers, Trace: trace.Trace{
			CallID: c.ID, PBX: c.PBX, Direction: c.Direction, Number: c.Number, Name: c.Name, DID: c.DID,
			Party: c.parsed.Key(), At: steps[0].At,
		}}, steps...)
	}
}

// blocked traces once that the caller is blocked.
func (t *callTracer) blocked(c *call) {
	if s, ok := c.traced.Blocked(c.caller.Blocked, c.Call); ok {
		t.Step(c.ID, s)
	}
}

// snapshot traces that an agent signed in during calls.
func (t *callTracer) snapshot(login string) {
	if t.Writer == nil {
		return
	}
	for _, c := range inOrder(slices.Values(t.loop.shownTo(login))) {
		t.Step(c.ID, c.traced.Joined(login, t.loop.now()))
	}
}

// popup traces what the agent's desktop reported about a popup.
func (t *callTracer) popup(c *call, login string, report protocol.ShownCall) {
	if t.Writer != nil {
		t.Step(c.ID, c.traced.Popup(login, report, t.loop.now()))
	}
}
