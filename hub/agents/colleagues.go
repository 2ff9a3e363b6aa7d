package agents

import (
	"context"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Colleagues are what agents see of each other.
type Colleagues interface {
	// List waits until the version is not the newest one any more, but for half a minute at most.
	List(ctx context.Context, agent staff.Agent, after uint64) (protocol.Colleagues, error)
	Message(ctx context.Context, agent staff.Agent, in protocol.SendColleague) error
	// PickUp has the agent's phone ring and take the call that rings at a colleague's; id is the action's.
	PickUp(ctx context.Context, agent staff.Agent, id, login string) error
}

func listColleagues(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.ListColleagues) (
	reply, error,
) {
	list, err := c.Colleagues.List(ctx, a, in.After)
	return notification(protocol.ColleaguesChanged, list), err
}

func messageColleague(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SendColleague) (
	reply, error,
) {
	return accepted, c.Colleagues.Message(ctx, a, in)
}

func pickUpColleague(ctx context.Context, c Commands, a staff.Agent, id string, in protocol.PickUpColleague) (
	reply, error,
) {
	return accepted, c.Colleagues.PickUp(ctx, a, id, in.Login)
}
