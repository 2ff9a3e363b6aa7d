package agents

import (
	"context"

	"traybell/hub/access"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Announcements are what callers hear when agents do not answer.
type Announcements interface {
	// Of is for the snapshot; nil: the agent has none. It does not block.
	Of(login string) *protocol.Announcements
	Switch(ctx context.Context, p access.Principal, in protocol.SetAnnouncement) error
	Delete(ctx context.Context, p access.Principal, of protocol.OneAnnouncement) error
	// Ring rings a phone. id is the action's: a repetition is the same call.
	Ring(ctx context.Context, p access.Principal, in protocol.RingAnnouncement, id string) error
}

func switchAnnouncement(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetAnnouncement) (
	reply, error,
) {
	return accepted, c.Announcements.Switch(ctx, principal(a), in)
}

func deleteAnnouncement(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.OneAnnouncement) (
	reply, error,
) {
	return accepted, c.Announcements.Delete(ctx, principal(a), in)
}

func ringAnnouncement(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.RingAnnouncement) (
	reply, error,
) {
	return accepted, c.Announcements.Ring(ctx, principal(a), in, id)
}
