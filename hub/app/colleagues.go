package app

import (
	"time"

	"traybell/hub/colleagues"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// newColleagues creates what agents see of each other. The desk and duty exist already.
func newColleagues(a *App) *colleagues.Service {
	s := colleagues.New(colleagues.Options{
		Staff:  func() *staff.Staff { return a.desk.Staff() },
		Phones: func(login string) []string { return a.agents.Phones(login) },
		Duty:   a.duty.Now,
		Send:   func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Now:    time.Now,
	})
	a.duty.Follow(dutyFollower(s.Changed))
	return s
}

// dutyFollower is called when what an agent does has changed.
type dutyFollower func()

func (f dutyFollower) AgentChanged(_, _ protocol.AgentNow) { f() }
