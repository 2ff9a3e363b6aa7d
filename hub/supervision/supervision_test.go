package supervision

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/desk"
	"traybell/hub/duty"
	"traybell/hub/fail"
	"traybell/hub/listening"
	"traybell/hub/pbx"
	"traybell/hub/queues/screens"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

var agents = staff.New([]staff.Agent{
	{Login: "anna", Name: "Anna", Extensions: []string{"101"}, Teams: []string{"support"}},
	{Login: "boris", Name: "Boris", Extensions: []string{"102"}, Teams: []string{"sales"}},
	{Login: "clara", Name: "Clara", Extensions: []string{"103"}, Teams: []string{"support"}},
	{Login: "dmitri", Name: "Dmitri", Extensions: []string{"104"}},
})

// office has a call of Anna's and one of Boris's.
type office struct {
	*Commands
	changes []audit.Entry
	sent    []protocol.ListenedCall
	notice  bool
}

func (o *office) Add(e audit.Entry) { o.changes = append(o.changes, e) }

func (*office) Live(context.Context) ([]desk.LiveCall, error) {
	talk := func(id, extension, login, number string) desk.LiveCall {
		return desk.LiveCall{PBX: "main", Agents: []string{login}, Call: protocol.Call{
			ID: "main:" + id, Direction: protocol.Incoming, State: protocol.Answered, Number: number,
			Legs: []protocol.Leg{{Extension: extension, Agent: login, State: protocol.Answered}},
		}}
	}
	return []desk.LiveCall{
		talk("1", "101", "anna", "84951234567"), talk("2", "102", "boris", "84957654321"),
		talk("tbl-own", "103", "clara", ""),
	}, nil
}

// states are duty's, and no queues.
type states struct {
	admin.DutyService
	admin.QueueService
}

func (states) All() []protocol.AgentNow {
	return []protocol.AgentNow{{Login: "anna", Mode: protocol.ModeIncoming}}
}
func (states) Rules() *duty.Rules      { return &duty.Rules{} }
func (states) Queues() []screens.Queue { return nil }

// none are no PBXs.
type none struct{}

func (none) PBX(string) (*pbx.PBX, bool) { return nil, false }

func open() *office {
	o := &office{}
	people := func() *staff.Staff { return agents }
	audited := admin.Audited{Audit: o, Now: time.Now}
	o.Commands = &Commands{
		Audited: audited, Calls: &admin.Calls{Live: o}, Queues: &admin.Queues{Service: states{}, Staff: people},
		Duty: &admin.Duty{Service: states{}, Staff: people}, Staff: people,
		Phones: func(string) []string { return nil }, Notice: func() bool { return o.notice },
		Listening: listening.New(listening.Options{
			PBXs: none{}, Go: func(f func()) { f() }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		}),
		Colleagues: func(context.Context) (list []protocol.Colleague, _ error) {
			for _, a := range agents.Agents() {
				list = append(list, protocol.Colleague{
					Login: a.Login, State: protocol.AgentTalking, Since: time.Now().Add(-time.Minute),
				})
			}
			return list, nil
		},
		Send: func(_ []string, m protocol.Message) {
			var l protocol.ListenedCall
			if m.Decode(&l) == nil {
				o.sent = append(o.sent, l)
			}
		},
	}
	return o
}

func supervisor(login string, roles ...access.Role) access.Principal {
	return access.Principal{Kind: access.Agent, Name: login, Roles: roles}
}

func boss(name string, kind access.Kind) access.Principal {
	return access.Principal{Kind: kind, Name: name, Roles: []access.Role{access.Supervise}}
}

func TestSupervisorSeesTheOwnTeams(t *testing.T) {
	for name, c := range map[string]struct {
		who    access.Principal
		agents string
		calls  int
	}{
		"an agent with a team":     {supervisor("clara", access.Supervise), "anna clara", 1},
		"an agent without a team":  {supervisor("dmitri", access.Supervise), "", 0},
		"an agent who was removed": {supervisor("olga", access.Supervise), "", 0},
		"an agent with all rights": {supervisor("clara", access.Admin), "anna boris clara dmitri", 2},
		"an administrator":         {boss("clara", access.Administrator), "anna boris clara dmitri", 2},
		"a program":                {boss("wall", access.Token), "anna boris clara dmitri", 2},
	} {
		b, err := open().Board(t.Context(), c.who)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var logins []string
		for _, a := range b.Agents {
			logins = append(logins, a.Agent)
			if a.Seconds < 60 {
				t.Errorf("%s: %s is in the state for %d seconds", name, a.Agent, a.Seconds)
			}
		}
		if got := strings.Join(logins, " "); got != c.agents || len(b.Calls) != c.calls {
			t.Errorf("%s sees %s and %d calls", name, got, len(b.Calls))
		}
		if c.agents == "" {
			continue
		}
		if anna := b.Agents[0]; len(anna.Calls) != 1 || anna.Calls[0].With != "84951234567" ||
			anna.Mode != protocol.ModeIncoming {
			t.Errorf("%s: %+v", name, anna)
		}
	}
	for _, who := range []access.Principal{
		supervisor("clara"), supervisor("clara", access.View, access.Notes),
		{Kind: access.Page, Name: "clara", Call: "main:1"},
	} {
		if _, err := open().Board(t.Context(), who); err == nil || fail.Of(err).Code != fail.Forbidden {
			t.Errorf("%+v: %v", who, err)
		}
	}
}

func TestListeningIsRefusedAndWrittenDown(t *testing.T) {
	clara := supervisor("clara", access.Supervise)
	boss := boss("boss", access.Administrator)
	for name, c := range map[string]struct {
		who  access.Principal
		in   Listen
		want string
	}{
		"an agent without the role": {supervisor("clara"), Listen{Agent: "anna"}, "This needs the role supervise."},
		"an agent of another team":  {clara, Listen{Agent: "boris"}, "This agent is in none of your teams."},
		"nobody's phone": {
			boss,
			Listen{Agent: "anna", Phone: "+79161234567"},
			"Choose the phone of an agent",
		},
		"no phone":                    {boss, Listen{Agent: "anna"}, "Choose the phone of an agent"},
		"another agent's phone":       {clara, Listen{Agent: "anna", Phone: "102"}, "Choose the phone of an agent"},
		"an agent who does not exist": {boss, Listen{Agent: "olga"}, "There is no agent"},
		"an agent who does not talk":  {boss, Listen{Agent: "dmitri", Phone: "103"}, "does not talk"},
		"another call":                {boss, Listen{Agent: "anna", Phone: "103", Call: "main:2"}, "does not talk"},
	} {
		o := open()
		c.in.Mode = listening.Barge
		if _, err := o.Begin(t.Context(), c.who, c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(o.changes) != 1 || o.changes[0].Action != "call.barge" || o.changes[0].Object != c.in.Agent ||
			!strings.Contains(o.changes[0].Error, c.want) {
			t.Errorf("%s: the audit has %+v", name, o.changes)
		}
	}
}

func TestEndOfListeningIsWrittenDownAndTold(t *testing.T) {
	began := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	l := listening.Listening{
		Began: began, Ended: began.Add(90 * time.Second), Request: listening.Request{
			Call: "main:1", Phone: "103", Mode: listening.Whisper,
			For: request{supervisor("clara", access.Supervise), "anna", []string{"anna"}},
		},
	}
	o := open()
	o.Began(l)
	o.Ended(l)
	if len(o.changes) != 1 || o.changes[0].Action != "call.whisper.ended" || o.changes[0].Who != "clara" ||
		o.changes[0].Object != "anna" || o.changes[0].Detail !=
		"call main:1, phone 103, from 2026-11-29T12:00:00Z to 2026-11-29T12:01:30Z" {
		t.Errorf("%+v", o.changes)
	}
	if len(o.sent) > 0 {
		t.Errorf("without supervision.notice the agent gets %+v", o.sent)
	}
	o.notice = true
	o.Began(l)
	o.Ended(l)
	want := protocol.ListenedCall{Call: "main:1", By: "Clara", Mode: "whisper"}
	over := want
	over.Over = true
	if !slices.Equal(o.sent, []protocol.ListenedCall{want, over}) {
		t.Errorf("%+v", o.sent)
	}
	l.Began = time.Time{}
	o.Ended(l)
	if last := o.changes[len(o.changes)-1]; !strings.Contains(last.Detail, "the phone was not answered") {
		t.Errorf("%+v", last)
	}
}

func TestAnActionIsWrittenDownOnlyIfItExists(t *testing.T) {
	o := open()
	in := Listen{Agent: "anna", Phone: "103", Mode: "listen.ended"}
	if _, err := o.Begin(t.Context(), boss("boss", access.Administrator), in); err == nil {
		t.Error("an unknown mode is accepted")
	}
	if len(o.changes) != 1 || o.changes[0].Action != "call.listen" || o.changes[0].Error == "" {
		t.Errorf("%+v", o.changes)
	}
}

// At a shared extension a supervisor hears any of its agents, unless it is known who took the call.
func TestSharedExtensionNeedsTheTeamsOfAll(t *testing.T) {
	shared := staff.New([]staff.Agent{
		{Login: "anna", Name: "Anna", Extensions: []string{"200"}, Teams: []string{"support"}},
		{Login: "boris", Name: "Boris", Extensions: []string{"200"}, Teams: []string{"sales"}},
		{Login: "clara", Name: "Clara", Extensions: []string{"103"}, Teams: []string{"support"}},
		{Login: "both", Name: "Both", Extensions: []string{"104"}, Teams: []string{"support", "sales"}},
	})
	anna, _ := shared.Agent("anna")
	boris, _ := shared.Agent("boris")
	o := open()
	o.Staff = func() *staff.Staff { return shared }
	for name, c := range map[string]struct {
		took, who   string
		anna, boris int
		heard       int
	}{
		"unknown agent, one team":    {"", "clara", 0, 0, 0},
		"unknown agent, both teams":  {"", "both", 1, 1, 2},
		"anna took it, her team":     {"anna", "clara", 1, 0, 1},
		"boris took it, anna's team": {"boris", "clara", 0, 0, 0},
		"boris took it, both teams":  {"boris", "both", 0, 1, 1},
	} {
		live := []admin.LiveCall{{ID: "main:1", Legs: []protocol.Leg{
			{Extension: "200", Login: c.took, State: protocol.Answered},
		}}}
		sees := o.sees(supervisor(c.who, access.Supervise))
		a, b := o.parts(anna, live, sees), []BoardPart(nil)
		if sees(boris) {
			b = o.parts(boris, live, sees)
		}
		if len(a) != c.anna || len(b) != c.boris {
			t.Errorf("%s: %d parts of Anna, %d of Boris", name, len(a), len(b))
		}
		for _, part := range append(a, b...) {
			if len(part.of) != c.heard {
				t.Errorf("%s: %d agents may be heard", name, len(part.of))
			}
		}
	}
	var told []string
	o.notice, o.Send = true, func(logins []string, _ protocol.Message) { told = logins }
	l := listening.Listening{Began: time.Now(), Request: listening.Request{
		Mode: listening.Listen, For: request{supervisor("both"), "anna", []string{"anna", "boris"}},
	}}
	o.Began(l)
	o.Ended(l)
	if !slices.Equal(told, []string{"anna", "boris"}) || len(o.changes) != 2 || o.changes[1].Object != "boris" {
		t.Errorf("told %v, written down: %+v", told, o.changes)
	}
}
