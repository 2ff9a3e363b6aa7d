package app

import (
	"context"
	"time"

	"traybell/hub/announcements"
	"traybell/shared/protocol"
)

// newAnnouncements creates what knows the announcements of agents. The desk exists already.
func newAnnouncements(ctx context.Context, a *App) *announcements.Service {
	return announcements.New(ctx, a.parts.Announcements, announcements.Options{
		PBXs: &a.pbxs.Set, Staff: a.desk.Staff,
		Dial:    a.dialPlan,
		Convert: a.recordings.Convert.Sound, Audit: a.audit,
		Send: func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Go:   a.work.Go, Log: a.log.With("part", "announcements"), Now: time.Now,
	})
}
