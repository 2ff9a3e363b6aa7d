package admin

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/agentstate"
	"traybell/hub/duty"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/table"
	"traybell/hub/worktime"
	"traybell/shared/protocol"
)

// DutyService knows what agents do.
type DutyService interface {
	All() []protocol.AgentNow
	Rules() *duty.Rules
	Set(ctx context.Context, login string, want protocol.SetAgent, by agentstate.Cause) error
	BeginTask(ctx context.Context, login string, in protocol.BeginTask) error
	EndTask(ctx context.Context, login, note string) error
}

// WorkTimes sums up how agents worked. login empty: all agents.
type WorkTimes interface {
	Rows(ctx context.Context, login string, from, to time.Time, zone *time.Location) ([]worktime.Row, error)
	Tasks(ctx context.Context, login string, from, to time.Time) ([]agentstate.Done, error)
}

// Duty are the commands about what agents do. Agents may use them for themselves.
type Duty struct {
	Audited
	Service DutyService
	Times   WorkTimes
	Staff   func() *staff.Staff
	Zone    *time.Location // of days
}

// On reports whether hub.yml has agent states.
func (d *Duty) On() bool { return d != nil && d.Service.Rules().On }

// States returns what the agents do, in hub.yml's order; an agent without a role gets the own state.
func (d *Duty) States(_ context.Context, p access.Principal) ([]protocol.AgentNow, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return nil, err
	}
	list := []protocol.AgentNow{}
	for _, now := range d.Service.All() {
		if !own || now.Login == p.Name {
			list = append(list, now)
		}
	}
	return list, nil
}

// Set changes what an agent does.
func (d *Duty) Set(ctx context.Context, p access.Principal, agent string, want protocol.SetAgent) error {
	detail := strings.Join(slices.DeleteFunc([]string{string(want.Mode), string(want.State), want.Reason},
		func(s string) bool { return s == "" }), " ")
	return d.as(p, agent, "agent.set", detail, func() error {
		if err := want.Check(); err != nil {
			return invalid("This is no change of a state: %v.", err)
		}
		return d.Service.Set(ctx, agent, want, by(p, agent))
	})
}

// BeginTask begins a task of an agent.
func (d *Duty) BeginTask(ctx context.Context, p access.Principal, agent string, in protocol.BeginTask) error {
	return d.as(p, agent, "task.begin", strings.TrimSpace(in.Project+" "+in.Kind), func() error {
		return d.Service.BeginTask(ctx, agent, in)
	})
}

// EndTask ends the task of an agent.
func (d *Duty) EndTask(ctx context.Context, p access.Principal, agent, note string) error {
	return d.as(p, agent, "task.end", "", func() error { return d.Service.EndTask(ctx, agent, note) })
}

// as does something for an agent: oneself, or as a supervisor.
func (d *Duty) as(p access.Principal, agent, action, detail string, do func() error) error {
	var refused error
	if p.Kind != access.Agent || p.Name != agent {
		refused = need(p, access.Supervise)
	}
	return d.attempt(p, refused, action, agent, detail, func() error {
		if _, ok := d.Staff().Agent(agent); !ok {
			return noAgent(agent)
		}
		return do()
	})
}

func by(p access.Principal, agent string) agentstate.Cause {
	if p.Kind == access.Agent && p.Name == agent {
		return agentstate.ByAgent
	}
	return agentstate.BySupervisor
}

// WorkFilter selects working times. Days are as 2026-11-29, and those of the hub's time zone.
type WorkFilter struct {
	Agent    string // login; empty: all
	From, To string // days, both included; empty: today
}

// mostDays bounds what is summed up at once.
const mostDays = 366

// period returns the begin of the first day and the end of the last one.
func (d *Duty) period(f WorkFilter) (from, to time.Time, err error) {
	today := d.Now().In(d.Zone).Format(time.DateOnly)
	from, err = time.ParseInLocation(time.DateOnly, cmp.Or(f.From, f.To, today), d.Zone)
	if err == nil {
		to, err = time.ParseInLocation(time.DateOnly, cmp.Or(f.To, f.From, today), d.Zone)
	}
	switch {
	case err != nil:
		return from, to, invalid("A day is written as 2026-11-29.")
	case to.Before(from):
		return from, to, invalid("The last day is before the first one.")
	case to.After(from.AddDate(0, 0, mostDays-1)):
		return from, to, invalid("Ask for %d days at most.", mostDays)
	}
	return from, to.AddDate(0, 0, 1), nil
}

// WorkTime is the time that an agent spent in the same way on one day.
type WorkTime struct {
	Day         string              `json:"day" doc:"as 2026-11-29, in the hub's time zone"`
	Agent       string              `json:"agent" doc:"login"`
	Name        string              `json:"name"`
	Mode        protocol.Mode       `json:"mode"`
	State       protocol.AgentState `json:"state"`
	Reason      string              `json:"reason,omitempty" doc:"code of the pause"`
	ReasonName  string              `json:"reason_name,omitempty"`
	Project     string              `json:"project,omitempty" doc:"code, of the task"`
	ProjectName string              `json:"project_name,omitempty"`
	Kind        string              `json:"kind,omitempty" doc:"code of the kind of work, of the task"`
	KindName    string              `json:"kind_name,omitempty"`
	Seconds     int64               `json:"seconds"`
}

// WorkTimes returns how agents worked; those of an agent and a day add up to the agent's shifts. Agents
// without a role get their own.
func (d *Duty) WorkTimes(ctx context.Context, p access.Principal, f WorkFilter) ([]WorkTime, error) {
	login, from, to, err := d.selected(p, f)
	if err != nil {
		return nil, err
	}
	rows, err := d.Times.Rows(ctx, login, from, to, d.Zone)
	if err != nil {
		return nil, failure(fail.New(protocol.HistoryFailed, "").Because(err))
	}
	names, agents := d.Service.Rules().Names(), d.Staff()
	return each(rows, func(r worktime.Row) WorkTime {
		return WorkTime{
			Day: r.Day.Format(time.DateOnly), Agent: r.Login, Name: agents.Name(r.Login), Mode: r.Mode, State: r.State,
			Reason: r.Reason, ReasonName: named(names.Pauses, r.Reason), Project: r.Project,
			ProjectName: named(names.Projects, r.Project), Kind: r.Kind, KindName: named(names.Kinds, r.Kind),
			Seconds: r.Seconds,
		}
	}), nil
}

// selected returns what a principal may see of a filter.
func (d *Duty) selected(p access.Principal, f WorkFilter) (login string, from, to time.Time, err error) {
	own, err := needOrOwn(p)
	if err != nil {
		return "", from, to, err
	}
	if login = f.Agent; own {
		login = p.Name
	}
	from, to, err = d.period(f)
	return login, from, to, err
}

// named is the name of a code, or the code of one that hub.yml does not have any more.
func named(names map[string]string, code string) string { return cmp.Or(names[code], code) }

// WriteCSV writes working times as CSV, with commas.
func (d *Duty) WriteCSV(ctx context.Context, p access.Principal, f WorkFilter, to io.Writer) error {
	rows, err := d.WorkTimes(ctx, p, f)
	if err != nil {
		return err
	}
	w := table.NewWriter(to, ',')
	err = w.Write("day", "agent", "name", "mode", "state", "reason", "reason_name", "project", "project_name", "kind",
		"kind_name", "seconds")
	for _, r := range rows {
		err = errors.Join(err, w.Write(r.Day, r.Agent, r.Name, string(r.Mode), string(r.State), r.Reason, r.ReasonName,
			r.Project, r.ProjectName, r.Kind, r.KindName, strconv.FormatInt(r.Seconds, 10)))
	}
	return failure(errors.Join(err, w.Flush()))
}

// DoneTask is a finished task.
type DoneTask struct {
	Agent       string    `json:"agent" doc:"login"`
	Name        string    `json:"name"`
	Project     string    `json:"project,omitempty" doc:"code"`
	ProjectName string    `json:"project_name,omitempty"`
	Kind        string    `json:"kind" doc:"code of the kind of work"`
	KindName    string    `json:"kind_name"`
	Began       time.Time `json:"began"`
	Ended       time.Time `json:"ended"`
	Note        string    `json:"note,omitempty"`
}

// Tasks returns finished tasks that have a part in the period, by agent and begin. Calls that
// interrupted a task are between its begin and its end.
func (d *Duty) Tasks(ctx context.Context, p access.Principal, f WorkFilter) ([]DoneTask, error) {
	login, from, to, err := d.selected(p, f)
	if err != nil {
		return nil, err
	}
	done, err := d.Times.Tasks(ctx, login, from, to)
	if err != nil {
		return nil, failure(fail.New(protocol.HistoryFailed, "").Because(err))
	}
	names, agents := d.Service.Rules().Names(), d.Staff()
	return each(done, func(t agentstate.Done) DoneTask {
		return DoneTask{
			Agent: t.Login, Name: agents.Name(t.Login), Project: t.Project,
			ProjectName: named(names.Projects, t.Project), Kind: t.Kind, KindName: named(names.Kinds, t.Kind),
			Began: t.Began, Ended: t.Ended, Note: t.Note,
		}
	}), nil
}

// Names are those of pauses, projects and kinds of work.
func (d *Duty) Names() duty.Names { return d.Service.Rules().Names() }

// Pauses returns the reasons for a pause that an agent may choose.
func (d *Duty) Pauses(agent string) []protocol.Choice {
	a, ok := d.Staff().Agent(agent)
	if !ok {
		return nil
	}
	return d.Service.Rules().PausesOf(a)
}

// Today is the day now, as filters write it.
func (d *Duty) Today() string { return d.Now().In(d.Zone).Format(time.DateOnly) }
