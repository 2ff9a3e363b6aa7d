package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/shared/protocol"

	"github.com/invopop/jsonschema"
)

// Queue is a queue of Asterisk.
type Queue struct {
	Name           string     `yaml:"name" jsonschema_description:"The queue's name on the PBX; with FreePBX its number."`
	PBX            string     `yaml:"pbx" jsonschema_description:"The PBX that has it. Default: the only one."`
	Title          string     `yaml:"title" jsonschema_description:"Shown to people. Default: the name."`
	Teams          []string   `yaml:"teams" jsonschema_description:"Teams that take its calls."`
	Agents         []string   `yaml:"agents" jsonschema_description:"Logins of agents who take its calls, in addition to teams."`
	Viewers        []string   `yaml:"viewers" jsonschema_description:"Logins of agents who see it at their desktops without taking its calls."`
	Member         string     `yaml:"member" jsonschema_description:"What the queue dials for an agent who joins, with <extension> in it. Default: as FreePBX does it."`
	StateInterface string     `yaml:"state_interface" jsonschema_description:"What says whether that phone is in use, with <extension> in it. Default: as FreePBX does it. Without queues of FreePBX: PJSIP/<extension>."`
	Penalty        int        `yaml:"penalty" jsonschema:"minimum=0,maximum=1000" jsonschema_description:"Of agents who join. 0: the penalty that FreePBX has for the extension, if any."`
	Changes        string     `yaml:"changes" jsonschema:"enum=adopt,enum=undo" jsonschema_description:"What becomes of places that somebody changes on the PBX, such as with *45. adopt: they are taken over. undo: they are put right."`
	Alarm          QueueAlarm `yaml:"alarm" jsonschema_description:"Of what agents are warned."`
}

// QueueAlarm says when agents are warned of a queue.
type QueueAlarm struct {
	Waiting    int           `yaml:"waiting" jsonschema:"minimum=0,maximum=10000" jsonschema_description:"More waiting callers than that; 0: no alarm."`
	Longest    time.Duration `yaml:"longest" jsonschema_description:"A caller waits longer; 0s: no alarm."`
	Categories []string      `yaml:"categories" jsonschema_description:"A caller waits whose number has one of these categories: green, yellow, red."`
	Teams      []string      `yaml:"teams" jsonschema_description:"Teams that are warned. Default: the agents who take its calls."`
	Agents     []string      `yaml:"agents" jsonschema_description:"Logins of agents who are warned, in addition to teams."`
}

// JSONSchemaExtend adds the categories to the schema.
func (QueueAlarm) JSONSchemaExtend(s *jsonschema.Schema) {
	enumerate(s, "categories", alarmCategories())
}

func alarmCategories() []string {
	return []string{string(protocol.Green), string(protocol.Yellow), string(protocol.Red)}
}

// What becomes of changes on the PBX.
const (
	QueueAdopt = "adopt"
	QueueUndo  = "undo"
)

// SetDefaults implements document.Defaulter.
func (q *Queue) SetDefaults() {
	*q = Queue{
		Member: "Local/<extension>@from-queue/n", StateInterface: "hint:<extension>@ext-local", Changes: QueueAdopt,
	}
}

var (
	queueName   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	queueMember = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9_-]*<extension>[A-Za-z0-9_@/-]*$`)
	queueState  = regexp.MustCompile(`^[A-Za-z0-9]+[/:][A-Za-z0-9_-]*<extension>[A-Za-z0-9_@/-]*$`)
)

func (k checker) callQueues() {
	teams, logins, pbxs := k.c.teams(), k.c.logins(), map[string]bool{}
	for _, p := range k.c.PBX {
		pbxs[p.ID] = true
	}
	seen := map[string]int{}
	for i := range k.c.Queues {
		q := &k.c.Queues[i]
		at := fmt.Sprintf("queues[%d]", i)
		if k.Given(at+".name", q.Name) && !queueName.MatchString(q.Name) {
			k.Complain(at+".name", "%s is not the name of a queue; use it as the PBX has it, such as 500",
				document.Quote(q.Name))
		}
		switch {
		case q.PBX == "" && len(k.c.PBX) == 1:
			q.PBX = k.c.PBX[0].ID
		case q.PBX == "":
			k.Complain(at+".pbx", "`pbx` is missing: there are several; use the id of the one that has the queue")
		case !pbxs[q.PBX]:
			k.Complain(at+".pbx", "no PBX has the id %s%s", document.Quote(q.PBX),
				document.DidYouMean(q.PBX, slices.Sorted(maps.Keys(pbxs))))
		}
		if _, twice := seen[q.PBX+"/"+q.Name]; twice {
			k.Complain(at+".name", "the PBX %s has the queue %s already in this list", q.PBX, document.Quote(q.Name))
		}
		seen[q.PBX+"/"+q.Name] = i
		if q.Title == "" {
			q.Title = q.Name
		}
		if len(q.Teams)+len(q.Agents) == 0 {
			k.Warn(at, "no agent takes calls of this queue from the desktop; add `teams` or `agents`")
		}
		k.KnownTeams(at+".teams", q.Teams, teams)
		k.knownAgents(at+".agents", q.Agents, logins)
		k.knownAgents(at+".viewers", q.Viewers, logins)
		if !queueMember.MatchString(q.Member) {
			k.Complain(at+".member", "%s is not a channel with <extension> in it; use PJSIP/<extension>, or "+
				"Local/<extension>@from-queue/n", document.Quote(q.Member))
		}
		if q.StateInterface != "" && !queueState.MatchString(q.StateInterface) {
			k.Complain(at+".state_interface", "%s has no <extension> in it; use hint:<extension>@ext-local, or "+
				"PJSIP/<extension>", document.Quote(q.StateInterface))
		}
		if q.StateInterface == "" && strings.HasPrefix(q.Member, "Local/") {
			k.Warn(at+".state_interface", "without `state_interface` a member such as %s gets calls while its phone "+
				"is in use", document.Quote(q.Member))
		}
		check.Between(k, at+".penalty", q.Penalty, 0, 1000)
		k.OneOf(at+".changes", q.Changes, QueueAdopt, QueueUndo)
		k.queueAlarm(at+".alarm", q.Alarm, teams, logins)
	}
}

func (k checker) queueAlarm(at string, a QueueAlarm, teams, logins map[string]bool) {
	check.Between(k, at+".waiting", a.Waiting, 0, 10_000)
	check.Between(k, at+".longest", a.Longest, 0, day)
	for j, c := range a.Categories {
		k.OneOf(fmt.Sprintf("%s.categories[%d]", at, j), c, alarmCategories()...)
	}
	k.KnownTeams(at+".teams", a.Teams, teams)
	k.knownAgents(at+".agents", a.Agents, logins)
}

// knownAgents checks logins. People of the company's directory are not known yet.
func (k checker) knownAgents(at string, list []string, known map[string]bool) {
	for j, login := range list {
		k.knownAgent(fmt.Sprintf("%s[%d]", at, j), login, known)
	}
}

func (k checker) knownAgent(key, login string, known map[string]bool) {
	if !known[login] && !k.Bad("agents") && k.c.SignIn.LDAP.URL == "" {
		k.Complain(key, "no agent has the login %s%s", document.Quote(login),
			document.DidYouMean(login, slices.Sorted(maps.Keys(known))))
	}
}

// logins are those of the agents.
func (c *Config) logins() map[string]bool {
	logins := map[string]bool{}
	for _, a := range c.Agents {
		logins[a.Login] = true
	}
	return logins
}
