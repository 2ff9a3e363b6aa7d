package app

import (
	"context"
	"time"

	"traybell/hub/admin"
	"traybell/hub/listening"
	"traybell/hub/supervision"
	"traybell/shared/protocol"
)

// newListening creates what has supervisors listen.
func newListening(a *App) *listening.Service {
	return listening.New(listening.Options{
		PBXs: &a.pbxs.Set, Plan: a.dialPlan, Go: a.work.Go, Log: a.log.With("part", "listening"), Now: time.Now,
		Began: func(l listening.Listening) { a.board.Began(l) },
		Ended: func(l listening.Listening) { a.board.Ended(l) },
	})
}

// newBoard returns what supervisors do. The commands of administrators exist already.
func newBoard(a *App) *supervision.Commands {
	return &supervision.Commands{
		Audited: admin.Audited{Audit: a.audit, Now: time.Now}, Calls: a.admin.Calls, Queues: a.admin.Queues,
		Duty: a.admin.Duty, Listening: a.listening, Staff: a.desk.Staff, Phones: a.agents.Phones,
		Colleagues: func(context.Context) ([]protocol.Colleague, error) {
			return a.colleagues.All(), nil
		},
		Send:   func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Notice: func() bool { return a.cfg.Load().Supervision.Notice },
	}
}
