package agentstate

import (
	"slices"
	"time"

	"traybell/hub/fail"
	"traybell/shared/protocol"
)

// Set changes mode or state, as the agent or a supervisor wants. To set what is there already changes
// nothing. Errors are *fail.Error.
func (s Status) Set(at time.Time, want protocol.SetAgent, r Rules, by Cause) (Step, error) {
	if want.State == protocol.AgentOff {
		return s.off(at, by)
	}
	mode := want.Mode
	if mode == "" {
		if mode = s.Mode; s.Off() {
			if len(r.Modes) == 0 {
				return Step{}, fail.New(protocol.DutyOff, "")
			}
			mode = r.Modes[0]
		}
	}
	state := want.State
	if state == "" {
		state = first(mode)
	}
	switch {
	case mode == s.Mode && want.State == "":
		return Step{Status: s}, nil
	case !slices.Contains(r.Modes, mode):
		return Step{}, fail.New(protocol.DutyMode, string(mode))
	case state == protocol.AgentIdle && s.Base == protocol.AgentTask, !slices.Contains(chosen(mode), state):
		return Step{}, fail.New(protocol.DutyNotNow, "") // a task is ended by EndTask
	case mode != s.Mode && !slices.Contains(s.Modes(r), mode):
		return Step{}, fail.New(protocol.DutyNotNow, "")
	}
	pause, err := r.chosenPause(state, mode, want.Reason)
	if err != nil {
		return Step{}, err
	}
	if mode == s.Mode && s.Base == state && s.Reason == pause.Code && s.State() != protocol.AgentWrapUp {
		return Step{Status: s}, nil
	}
	if mode == s.Mode && !slices.Contains(s.States(r), state) {
		return Step{}, fail.New(protocol.DutyNotNow, "")
	}
	return s.step(at, func(n *Status) {
		if n.Off() {
			n.Shift, n.Cause, n.Resume, n.Wrap = at, "", nil, 0
		}
		n.Until = time.Time{}
		if n.Mode == mode && n.Base == state && n.Reason == pause.Code {
			return // the wrap-up ends early
		}
		n.Mode, n.Base, n.Reason, n.Began = mode, state, pause.Code, at
		n.Left, n.Warned = pause.Limit, false
	}), nil
}

// chosenPause returns the pause of a state that the agent has chosen.
func (r Rules) chosenPause(state protocol.AgentState, mode protocol.Mode, code string) (Pause, error) {
	if state != protocol.AgentPause {
		return Pause{}, nil
	}
	pause, known := r.pause(code)
	// between two calls, the mode outgoing is a pause without a reason
	if !known && (code != "" || len(r.Pauses) > 0 && mode != protocol.ModeOutgoing) {
		return Pause{}, fail.New(protocol.DutyPause, code)
	}
	return pause, nil
}

// off ends the shift. A supervisor also ends a wrap-up or a task with it.
func (s Status) off(at time.Time, by Cause) (Step, error) {
	switch s.State() {
	case protocol.AgentOff:
		return Step{Status: s}, nil
	case protocol.AgentWaiting, protocol.AgentPause, protocol.AgentIdle:
		return s.End(at, by), nil
	case protocol.AgentWrapUp, protocol.AgentTask:
		if by == BySupervisor {
			return s.End(at, by), nil
		}
	case protocol.AgentRinging, protocol.AgentCalling, protocol.AgentTalking, protocol.AgentHold:
	}
	return Step{}, fail.New(protocol.DutyNotNow, "")
}

// End ends the shift.
func (s Status) End(at time.Time, why Cause) Step {
	if s.Off() {
		return Step{Status: s}
	}
	return s.step(at, func(n *Status) { *n = Status{Phone: s.Phone, PBX: s.PBX, Cause: why} })
}

// Interrupt ends the shift where the hub was last alive. Continue begins another one in the same
// state.
func (s Status) Interrupt(at time.Time) Step {
	if s.Off() {
		return Step{Status: s}
	}
	before := s.step(at, func(n *Status) {
		n.Until, n.Phone = time.Time{}, protocol.AgentRinging // stops the clock of a pause
	}).Status
	before.Phone, before.PBX, before.Resume = "", "", nil
	out := s.End(at, Unseen)
	out.Resume = &before
	return out
}

// Continue begins a shift with the state in which an earlier one was interrupted. Without one it changes
// nothing.
func (s Status) Continue(at time.Time) Step {
	if !s.Off() || s.Resume == nil {
		return Step{Status: s}
	}
	return s.step(at, func(n *Status) {
		*n = *s.Resume
		n.Phone, n.PBX, n.Shift = s.Phone, s.PBX, at
		if n.Base == protocol.AgentTask {
			n.Task.Began = at
		}
	})
}

// Call notes what the agent's phone does; phone is empty when it is free. wrap is the wrap-up that a
// call which has ended calls for.
func (s Status) Call(at time.Time, phone protocol.AgentState, pbx string, wrap time.Duration) Step {
	return s.step(at, func(n *Status) {
		if phone != "" && !n.Until.IsZero() { // a call in the wrap-up: the rest follows it
			n.Wrap, n.Until = max(n.Until.Sub(at), 0), time.Time{}
		}
		n.Phone, n.PBX = phone, pbx
		if n.Base != protocol.AgentWaiting && n.Base != protocol.AgentPause {
			n.Wrap = 0
			return
		}
		n.Wrap = max(n.Wrap, wrap)
		if phone == "" && n.Wrap > 0 {
			n.Until, n.Wrap = at.Add(n.Wrap), 0
		}
	})
}

// BeginTask begins a task. Errors are *fail.Error.
func (s Status) BeginTask(at time.Time, in protocol.BeginTask, r Rules) (Step, error) {
	switch {
	case s.State() != protocol.AgentIdle:
		return Step{}, fail.New(protocol.DutyNotNow, "")
	case !slices.Contains(r.Projects, in.Project) && (in.Project != "" || len(r.Projects) > 0):
		return Step{}, fail.New(protocol.DutyProject, in.Project)
	case !slices.Contains(r.Kinds, in.Kind):
		return Step{}, fail.New(protocol.DutyKind, in.Kind)
	}
	return s.step(at, func(n *Status) {
		n.Base, n.Began = protocol.AgentTask, at
		n.Task = protocol.Task{Project: in.Project, Kind: in.Kind, Began: at}
	}), nil
}

// EndTask ends the task. Errors are *fail.Error.
func (s Status) EndTask(at time.Time, note string) (Step, error) {
	if s.Base != protocol.AgentTask {
		return Step{}, fail.New(protocol.DutyNotNow, "")
	}
	out := s.step(at, func(n *Status) { n.Base, n.Began, n.Task = protocol.AgentIdle, at, protocol.Task{} })
	out.Done.Note = note
	return out, nil
}

// Due is when Tick has something to do; zero: not until another change.
func (s Status) Due(r Rules) time.Time {
	ends := s.Ends()
	if s.State() != protocol.AgentPause || s.Warned || ends.IsZero() {
		return ends
	}
	pause, _ := r.pause(s.Reason)
	return ends.Add(-pause.Warn)
}

// Tick does what is due: the wrap-up ends, a pause ends soon, or was longer than its limit. What was
// due earlier ends at its time, however late Tick is called.
func (s Status) Tick(at time.Time, r Rules) Step {
	due := s.Due(r)
	switch {
	case due.IsZero() || at.Before(due):
		return Step{Status: s}
	case s.State() == protocol.AgentWrapUp:
		return s.step(due, func(n *Status) { n.Until = time.Time{} })
	case !at.Before(s.Ends()):
		out := s.End(s.Ends(), PauseLimit)
		out.Over = true
		return out
	}
	out := Step{Status: s, Warn: true}
	out.Warned = true
	return out
}
