package agentstate

import (
	"slices"
	"time"

	"traybell/shared/protocol"
)

// Rules are what hub.yml permits one agent.
type Rules struct {
	Modes    []protocol.Mode // the first one is that of a new shift
	Pauses   []Pause         // reasons; none: a pause has no reason and no limit
	Projects []string        // codes
	Kinds    []string        // codes
}

// Pause is a reason for a pause.
type Pause struct {
	Code  string
	Limit time.Duration // 0: none
	Warn  time.Duration // before the limit
}

// pause returns the pause with that code.
func (r Rules) pause(code string) (p Pause, ok bool) {
	i := slices.IndexFunc(r.Pauses, func(p Pause) bool { return p.Code == code })
	if i < 0 {
		return Pause{}, false
	}
	return r.Pauses[i], true
}

// first is the state in which a mode begins.
func first(m protocol.Mode) protocol.AgentState {
	switch m {
	case protocol.ModeOutgoing:
		return protocol.AgentPause
	case protocol.ModeOffline:
		return protocol.AgentIdle
	case protocol.ModeIncoming:
	}
	return protocol.AgentWaiting
}

// chosen are the states of a mode that an agent chooses.
func chosen(m protocol.Mode) []protocol.AgentState {
	switch m {
	case protocol.ModeOutgoing:
		return []protocol.AgentState{protocol.AgentPause}
	case protocol.ModeOffline:
		return []protocol.AgentState{protocol.AgentIdle}
	case protocol.ModeIncoming:
	}
	return []protocol.AgentState{protocol.AgentWaiting, protocol.AgentPause}
}

// Modes are the modes to which the agent may change.
func (s Status) Modes(r Rules) (list []protocol.Mode) {
	switch s.State() {
	case protocol.AgentOff, protocol.AgentWaiting, protocol.AgentPause, protocol.AgentIdle:
	case protocol.AgentWrapUp, protocol.AgentRinging, protocol.AgentCalling, protocol.AgentTalking, protocol.AgentHold,
		protocol.AgentTask:
		return nil
	}
	for _, m := range r.Modes {
		if m != s.Mode {
			list = append(list, m)
		}
	}
	return list
}

// States are the states to which the agent may change in the present mode, in a call those that follow
// it. A pause may be changed to one for another reason.
func (s Status) States(r Rules) []protocol.AgentState {
	switch s.State() {
	case protocol.AgentOff:
		if len(r.Modes) == 0 {
			return nil
		}
		return chosen(r.Modes[0])
	case protocol.AgentWaiting, protocol.AgentPause, protocol.AgentIdle:
		list := slices.DeleteFunc(chosen(s.Mode), func(to protocol.AgentState) bool {
			return to == s.Base && (to != protocol.AgentPause || len(r.Pauses) == 0)
		})
		return append(list, protocol.AgentOff)
	case protocol.AgentTask:
		return nil
	case protocol.AgentWrapUp, protocol.AgentRinging, protocol.AgentCalling, protocol.AgentTalking, protocol.AgentHold:
		if s.Mode == protocol.ModeOffline {
			return nil
		}
	}
	return chosen(s.Mode)
}
