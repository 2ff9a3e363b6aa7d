package protocol

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Names of the messages about what agents do. They come from hubs whose hub.yml enables agent states.
const (
	AgentSet  = "agent.set"  // action
	TaskBegin = "task.begin" // action
	TaskEnd   = "task.end"   // action

	AgentEvent = "agent" // event: what an agent does
	WorkEvent  = "work"  // event: what an agent may choose from has changed

	PauseEnding = "pause.ending" // warning: the agent's pause ends soon
	PauseOver   = "pause.over"   // warning, also to supervisors: a pause was longer than its limit
)

// Mode is what an agent works on.
type Mode string

// The modes.
const (
	ModeIncoming Mode = "incoming" // incoming calls
	ModeOutgoing Mode = "outgoing" // outgoing calls: no calls of queues
	ModeOffline  Mode = "offline"  // tasks without a call
)

// Modes returns all modes.
func Modes() []Mode { return []Mode{ModeIncoming, ModeOutgoing, ModeOffline} }

// AgentState is what an agent does.
type AgentState string

// The states. Off has no mode; idle and task are those of the mode offline, waiting is of the mode
// incoming only.
const (
	AgentOff     AgentState = "off"     // does not work
	AgentWaiting AgentState = "waiting" // for a call
	AgentPause   AgentState = "pause"
	AgentWrapUp  AgentState = "wrap_up" // after a call
	AgentRinging AgentState = "ringing"
	AgentCalling AgentState = "calling" // the other side rings
	AgentTalking AgentState = "talking"
	AgentHold    AgentState = "hold"
	AgentIdle    AgentState = "idle" // waits for a task
	AgentTask    AgentState = "task"
)

// AgentStates returns all states.
func AgentStates() []AgentState {
	return []AgentState{
		AgentOff, AgentWaiting, AgentPause, AgentWrapUp, AgentRinging, AgentCalling, AgentTalking, AgentHold, AgentIdle,
		AgentTask,
	}
}

// OnPhone reports whether the state is that of a call.
func (s AgentState) OnPhone() bool {
	return slices.Contains([]AgentState{AgentRinging, AgentCalling, AgentTalking, AgentHold}, s)
}

// AgentNow is the data of the event agent: what an agent does. Modes and States are what the agent may
// change to.
type AgentNow struct {
	Login  string     `json:"login"`
	Name   string     `json:"name"`
	Mode   Mode       `json:"mode,omitempty"` // absent: off
	State  AgentState `json:"state"`
	Reason string     `json:"reason,omitempty"` // code of the pause
	Since  time.Time  `json:"since,omitzero"`   // begin of the state
	Until  time.Time  `json:"until,omitzero"`   // when the state ends by itself
	// what follows a call or the wrap-up, with the code of a pause
	Next       AgentState   `json:"next,omitempty"`
	NextReason string       `json:"next_reason,omitempty"`
	Task       *Task        `json:"task,omitempty"`   // that the agent works on
	Shift      time.Time    `json:"shift,omitzero"`   // since when the agent works
	Modes      []Mode       `json:"modes,omitempty"`  // for agent.set
	States     []AgentState `json:"states,omitempty"` // for agent.set; task is begun by task.begin
	At         time.Time    `json:"at"`               // the hub's clock
}

// Task is work without a call. Project and Kind are codes.
type Task struct {
	Project string    `json:"project"`
	Kind    string    `json:"kind"`
	Began   time.Time `json:"began"`
}

// Work is the data of the event work, and a part of session.opened: what the agent does, and what
// there is to choose from. hub.yml may change it at any time.
type Work struct {
	Me       AgentNow      `json:"me"`
	Pauses   []PauseReason `json:"pauses"`   // none: a pause has no reason
	Projects []Choice      `json:"projects"` // of tasks
	Kinds    []Choice      `json:"kinds"`    // of tasks
}

// Choice is an entry of a list.
type Choice struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// PauseReason is a reason for a pause. Limit is in seconds; 0: none.
type PauseReason struct {
	Choice

	Limit int `json:"limit,omitempty"`
}

// SetAgent is the data of agent.set. Without a mode it stays. Without a state it is the first of the mode:
// waiting, pause or idle. Reason is the code of a pause. The state off ends the work, any other one
// begins it.
type SetAgent struct {
	Mode   Mode       `json:"mode,omitempty"`
	State  AgentState `json:"state,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// BeginTask is the data of task.begin, in the mode offline. Project and Kind are codes.
type BeginTask struct {
	Project string `json:"project"`
	Kind    string `json:"kind"`
}

// EndTask is the data of task.end. The note has at most MaxNote characters.
type EndTask struct {
	Note string `json:"note,omitempty"`
}

// PauseWarning is the data of pause.ending and pause.over.
type PauseWarning struct {
	Login  string    `json:"login"`
	Name   string    `json:"name"`
	Reason string    `json:"reason,omitempty"` // name of the pause
	Until  time.Time `json:"until"`            // end of the limit
	Text   string    `json:"text"`
}

// Check validates the data.
func (s SetAgent) Check() error {
	if s.Mode == "" && s.State == "" {
		return errors.New("the fields mode and state are empty")
	}
	if s.Mode != "" && !slices.Contains(Modes(), s.Mode) {
		return fmt.Errorf("there is no mode %.40q", s.Mode)
	}
	if s.State != "" && !slices.Contains(AgentStates(), s.State) {
		return fmt.Errorf("there is no state %.40q", s.State)
	}
	return key("reason", s.Reason)
}

// Check validates the data.
func (b BeginTask) Check() error {
	if err := key("project", b.Project); err != nil {
		return err
	}
	return required("kind", b.Kind)
}

// Check validates the data, except what a person types.
func (e EndTask) Check() error { return nil }
