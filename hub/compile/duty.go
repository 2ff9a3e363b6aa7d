package compile

import (
	"slices"

	"traybell/hub/agentstate"
	"traybell/hub/config"
	"traybell/hub/duty"
	"traybell/shared/protocol"
)

// Duty converts the keys states and tasks.
func Duty(cfg *config.Config, p Parts) *duty.Rules {
	s := cfg.States
	r := &duty.Rules{
		On: s.Enabled, Teams: s.Teams, AtSignIn: s.Begin == config.BeginSignIn, Away: s.Away, WrapUp: s.WrapUp,
		WrapUpOutgoing: s.WrapUpOutgoing, Retention: s.Retention, Staff: p.Staff, Lines: p.Lines, PBXs: p.PBXs,
		Projects: choices(cfg.Tasks.Projects), Kinds: choices(cfg.Tasks.Kinds),
	}
	for _, m := range s.Modes {
		r.Modes = append(r.Modes, protocol.Mode(m))
	}
	for _, of := range s.Pauses {
		r.Pauses = append(r.Pauses, duty.Pause{
			Pause: agentstate.Pause{Code: of.Code, Limit: of.Limit, Warn: of.Warn}, Name: of.Name, Teams: of.Teams,
		})
	}
	for _, a := range cfg.Agents {
		if slices.Contains(a.Roles, config.RoleSupervise) || slices.Contains(a.Roles, config.RoleAdmin) {
			r.Supervisors = append(r.Supervisors, a.Login)
		}
	}
	return r
}

func choices(list []config.TaskChoice) (out []duty.Choice) {
	for _, c := range list {
		out = append(out, duty.Choice{Choice: protocol.Choice{Code: c.Code, Name: c.Name}, Teams: c.Teams})
	}
	return out
}
