package app

import (
	"time"

	"traybell/hub/missed"
	"traybell/shared/protocol"
)

// newMissed returns the missed calls of the team.
func newMissed(a *App) *missed.Service {
	return &missed.Service{
		Store: a.store,
		Rules: func() missed.Rules {
			r := a.desk.Rules()
			return missed.Rules{Numbers: r.Numbers, Staff: r.Staff}
		},
		Send: func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Log:  a.log.With("part", "missed"), Now: time.Now,
	}
}
