package agents

import (
	"context"

	"traybell/hub/agentstate"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Duty knows what agents do.
type Duty interface {
	// Work is for the snapshot; nil: the agent has no states. It does not block.
	Work(login string) *protocol.Work
	Set(ctx context.Context, login string, want protocol.SetAgent, by agentstate.Cause) error
	BeginTask(ctx context.Context, login string, in protocol.BeginTask) error
	EndTask(ctx context.Context, login, note string) error
}

func setAgent(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.SetAgent) (reply, error) {
	return accepted, c.Duty.Set(ctx, a.Login, in, agentstate.ByAgent)
}

func beginTask(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.BeginTask) (reply, error) {
	return accepted, c.Duty.BeginTask(ctx, a.Login, in)
}

func endTask(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.EndTask) (reply, error) {
	return accepted, c.Duty.EndTask(ctx, a.Login, in.Note)
}
