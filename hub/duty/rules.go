package duty

import (
	"slices"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// Rules are what hub.yml says. They do not change; a reload makes new ones.
type Rules struct {
	On       bool
	Teams    []string // whose agents have states; none: all agents
	AtSignIn bool     // the sign-in of the first desktop begins a shift
	// how long an agent works on without a desktop; 0: without a limit
	Away     time.Duration
	Modes    []protocol.Mode // the first one is that of a new shift
	Pauses   []Pause
	Projects []Choice
	Kinds    []Choice
	// after calls, unless the line has its own
	WrapUp, WrapUpOutgoing time.Duration
	Retention              time.Duration // of the times; 0: forever

	Staff       *staff.Staff
	Lines       *tracking.Lines
	PBXs        []string // ids of the enabled ones
	Supervisors []string // logins of the agents with the role supervise
}

// Pause is a reason for a pause.
type Pause struct {
	agentstate.Pause

	Name  string
	Teams []string // none: for all
}

// Choice is a project or a kind of work.
type Choice struct {
	protocol.Choice

	Teams []string // none: for all
}

// agent returns an agent who has states.
func (r *Rules) agent(login string) (a staff.Agent, ok bool) {
	if !r.On {
		return a, false
	}
	a, ok = r.Staff.Agent(login)
	return a, ok && forTeams(r.Teams, a)
}

func forTeams(teams []string, a staff.Agent) bool {
	return len(teams) == 0 || slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(teams, t) })
}

// of are the rules of an agent.
func (r *Rules) of(a staff.Agent) agentstate.Rules {
	own := agentstate.Rules{Modes: r.Modes}
	for _, p := range r.Pauses {
		if forTeams(p.Teams, a) {
			own.Pauses = append(own.Pauses, p.Pause)
		}
	}
	for _, p := range r.Projects {
		if forTeams(p.Teams, a) {
			own.Projects = append(own.Projects, p.Code)
		}
	}
	for _, k := range r.Kinds {
		if forTeams(k.Teams, a) {
			own.Kinds = append(own.Kinds, k.Code)
		}
	}
	return own
}

// Names are what people read for the codes of pauses, projects and kinds of work.
type Names struct{ Pauses, Projects, Kinds map[string]string }

// Names returns all names by code.
func (r *Rules) Names() Names {
	n := Names{map[string]string{}, map[string]string{}, map[string]string{}}
	for _, p := range r.Pauses {
		n.Pauses[p.Code] = p.Name
	}
	for _, p := range r.Projects {
		n.Projects[p.Code] = p.Name
	}
	for _, k := range r.Kinds {
		n.Kinds[k.Code] = k.Name
	}
	return n
}

// supervisorsOf returns the logins of those who supervise an agent: supervisors in one of the agent's
// teams, or else those without a team.
func (r *Rules) supervisorsOf(of staff.Agent) (logins []string) {
	var all []string
	for _, login := range r.Supervisors {
		a, ok := r.Staff.Agent(login)
		switch {
		case !ok || login == of.Login:
		case len(a.Teams) == 0:
			all = append(all, login)
		case forTeams(a.Teams, of):
			logins = append(logins, login)
		}
	}
	if len(logins) == 0 {
		return all
	}
	return logins
}

// wrapUp is how long the wrap-up after a call is.
func (r *Rules) wrapUp(c calls.Call) time.Duration {
	switch c.Direction {
	case protocol.Incoming:
		if line := r.Lines.Of(c.DID); line != nil && line.WrapUp != nil {
			return *line.WrapUp
		}
		return r.WrapUp
	case protocol.Outgoing:
		return r.WrapUpOutgoing
	case protocol.Internal:
	}
	return 0
}

// work is what an agent may choose from.
func (r *Rules) work(a staff.Agent) protocol.Work {
	w := protocol.Work{Pauses: []protocol.PauseReason{}, Projects: []protocol.Choice{}, Kinds: []protocol.Choice{}}
	for _, p := range r.Pauses {
		if forTeams(p.Teams, a) {
			w.Pauses = append(w.Pauses, protocol.PauseReason{
				Choice: protocol.Choice{Code: p.Code, Name: p.Name}, Limit: int(p.Limit / time.Second),
			})
		}
	}
	for _, p := range r.Projects {
		if forTeams(p.Teams, a) {
			w.Projects = append(w.Projects, p.Choice)
		}
	}
	for _, k := range r.Kinds {
		if forTeams(k.Teams, a) {
			w.Kinds = append(w.Kinds, k.Choice)
		}
	}
	return w
}

// PausesOf returns the reasons for a pause that an agent may choose.
func (r *Rules) PausesOf(a staff.Agent) (list []protocol.Choice) {
	for _, p := range r.work(a).Pauses {
		list = append(list, p.Choice)
	}
	return list
}

// seen is what an agent does as others see it.
func (r *Rules) seen(of staff.Agent, st agentstate.Status, at time.Time) protocol.AgentNow {
	own := r.of(of)
	now := protocol.AgentNow{
		Login: of.Login, Name: of.Name, Mode: st.Mode, State: st.State(), Since: st.Since, Until: st.Ends(),
		Shift: st.Shift, Modes: st.Modes(own), States: st.States(own), At: at,
	}
	if now.State == protocol.AgentPause {
		now.Reason = st.Reason
	}
	if now.State == protocol.AgentWrapUp || now.State.OnPhone() {
		now.Next, now.NextReason = st.Base, st.Reason
	}
	if st.Base == protocol.AgentTask {
		task := st.Task
		now.Task = &task
	}
	return now
}
