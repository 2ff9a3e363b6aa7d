package config

import (
	"fmt"
	"slices"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/shared/protocol"

	"github.com/invopop/jsonschema"
)

// States are what agents do: their modes and states.
type States struct {
	Enabled        bool          `yaml:"enabled" jsonschema_description:"true: the hub keeps what agents do, and their working times."`
	Teams          []string      `yaml:"teams" jsonschema_description:"Only agents of these teams have states. Default: all agents."`
	Begin          string        `yaml:"begin" jsonschema:"enum=sign_in,enum=press" jsonschema_description:"When work begins. sign_in: when the agent's first desktop signs in. press: when the agent says so."`
	Away           time.Duration `yaml:"away" jsonschema_description:"How long an agent may be without a desktop, and the hub stopped, before the work ends; 0s: without a limit."`
	Modes          []string      `yaml:"modes" jsonschema_description:"Modes to choose from: incoming, outgoing, offline. Work begins in the first. Default: incoming and outgoing; with tasks.kinds also offline."`
	WrapUp         time.Duration `yaml:"wrap_up" jsonschema_description:"Wrap-up after incoming calls that the agent has answered, unless the line has its own; 0s: none."`
	WrapUpOutgoing time.Duration `yaml:"wrap_up_outgoing" jsonschema_description:"Wrap-up after outgoing calls that were answered; 0s: none."`
	Pauses         []Pause       `yaml:"pauses" jsonschema_description:"Reasons for a pause, of which the agent chooses one. Default: pauses have no reason and no limit."`
	Retention      time.Duration `yaml:"retention" jsonschema_description:"How long to keep working times and tasks; 0s: forever."`
}

// JSONSchemaExtend adds the modes to the schema.
func (States) JSONSchemaExtend(s *jsonschema.Schema) { enumerate(s, "modes", modes()) }

// Pause is a reason for a pause.
type Pause struct {
	Code  string        `yaml:"code" jsonschema_description:"Unique; in working times, the REST API and the PBX's queues: never change it."`
	Name  string        `yaml:"name" jsonschema_description:"Shown to people. Default: the code."`
	Limit time.Duration `yaml:"limit" jsonschema_description:"How long the pause may be. Then the agent's work ends, and the team's supervisors are warned. 0s: without a limit."`
	Warn  time.Duration `yaml:"warn" jsonschema_description:"How long before the limit the agent is warned; 0s: not."`
	Teams []string      `yaml:"teams" jsonschema_description:"For these teams. Default: for all."`
}

// SetDefaults implements document.Defaulter.
func (p *Pause) SetDefaults() { *p = Pause{Warn: time.Minute} }

// Tasks are what agents do without a call, in the mode offline.
type Tasks struct {
	Projects []TaskChoice `yaml:"projects" jsonschema_description:"Projects that tasks are for. Default: tasks have no project."`
	Kinds    []TaskChoice `yaml:"kinds" jsonschema_description:"Kinds of work. Default: none, and no mode offline."`
}

// TaskChoice is a project or a kind of work.
type TaskChoice struct {
	Code  string   `yaml:"code" jsonschema_description:"Unique; in working times and the REST API: never change it."`
	Name  string   `yaml:"name" jsonschema_description:"Shown to people. Default: the code."`
	Teams []string `yaml:"teams" jsonschema_description:"For these teams. Default: for all."`
}

// When work begins.
const (
	BeginSignIn = "sign_in"
	BeginPress  = "press"
)

func defaultStates() States {
	return States{Begin: BeginSignIn, Away: 5 * time.Minute, Retention: 400 * day}
}

func modes() (list []string) {
	for _, m := range protocol.Modes() {
		list = append(list, string(m))
	}
	return list
}

// longestWrapUp and longestPause bound what is surely a mistake.
const (
	longestWrapUp = 2 * time.Hour
	longestPause  = day
)

func (k checker) states() {
	s := &k.c.States
	teams := k.c.teams()
	k.KnownTeams("states.teams", s.Teams, teams)
	k.OneOf("states.begin", s.Begin, BeginSignIn, BeginPress)
	check.Between(k, "states.away", s.Away, 0, day)
	check.Between(k, "states.wrap_up", s.WrapUp, 0, longestWrapUp)
	check.Between(k, "states.wrap_up_outgoing", s.WrapUpOutgoing, 0, longestWrapUp)
	k.Retention("states.retention", s.Retention)
	for i, m := range s.Modes {
		at := fmt.Sprintf("states.modes[%d]", i)
		k.OneOf(at, m, modes()...)
		if slices.Contains(s.Modes[:i], m) {
			k.Complain(at, "duplicate %s", document.Quote(m))
		}
		if m == string(protocol.ModeOffline) && len(k.c.Tasks.Kinds) == 0 {
			k.Complain(at, "the mode offline is for tasks; add `tasks.kinds`, or remove it")
		}
	}
	if len(s.Modes) == 0 {
		s.Modes = []string{string(protocol.ModeIncoming), string(protocol.ModeOutgoing)}
		if len(k.c.Tasks.Kinds) > 0 {
			s.Modes = modes()
		}
	}
	codes := map[string]int{}
	for i := range s.Pauses {
		p := &s.Pauses[i]
		at := fmt.Sprintf("states.pauses[%d]", i)
		p.Name = k.Coded(at, p.Code, p.Name)
		k.Once(at+".code", p.Code, i, codes, "states.pauses")
		check.Between(k, at+".limit", p.Limit, 0, longestPause)
		check.Between(k, at+".warn", p.Warn, 0, longestPause)
		if p.Limit > 0 && p.Warn >= p.Limit {
			k.Complain(at+".warn", "`warn` %s is not before the end of `limit` %s; reduce it", p.Warn, p.Limit)
		}
		k.KnownTeams(at+".teams", p.Teams, teams)
	}
	k.choices("tasks.projects", k.c.Tasks.Projects, teams)
	k.choices("tasks.kinds", k.c.Tasks.Kinds, teams)
	if len(k.c.Tasks.Projects) > 0 && len(k.c.Tasks.Kinds) == 0 {
		k.Complain("tasks.kinds", "`kinds` is missing: agents choose the kind of work of each task; add one")
	}
	if len(k.c.Tasks.Kinds) > 0 && !s.Enabled {
		k.Warn("tasks", "tasks need agent states: set `states.enabled: true`")
	}
}

func (k checker) choices(key string, list []TaskChoice, teams map[string]bool) {
	codes := map[string]int{}
	for i := range list {
		c := &list[i]
		at := fmt.Sprintf("%s[%d]", key, i)
		c.Name = k.Coded(at, c.Code, c.Name)
		k.Once(at+".code", c.Code, i, codes, key)
		k.KnownTeams(at+".teams", c.Teams, teams)
	}
}
