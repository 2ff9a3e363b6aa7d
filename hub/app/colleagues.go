package app

import (
	"time"

	"traybell/hub/colleagues"
	"traybell/hub/phonestate"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// newColleagues creates what agents see of each other, and the phones. The desk and duty exist already.
func newColleagues(a *App) *colleagues.Service {
	a.pbxs.phones = phonestate.New(phonestate.Options{
		PBXs: &a.pbxs.Set, User: a.queues.User, Changed: func() { a.colleagues.Changed() }, Go: a.work.Go,
		Log: a.log.With("part", "phones"),
	})
	s := colleagues.New(colleagues.Options{
		Staff: a.desk.Staff, Phones: func(login string) []string { return a.agents.Phones(login) }, Duty: a.duty.Now,
		States: a.pbxs.phones.States, PickUp: a.control.PickUp,
		Rings: func(agent, colleague staff.Agent) bool { return a.control.RingsAt(agent, colleague) != "" },
		Send:  func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Now:   time.Now,
	})
	a.duty.Follow(dutyFollower(s.Changed))
	return s
}

// dutyFollower is called when what an agent does has changed.
type dutyFollower func()

func (f dutyFollower) AgentChanged(_, _ protocol.AgentNow) { f() }
