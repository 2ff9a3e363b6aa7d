// Package agentstate is the state machine of an agent at work: modes, states, and which changes are
// permitted. It is pure: times are arguments, and each change returns the new Status and what it
// ended. Package duty owns the states of all agents.
//
// A Status has layers. Below is what the agent has chosen (waiting, a pause, a task), above it the
// wrap-up, and on top what the phone does. State is the topmost one. So a call interrupts a pause,
// whose limit counts only the time in it.
package agentstate

import (
	"time"

	"traybell/shared/protocol"
)

// Cause is why an agent stopped working.
type Cause string

// The causes.
const (
	ByAgent      Cause = "agent"
	BySupervisor Cause = "supervisor"
	PauseLimit   Cause = "pause_limit"
	Absent       Cause = "absent"   // no desktop was signed in any more
	Unseen       Cause = "unseen"   // the hub was stopped for too long
	Disabled     Cause = "disabled" // hub.yml has no agent states any more, or not this agent
)

// Status is what an agent does. The zero value is off. It is stored as JSON: the names are a contract.
type Status struct {
	Mode   protocol.Mode       `json:"mode,omitempty"` // empty: off
	Base   protocol.AgentState `json:"base,omitempty"` // chosen: waiting, pause, idle or task; empty: off
	Reason string              `json:"reason,omitempty"`
	Began  time.Time           `json:"began,omitzero"`   // of Base
	Left   time.Duration       `json:"left,omitempty"`   // of the pause's limit at Since; 0: it has none
	Warned bool                `json:"warned,omitempty"` // that the pause ends soon
	Task   protocol.Task       `json:"task,omitzero"`    //
	Phone  protocol.AgentState `json:"phone,omitempty"`  // empty: it is free
	PBX    string              `json:"pbx,omitempty"`    // of Phone
	Wrap   time.Duration       `json:"wrap,omitempty"`   // wrap-up that follows when the phone is free
	Until  time.Time           `json:"until,omitzero"`   // end of the wrap-up; zero: there is none
	Since  time.Time           `json:"since,omitzero"`   // begin of State
	Shift  time.Time           `json:"shift,omitzero"`   // since when the agent works; zero: off
	Cause  Cause               `json:"cause,omitempty"`  // why the agent is off
	Resume *Status             `json:"resume,omitempty"` // before the hub was stopped for too long
}

// State is the state that others see.
func (s Status) State() protocol.AgentState {
	switch {
	case s.Base == "":
		return protocol.AgentOff
	case s.Phone != "":
		return s.Phone
	case !s.Until.IsZero():
		return protocol.AgentWrapUp
	}
	return s.Base
}

// Off reports whether the agent does not work.
func (s Status) Off() bool { return s.Base == "" }

// Ends is when the state ends by itself; zero: it does not.
func (s Status) Ends() time.Time {
	switch {
	case s.State() == protocol.AgentWrapUp:
		return s.Until
	case s.State() == protocol.AgentPause && s.Left > 0:
		return s.Since.Add(s.Left)
	}
	return time.Time{}
}

// Span is a time in one state. The spans of a shift follow each other without a gap.
type Span struct {
	Login   string
	Shift   time.Time // its begin
	Began   time.Time
	Ended   time.Time
	Mode    protocol.Mode
	State   protocol.AgentState
	Reason  string
	Project string // of the task
	Kind    string
}

// Now is the time in the present state until a moment; ok is false if the agent is off.
func (s Status) Now(login string, until time.Time) (span Span, ok bool) {
	if s.Off() || !until.After(s.Since) {
		return Span{}, false
	}
	span = Span{
		Login: login, Shift: s.Shift, Began: s.Since, Ended: until, Mode: s.Mode, State: s.State(),
		Project: s.Task.Project, Kind: s.Task.Kind,
	}
	if span.State == protocol.AgentPause {
		span.Reason = s.Reason
	}
	return span, true
}

// Done is a task that an agent has finished.
type Done struct {
	protocol.Task

	Login string
	Ended time.Time
	Note  string
}

// Step is the result of a change.
type Step struct {
	Status
	Spans []Span // that ended, without a login
	Done  *Done  // the task that ended, without a login
	Warn  bool   // the pause ends soon
	Over  bool   // the pause was longer than its limit: the agent is off now
}

// step makes a change. Time never runs backwards.
func (s Status) step(at time.Time, change func(*Status)) Step {
	if at.Before(s.Since) {
		at = s.Since
	}
	next := s
	change(&next)
	out := Step{Status: next}
	if s.Task != next.Task && s.Base == protocol.AgentTask {
		out.Done = &Done{Task: s.Task, Ended: at}
	}
	if s.seen() == next.seen() {
		return out
	}
	if span, ok := s.Now("", at); ok {
		out.Spans = append(out.Spans, span)
	}
	if s.State() == protocol.AgentPause && s.Left > 0 && next.Base == s.Base && next.Began.Equal(s.Began) {
		out.Left = max(s.Left-at.Sub(s.Since), 1)
	}
	out.Since = at
	return out
}

// seen is what makes a state another one.
type seen struct {
	state  protocol.AgentState
	mode   protocol.Mode
	reason string
	shift  time.Time
	task   protocol.Task
	until  time.Time
}

func (s Status) seen() seen {
	v := seen{state: s.State(), mode: s.Mode, shift: s.Shift, task: s.Task, until: s.Until}
	if v.state == protocol.AgentPause {
		v.reason = s.Reason
	}
	if v.state != protocol.AgentWrapUp {
		v.until = time.Time{}
	}
	return v
}
