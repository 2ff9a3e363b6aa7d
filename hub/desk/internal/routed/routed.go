// Package routed logs to which agents calls are routed, once per decision.
package routed

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/routing"
	"traybell/shared/protocol"
)

// Log is what was logged of a call last. It belongs to one goroutine.
type Log struct{ last string }

// Note logs a decision if it, or the call's state, is new. seenBy has the logins of the agents who
// see or saw the call.
func (l *Log) Note(log *slog.Logger, c *calls.Call, d routing.Decision, seenBy map[string]struct{}) {
	line := ""
	if d.Line != nil {
		line = d.Line.Number
	}
	now := strings.Join([]string{string(c.State), line, string(d.Why), strings.Join(d.Agents, " ")}, "|")
	if now == l.last {
		return
	}
	l.last = now
	switch {
	case len(d.Agents) > 0:
		log.Info("call routed", "call", c.ID, "state", c.State, "agents", d.Agents, "line", line, "why", d.Why)
	case len(seenBy) == 0:
		log.Debug("call routed to no agent", "call", c.ID, "state", c.State, "did", c.DID, "line", line, "why", d.Why)
	case c.State == protocol.Ended:
		log.Info("call ended", "call", c.ID, "state", c.State, "agents", slices.Sorted(maps.Keys(seenBy)))
	default:
		log.Debug("call left the agents' phones", "call", c.ID, "state", c.State)
	}
}
