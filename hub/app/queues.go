package app

import (
	"context"
	"time"

	"traybell/hub/caller"
	"traybell/hub/membership"
	"traybell/hub/queueing"
	"traybell/hub/queues/screens"
	"traybell/shared/protocol"
)

// newQueues creates what follows queues. The desk exists already.
func newQueues(a *App, of caller.Lookup) (*queueing.Service, error) {
	return queueing.New(context.Background(), a.parts.Queues, a.parts.Staff, queueing.Options{
		PBXs: &a.pbxs.Set, Settings: a.store, Mobiles: a.mobile, Go: a.work.Go,
		Log: a.log.With("part", "queues"), Now: time.Now,
		Phones: func(login string) []string { return a.agents.Phones(login) },
		Send:   func(logins []string, m protocol.Message) { a.agents.Send(logins, m) },
		Caller: func(ctx context.Context, number string) (string, protocol.Category) {
			numbers := a.desk.Rules().Numbers
			found := of.Noted(ctx, "", numbers.Readings(numbers.Read(number)), nil)
			return found.Number.Display, found.Category
		},
	})
}

// queueCommands implement admin.QueueService.
type queueCommands struct {
	*screens.Screens
	*membership.Service
}
