package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// queueRights are those of a manager user who may change queues.
var queueRights = amitest.User{
	Secret: amitest.Secret, Read: []string{"system", "call", "agent"}, Write: []string{"system", "agent"},
}

const (
	annaLocal  = "Local/101@from-queue/n"
	borisLocal = "Local/102@from-queue/n"
)

// queued is a story whose hub has the queue 500 for Anna and Boris.
func queued(t *testing.T, user amitest.User, yaml string, static ...string) *story {
	t.Helper()
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: user}})
	s.pbx.Queues.Add("500", static...)
	s.yaml = strings.ReplaceAll(s.yaml, "rights: [ticket]", "rights: [ticket, category]") + yaml
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log)
		}
	})
	s.start()
	s.working()
	return s
}

const queueYAML = `queues: [{name: "500", title: Support, teams: [support]}]` + "\n"

// queue waits for a queue event that satisfies want.
func (x *testTerminal) queue(what string, want func(protocol.Queue) bool) protocol.Queue {
	x.t.Helper()
	var q protocol.Queue
	for late := time.Now().Add(patience); time.Now().Before(late); {
		q = protocol.Queue{}
		if err := x.await(protocol.QueueEvent).Decode(&q); err != nil {
			x.t.Fatal(err)
		}
		if want(q) {
			return q
		}
	}
	x.t.Fatalf("not seen: %s; last %+v", what, q)
	return q
}

// acts sends an action of queues and returns its problem.
func (x *testTerminal) acts(name string, in protocol.SetQueue) protocol.Problem {
	x.t.Helper()
	id := x.do(name, in)
	for {
		m := x.next(protocol.Accepted, name)
		if m.Re != id {
			continue
		}
		var f protocol.Failure
		if m.Type == protocol.Error {
			if err := m.Decode(&f); err != nil {
				x.t.Fatal(err)
			}
			x.t.Logf("%s: %s", name, f.Text)
		}
		return f.Problem
	}
}

// members waits until the members of the queue 500 are these.
func (s *story) members(want ...string) {
	s.t.Helper()
	var got []string
	for late := time.Now().Add(patience); time.Now().Before(late); {
		if got = s.pbx.Queues.Members("500"); slices.Equal(got, want) {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	s.t.Fatalf("members %q, want %q\n%s", got, want, s.log)
}

func in(state protocol.QueueState) func(protocol.Queue) bool {
	return func(q protocol.Queue) bool { return q.Mine == state }
}

// The keys of the agent's phones show that the agent has logged in, as after FreePBX's *45.
func TestLampsOfFreePBX(t *testing.T) {
	user := queueRights
	user.Write = append(slices.Clone(user.Write), "call")
	s := queued(t, user, queueYAML)
	s.pbx.Set("AMPUSER/101", "device", "101&99101")
	anna := s.signIn("101")
	anna.queue("the queue", func(q protocol.Queue) bool { return len(q.Can) > 0 })
	for _, step := range []struct{ action, state string }{
		{protocol.QueueJoin, "INUSE"}, {protocol.QueueLeave, "NOT_INUSE"},
	} {
		if problem := anna.acts(step.action, protocol.SetQueue{PBX: "main", Name: "500"}); problem != "" {
			t.Fatalf("%s: %q", step.action, problem)
		}
		for _, device := range []string{"101", "99101"} {
			if !slices.ContainsFunc(s.pbx.Received(), func(a amitest.Action) bool {
				return a.Message.Get("Variable") == "DEVICE_STATE(Custom:QUEUE"+device+"*500)" &&
					a.Message.Get("Value") == step.state
			}) {
				t.Errorf("%s: the lamp of %s is not %s", step.action, device, step.state)
			}
		}
	}
}

func TestAgentsJoinPauseAndLeaveAQueue(t *testing.T) {
	for name, user := range map[string]amitest.User{
		"with events of queues": queueRights,
		"without": {Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{
			"system",
			"agent",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := queued(t, user, queueYAML)
			anna, boris := s.signIn("101"), s.signIn("102")
			first := anna.queue("the queue", func(q protocol.Queue) bool { return len(q.Can) > 0 })
			if first.Title != "Support" || first.Mine != protocol.QueueOut || first.Down || first.Waiting != 0 ||
				!slices.Equal(first.Can, []protocol.QueueControl{protocol.QueueJoins}) {
				t.Errorf("at first: %+v", first)
			}
			for _, step := range []struct {
				action, reason string
				problem        protocol.Problem
				members        []string
			}{
				{protocol.QueuePause, "", protocol.QueueNotIn, nil},
				{protocol.QueueResume, "", protocol.QueueNotIn, nil},
				{protocol.QueueJoin, "", "", []string{annaLocal}},
				{protocol.QueueJoin, "", "", []string{annaLocal}}, // a second press
				{protocol.QueuePause, "Обед", "", []string{annaLocal + " paused Обед"}},
				{protocol.QueuePause, "meeting", "", []string{annaLocal + " paused meeting"}},
				{protocol.QueueResume, "", "", []string{annaLocal}},
				{protocol.QueueLeave, "", "", nil},
				{protocol.QueueLeave, "", "", nil},
				{protocol.QueueJoin, "", "", []string{annaLocal}},
			} {
				in := protocol.SetQueue{PBX: "main", Name: "500", Reason: step.reason}
				if problem := anna.acts(step.action, in); problem != step.problem {
					t.Fatalf("%s: %q, want %q\n%s", step.action, problem, step.problem, s.log)
				}
				s.members(step.members...)
			}
			seen := boris.queue("Anna is in", func(q protocol.Queue) bool { return q.Agents == 1 && q.Free == 1 })
			want := []protocol.QueueMember{{Name: "Anna Petrova", Login: "anna", State: "free"}}
			if diff := cmp.Diff(want, seen.Members); diff != "" || seen.Mine != protocol.QueueOut {
				t.Errorf("Boris sees %+v", seen)
			}
			if problem := boris.acts(protocol.QueueJoin, protocol.SetQueue{Name: "600"}); problem !=
				protocol.QueueNotYours {
				t.Errorf("another queue: %q", problem)
			}
			if problem := boris.acts(protocol.QueueJoin, protocol.SetQueue{}); problem != "" {
				t.Errorf("all queues: %q", problem)
			}
			s.members(annaLocal, borisLocal)

			call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
			call.Join("500")
			anna.queue("a caller waits", func(q protocol.Queue) bool { return q.Waiting == 1 })
			call.GiveUp()
			anna.queue("the caller is gone", func(q protocol.Queue) bool { return q.Waiting == 0 })
		})
	}
}

// The PBX's configuration has Anna as a member: she cannot be removed.
func TestStaticMembersArePaused(t *testing.T) {
	s := queued(t, queueRights, queueYAML, "PJSIP/101")
	anna := s.signIn("101")
	anna.queue("Anna is in", in(protocol.QueueIn))
	if problem := anna.acts(protocol.QueueLeave, protocol.SetQueue{Name: "500"}); problem != "" {
		t.Fatalf("leave: %q", problem)
	}
	s.members("PJSIP/101 paused offline")
	anna.queue("Anna is out", in(protocol.QueueOut))
	if err := s.pbx.Restart(); err != nil { // the PBX has forgotten the pause
		t.Fatal(err)
	}
	s.members("PJSIP/101 paused offline")
	if problem := s.signIn("101").acts(protocol.QueueJoin, protocol.SetQueue{Name: "500"}); problem != "" {
		t.Fatalf("join: %q", problem)
	}
	s.members("PJSIP/101")
}

func TestChangesOnThePBX(t *testing.T) {
	for name, test := range map[string]struct {
		changes string
		paused  []string // after somebody paused Anna on the PBX
		away    []string // after somebody removed her while the hub was away
		joined  []string // after somebody added her
	}{
		"taken over": {"adopt", []string{annaLocal + " paused training"}, nil, []string{annaLocal}},
		"put right":  {"undo", []string{annaLocal}, []string{annaLocal}, []string{annaLocal}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// the member of the configuration shows that the PBX was not restarted
			s := queued(
				t,
				queueRights,
				strings.Replace(queueYAML, "}]", ", changes: "+test.changes+"}]", 1),
				"PJSIP/900",
			)
			also := func(list []string) []string { return append([]string{"PJSIP/900"}, list...) }
			anna := s.signIn("101")
			if problem := anna.acts(protocol.QueueJoin, protocol.SetQueue{Name: "500"}); problem != "" {
				t.Fatalf("join: %q", problem)
			}
			s.logs("place in a queue")
			<-time.After(300 * time.Millisecond) // the hub has seen that the PBX agrees
			s.pbx.Queues.Pause("500", annaLocal, true, "training")
			s.logs(map[string]string{"adopt": "taken over from the PBX", "undo": "is put right"}[test.changes])
			s.members(also(test.paused)...)

			if err := s.hub.Stop(); err != nil {
				t.Fatal(err)
			}
			s.pbx.Queues.Leave("500", annaLocal)
			s.start()
			s.working()
			s.members(also(test.away)...)
			if len(test.away) > 0 {
				return
			}
			anna = s.signIn("101")
			anna.queue("Anna is out", in(protocol.QueueOut))
			s.pbx.Queues.Join("500", annaLocal, "hint:101@ext-local")
			anna.queue("Anna is in", in(protocol.QueueIn))
			s.members(also(test.joined)...)
		})
	}
}

// Neither a connection that was cut nor a restart of the PBX leaves a ghost or loses a pause.
func TestQueuesAfterAReconnect(t *testing.T) {
	s := queued(t, queueRights, queueYAML, "PJSIP/102")
	anna, boris := s.signIn("101"), s.signIn("102")
	boris.queue("Boris is in", in(protocol.QueueIn))
	anna.queue("a connection", in(protocol.QueueOut))
	for x, step := range map[*testTerminal]string{anna: protocol.QueueJoin, boris: protocol.QueuePause} {
		if problem := x.acts(step, protocol.SetQueue{Name: "500", Reason: "lunch"}); problem != "" {
			t.Fatalf("%s: %q", step, problem)
		}
	}
	s.members("PJSIP/102 paused lunch", annaLocal)
	if problem := anna.acts(protocol.QueueLeave, protocol.SetQueue{Name: "500"}); problem != "" {
		t.Fatal(problem)
	}
	<-time.After(300 * time.Millisecond)
	if err := s.pbx.Stop(); err != nil {
		t.Fatal(err)
	}
	anna.queue("no connection", func(q protocol.Queue) bool { return q.Down })
	if problem := anna.acts(protocol.QueueJoin, protocol.SetQueue{Name: "500"}); problem != protocol.ControlPBXDown {
		t.Errorf("join without a connection: %q", problem)
	}
	s.pbx.Queues.Join("500", annaLocal, "hint:101@ext-local") // kept by the PBX from an earlier day
	if err := s.pbx.Restart(); err != nil {
		t.Fatal(err)
	}
	s.members("PJSIP/102 paused lunch")
}

func TestWithoutQueuesTheHubReadsNoMore(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	c := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	c.Join("500")
	c.Ring("101")
	anna.sees("the ring", func(protocol.Call) bool { return true })
	for _, a := range s.pbx.Received() {
		if strings.HasPrefix(a.Message.Get("Action"), "Queue") {
			t.Errorf("the hub asks for %s", a.Message.Get("Action"))
		}
	}
	// a reload brings the queue, and the events
	s.reloaded(func() { s.replaced("directories:", queueYAML+"directories:") })
	anna.queue("the queue, with the caller who waits", func(q protocol.Queue) bool { return q.Waiting == 1 })
	if problem := anna.acts(protocol.QueueJoin, protocol.SetQueue{}); problem != protocol.ControlPBXRight {
		t.Errorf("without the right: %q", problem)
	}
	s.reloaded(func() { s.replaced(queueYAML, "") })
	anna.queue("the queue is gone", func(q protocol.Queue) bool { return q.Gone })
}

func TestQueueAlarms(t *testing.T) {
	s := queued(t, queueRights, `queues: [{name: "500", title: Support, teams: [support], alarm: {waiting: 1, `+
		`longest: 2s, categories: [red], agents: [anna]}}]`+"\n")
	anna, boris := s.signIn("101"), s.signIn("102")
	boris.do(protocol.CategorySet, protocol.SetCategory{Number: "84957654321", Color: protocol.Red})
	boris.await(protocol.Accepted)
	var calls []*amitest.Call
	for _, number := range []string{"84951234567", "84957654321"} {
		c := s.pbx.Incoming(amitest.Incoming{Number: number, DID: "84950000001"})
		c.Join("500")
		calls = append(calls, c)
	}
	alarms := map[protocol.QueueAlarmKind]protocol.QueueAlarm{}
	for len(alarms) < 3 {
		var a protocol.QueueAlarm
		if err := anna.await(protocol.QueueAlarmed).Decode(&a); err != nil {
			t.Fatal(err)
		}
		alarms[a.Kind] = a
	}
	if a := alarms[protocol.AlarmWaiting]; a.Waiting != 2 || a.Limit != 1 || a.Title != "Support" {
		t.Errorf("too many: %+v", a)
	}
	if a := alarms[protocol.AlarmLongest]; a.Limit != 2 {
		t.Errorf("too long: %+v", a)
	}
	if a := alarms[protocol.AlarmCategory]; a.Category.Color != protocol.Red || a.Caller != "8 (495) 765-43-21" {
		t.Errorf("category: %+v", a)
	}
	anna.do(protocol.QueueAcknowledge, protocol.AcknowledgeAlarm{ID: alarms[protocol.AlarmWaiting].ID})
	if calm := anna.calm(); calm.ID != alarms[protocol.AlarmWaiting].ID || calm.By != "Anna Petrova" {
		t.Errorf("acknowledged: %+v", calm)
	}
	again := s.signIn("101") // the desktop that comes back gets the two that remain
	for range 2 {
		var a protocol.QueueAlarm
		if err := again.await(protocol.QueueAlarmed).Decode(&a); err != nil || a.Kind == protocol.AlarmWaiting {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if err := s.pbx.Stop(); err != nil {
		t.Fatal(err)
	}
	again.queue("no connection", func(q protocol.Queue) bool { return q.Down })
	pause(t.Context(), 1200*time.Millisecond) // alarms are looked at every second
	if err := s.pbx.Start(); err != nil {
		t.Fatal(err)
	}
	again.queue("a connection", func(q protocol.Queue) bool { return !q.Down && q.Waiting == 2 })
	for _, c := range calls {
		c.GiveUp()
	}
	over := map[string]bool{again.calm().ID: true}
	over[again.calm().ID] = true
	if !over[alarms[protocol.AlarmLongest].ID] || !over[alarms[protocol.AlarmCategory].ID] {
		t.Errorf("over: %v", over)
	}
	if n := strings.Count(s.log.String(), `msg="queue alarm"`); n != 3 {
		t.Errorf("%d alarms were raised, of them some by the cut", n)
	}
}

func (x *testTerminal) calm() (c protocol.QueueCalm) {
	x.t.Helper()
	if err := x.await(protocol.QueueCalmed).Decode(&c); err != nil {
		x.t.Fatal(err)
	}
	return c
}

// The state of an agent says where the agent is in the queues, but for what was chosen for one queue.
func TestAgentStatesDriveTheQueues(t *testing.T) {
	s := queued(t, queueRights, queueYAML+"states: {enabled: true, pauses: [{code: lunch, name: Lunch}]}\n")
	anna := s.signIn("101") // begins the work
	s.members(annaLocal)
	set := func(in protocol.SetAgent) {
		t.Helper()
		id := anna.do(protocol.AgentSet, in)
		for m := anna.next(protocol.Accepted, protocol.AgentSet); m.Re != id || m.Type == protocol.Error; {
			t.Fatalf("%s %s", m.Name, m.Data)
		}
	}
	set(protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
	s.members(annaLocal + " paused lunch")
	set(protocol.SetAgent{State: protocol.AgentWaiting})
	s.members(annaLocal)
	set(protocol.SetAgent{Mode: protocol.ModeOutgoing})
	s.members(annaLocal + " paused outgoing")
	set(protocol.SetAgent{Mode: protocol.ModeIncoming})
	s.members(annaLocal)
	for _, do := range []string{protocol.QueuePause, protocol.QueueResume} { // then the state drives it again
		if problem := anna.acts(do, protocol.SetQueue{Name: "500"}); problem != "" {
			t.Fatal(problem)
		}
	}
	set(protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
	s.members(annaLocal + " paused lunch")
	set(protocol.SetAgent{State: protocol.AgentWaiting})
	s.members(annaLocal)
	if problem := anna.acts(protocol.QueueLeave, protocol.SetQueue{Name: "500"}); problem != "" {
		t.Fatal(problem)
	}
	s.members()
	set(protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
	set(protocol.SetAgent{State: protocol.AgentWaiting})
	if problem := anna.acts(protocol.QueuePause, protocol.SetQueue{}); problem != protocol.QueueNotIn {
		t.Errorf("the queue that Anna has left: %q", problem)
	}
	s.members()
	set(protocol.SetAgent{State: protocol.AgentOff})
	set(protocol.SetAgent{Mode: protocol.ModeIncoming})
	s.members(annaLocal)

	// After a restart a pause still holds for a queue that is joined again.
	set(protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
	s.members(annaLocal + " paused lunch")
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna = s.signIn("101")
	for _, do := range []string{protocol.QueueLeave, protocol.QueueJoin} {
		if problem := anna.acts(do, protocol.SetQueue{Name: "500"}); problem != "" {
			t.Fatal(problem)
		}
	}
	s.members(annaLocal + " paused lunch")
}
