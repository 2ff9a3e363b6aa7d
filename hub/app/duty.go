package app

import (
	"time"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/duty"
	"traybell/shared/protocol"
)

// newDuty creates what knows what agents do. New restores its states.
func newDuty(a *App, cfg *config.Config) *duty.Service {
	d := duty.New(compile.Duty(cfg, a.parts), duty.Options{
		Store: a.store, Log: a.log.With("part", "duty"), Now: time.Now,
		Send:   func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Phones: func(login string) []string { return a.agents.Phones(login) },
		Absent: a.mobile.Absent,
	})
	d.Follow(dutyReports{a})
	d.Follow(a.queues)
	d.Follow(a.mobile)
	return d
}

// dutyReports passes what agents do to the webhooks.
type dutyReports struct{ *App }

func (a dutyReports) AgentChanged(before, now protocol.AgentNow) {
	var teams []string
	if agent, ok := a.desk.Staff().Agent(now.Login); ok {
		teams = agent.Teams
	}
	a.listens.AgentChanged(before, now, teams)
}
