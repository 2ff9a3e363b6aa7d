package agentstate_test

import (
	"testing"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/fail"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var (
	nine  = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	rules = agentstate.Rules{
		Modes: protocol.Modes(),
		Pauses: []agentstate.Pause{
			{Code: "lunch", Limit: 45 * time.Minute, Warn: 5 * time.Minute}, {Code: "meeting"},
		},
		Projects: []string{"1200", "1300"}, Kinds: []string{"mail"},
	}
)

func at(minutes float64) time.Time { return nine.Add(time.Duration(minutes * float64(time.Minute))) }

// day is an agent's day, and what it has left behind.
type day struct {
	t *testing.T
	agentstate.Status
	spans []agentstate.Span
	done  []agentstate.Done
}

func (d *day) took(s agentstate.Step) *day {
	d.Status = s.Status
	d.spans = append(d.spans, s.Spans...)
	if s.Done != nil {
		d.done = append(d.done, *s.Done)
	}
	return d
}

func (d *day) set(minutes float64, want protocol.SetAgent) *day {
	d.t.Helper()
	s, err := d.Set(at(minutes), want, rules, agentstate.ByAgent)
	if err != nil {
		d.t.Fatalf("minute %v, %+v: %v", minutes, want, err)
	}
	return d.took(s)
}

func (d *day) call(minutes float64, phone protocol.AgentState, wrap time.Duration) *day {
	return d.took(d.Call(at(minutes), phone, "main", wrap))
}

func (d *day) tick(minutes float64) *day {
	for {
		due := d.Due(rules)
		if due.IsZero() || at(minutes).Before(due) {
			return d
		}
		d.took(d.Tick(at(minutes), rules))
	}
}

func (d *day) is(want protocol.AgentState) *day {
	d.t.Helper()
	if d.State() != want {
		d.t.Errorf("at %s the agent is %s, not %s", d.Since.Format(time.TimeOnly), d.State(), want)
	}
	return d
}

// adds checks that the spans follow each other, and have the whole of each shift.
func (d *day) adds() {
	d.t.Helper()
	for i, s := range d.spans {
		if !s.Ended.After(s.Began) {
			d.t.Errorf("span %d is empty: %+v", i, s)
		}
		if i > 0 && s.Shift.Equal(d.spans[i-1].Shift) && !s.Began.Equal(d.spans[i-1].Ended) {
			d.t.Errorf("a gap before span %d: %+v", i, s)
		}
	}
}

var (
	waiting  = protocol.SetAgent{State: protocol.AgentWaiting}
	lunch    = protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"}
	meeting  = protocol.SetAgent{State: protocol.AgentPause, Reason: "meeting"}
	incoming = protocol.SetAgent{Mode: protocol.ModeIncoming}
	outgoing = protocol.SetAgent{Mode: protocol.ModeOutgoing}
	offline  = protocol.SetAgent{Mode: protocol.ModeOffline}
	off      = protocol.SetAgent{State: protocol.AgentOff}
)

func TestDayOfAnAgent(t *testing.T) {
	d := &day{t: t}
	d.set(0, incoming).is(protocol.AgentWaiting)
	d.call(10, protocol.AgentRinging, 0).is(protocol.AgentRinging)
	d.call(10.5, protocol.AgentTalking, 0).is(protocol.AgentTalking)
	d.call(12, protocol.AgentHold, 0).is(protocol.AgentHold)
	d.call(13, protocol.AgentTalking, 0).is(protocol.AgentTalking)
	d.call(15, "", 30*time.Second).is(protocol.AgentWrapUp)
	d.tick(15.4).is(protocol.AgentWrapUp).tick(16).is(protocol.AgentWaiting)
	if !d.Since.Equal(at(15.5)) {
		t.Errorf("the wrap-up ended at %s", d.Since)
	}
	d.set(60, lunch).is(protocol.AgentPause).set(80, waiting).is(protocol.AgentWaiting)
	d.set(90, outgoing).is(protocol.AgentPause)
	d.call(91, protocol.AgentCalling, 0).is(protocol.AgentCalling).call(92, protocol.AgentTalking, 0)
	d.call(95, "", time.Minute).is(protocol.AgentWrapUp).tick(97).is(protocol.AgentPause)
	d.set(100, offline).is(protocol.AgentIdle)
	s, err := d.BeginTask(at(101), protocol.BeginTask{Project: "1200", Kind: "mail"}, rules)
	if err != nil {
		t.Fatal(err)
	}
	d.took(s).is(protocol.AgentTask)
	d.call(105, protocol.AgentRinging, 0).is(protocol.AgentRinging).call(105.2, protocol.AgentTalking, 0)
	d.call(106, "", time.Minute).is(protocol.AgentTask) // no wrap-up without the mode for calls
	if s, err = d.EndTask(at(120), "answered 12 letters"); err != nil {
		t.Fatal(err)
	}
	d.took(s).is(protocol.AgentIdle).set(121, off).is(protocol.AgentOff)
	d.adds()
	var total time.Duration
	states := map[protocol.AgentState]time.Duration{}
	for _, s := range d.spans {
		total += s.Ended.Sub(s.Began)
		states[s.State] += s.Ended.Sub(s.Began)
	}
	if total != 121*time.Minute {
		t.Errorf("the states add up to %s", total)
	}
	want := map[protocol.AgentState]time.Duration{
		"waiting": 64*time.Minute + 30*time.Second, "ringing": 42 * time.Second,
		"talking": 3*time.Minute + 30*time.Second +
			3*time.Minute + 48*time.Second, "hold": time.Minute, "wrap_up": 90 * time.Second, "calling": time.Minute,
		"pause": 25 * time.Minute, "idle": 2 * time.Minute, "task": 18 * time.Minute,
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if len(d.done) != 1 || d.done[0].Note != "answered 12 letters" || !d.done[0].Began.Equal(at(101)) ||
		!d.done[0].Ended.Equal(at(120)) {
		t.Errorf("tasks: %+v", d.done)
	}
}

// Every change that is not named here is refused.
func TestPermittedChanges(t *testing.T) {
	begun := func(wants ...protocol.SetAgent) agentstate.Status {
		d := &day{t: t}
		for i, want := range wants {
			d.set(float64(i), want)
		}
		return d.Status
	}
	phone := func(s agentstate.Status, p protocol.AgentState) agentstate.Status {
		return s.Call(at(30), p, "main", 0).Status
	}
	wrap := func(s agentstate.Status) agentstate.Status {
		return phone(s, protocol.AgentTalking).Call(at(31), "", "", time.Hour).Status
	}
	task, err := begun(offline).BeginTask(at(5), protocol.BeginTask{Project: "1200", Kind: "mail"}, rules)
	if err != nil {
		t.Fatal(err)
	}
	pause := []protocol.AgentState{protocol.AgentPause}
	calls := []protocol.AgentState{protocol.AgentWaiting, protocol.AgentPause}
	for name, of := range map[string]struct {
		agentstate.Status
		states []protocol.AgentState
		modes  []protocol.Mode
	}{
		"off":     {agentstate.Status{}, calls, protocol.Modes()},
		"waiting": {begun(incoming), []protocol.AgentState{"pause", "off"}, []protocol.Mode{"outgoing", "offline"}},
		"pause": {
			begun(incoming, lunch),
			[]protocol.AgentState{"waiting", "pause", "off"},
			[]protocol.Mode{"outgoing", "offline"},
		},
		"ringing": {phone(begun(incoming), "ringing"), calls, nil},
		"calling": {phone(begun(incoming, meeting), "calling"), calls, nil},
		"talking": {phone(begun(incoming), "talking"), calls, nil},
		"hold":    {phone(begun(incoming), "hold"), calls, nil},
		"wrap-up": {wrap(begun(incoming)), calls, nil},
		"outgoing": {begun(outgoing), []protocol.AgentState{"pause", "off"}, []protocol.Mode{
			"incoming",
			"offline",
		}},
		"outgoing, talking": {phone(begun(outgoing), "talking"), pause, nil},
		"outgoing, wrap-up": {wrap(begun(outgoing)), pause, nil},
		"idle":              {begun(offline), []protocol.AgentState{"off"}, []protocol.Mode{"incoming", "outgoing"}},
		"idle, talking":     {phone(begun(offline), "talking"), nil, nil},
		"task":              {task.Status, nil, nil},
	} {
		if diff := cmp.Diff(of.states, of.States(rules)); diff != "" {
			t.Errorf("%s, states: %s", name, diff)
		}
		if diff := cmp.Diff(of.modes, of.Modes(rules)); diff != "" {
			t.Errorf("%s, modes: %s", name, diff)
		}
		for _, want := range protocol.AgentStates() {
			s, err := of.Set(at(60), protocol.SetAgent{State: want, Reason: reasonFor(want)}, rules, agentstate.ByAgent)
			permitted := contains(of.states, want) || want == of.Base && want != protocol.AgentTask ||
				want == protocol.AgentOff && of.Off()
			if permitted != (err == nil) {
				t.Errorf("%s to %s: %v", name, want, err)
			}
			if err != nil && fail.Of(err).Problem != protocol.DutyNotNow {
				t.Errorf("%s to %s: %v", name, want, err)
			}
			if err == nil && !s.Off() && s.Base != want {
				t.Errorf("%s to %s: %s", name, want, s.Base)
			}
		}
		for _, mode := range protocol.Modes() {
			s, err := of.Set(at(60), protocol.SetAgent{Mode: mode}, rules, agentstate.ByAgent)
			if permitted := contains(of.modes, mode) || mode == of.Mode; permitted != (err == nil) {
				t.Errorf("%s to the mode %s: %v", name, mode, err)
			}
			if err == nil && s.Mode != mode {
				t.Errorf("%s to the mode %s: %s", name, mode, s.Mode)
			}
		}
	}
}

func reasonFor(s protocol.AgentState) string {
	if s == protocol.AgentPause {
		return "lunch"
	}
	return ""
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func TestRefusedChanges(t *testing.T) {
	waits := (&day{t: t}).set(0, incoming).Status
	small := agentstate.Rules{Modes: []protocol.Mode{protocol.ModeIncoming}}
	for name, of := range map[string]struct {
		rules agentstate.Rules
		want  protocol.SetAgent
		why   protocol.Problem
	}{
		"a pause without a reason":     {rules, protocol.SetAgent{State: "pause"}, protocol.DutyPause},
		"a reason that hub.yml lacks":  {rules, protocol.SetAgent{State: "pause", Reason: "golf"}, protocol.DutyPause},
		"a mode that is not used":      {small, outgoing, protocol.DutyMode},
		"a reason where there is none": {small, protocol.SetAgent{State: "pause", Reason: "x"}, protocol.DutyPause},
		"waiting in another mode": {
			rules,
			protocol.SetAgent{Mode: "outgoing", State: "waiting"},
			protocol.DutyNotNow,
		},
	} {
		if _, err := waits.Set(at(1), of.want, of.rules, ""); err == nil || fail.Of(err).Problem != of.why {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := waits.Set(at(1), protocol.SetAgent{State: "pause"}, small, ""); err != nil || s.State() != "pause" {
		t.Errorf("a pause where reasons are not used: %s, %v", s.State(), err)
	}
	idle := (&day{t: t}).set(0, offline).Status
	for name, of := range map[string]struct {
		from agentstate.Status
		in   protocol.BeginTask
		why  protocol.Problem
	}{
		"not offline":        {waits, protocol.BeginTask{Project: "1200", Kind: "mail"}, protocol.DutyNotNow},
		"no such project":    {idle, protocol.BeginTask{Project: "9", Kind: "mail"}, protocol.DutyProject},
		"no project":         {idle, protocol.BeginTask{Kind: "mail"}, protocol.DutyProject},
		"no such kind":       {idle, protocol.BeginTask{Project: "1200", Kind: "x"}, protocol.DutyKind},
		"end without a task": {idle, protocol.BeginTask{}, protocol.DutyNotNow},
	} {
		var err error
		if of.in == (protocol.BeginTask{}) {
			_, err = of.from.EndTask(at(1), "")
		} else {
			_, err = of.from.BeginTask(at(1), of.in, rules)
		}
		if err == nil || fail.Of(err).Problem != of.why {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only the time in the pause counts: a call interrupts it.
func TestPauseLimit(t *testing.T) {
	d := (&day{t: t}).set(0, incoming).set(10, lunch)
	if want := at(55); !d.Ends().Equal(want) {
		t.Errorf("the pause ends at %s, not %s", d.Ends(), want)
	}
	d.call(20, protocol.AgentCalling, 0).call(21, protocol.AgentTalking, 0).call(30, "", time.Minute)
	d.tick(31).is(protocol.AgentPause)
	if want := at(66); !d.Ends().Equal(want) {
		t.Errorf("after a call of 11 minutes the pause ends at %s, not %s", d.Ends(), want)
	}
	if due := d.Due(rules); !due.Equal(at(61)) {
		t.Errorf("the warning is due at %s", due)
	}
	s := d.Tick(at(61), rules)
	if !s.Warn || s.Over || s.State() != protocol.AgentPause || len(s.Spans) > 0 {
		t.Errorf("the warning: %+v", s)
	}
	d.took(s)
	if s = d.Tick(at(62), rules); s.Warn {
		t.Error("warned twice")
	}
	s = d.Tick(at(70), rules) // the hub stood still
	if !s.Over || s.State() != protocol.AgentOff || s.Cause != agentstate.PauseLimit || !s.Since.Equal(at(66)) {
		t.Errorf("the end: %+v", s)
	}
	d.took(s).adds()
	if last := d.spans[len(d.spans)-1]; !last.Ended.Equal(at(66)) || last.Reason != "lunch" {
		t.Errorf("the last span: %+v", last)
	}
	again := d.set(80, waiting)
	if !again.Shift.Equal(at(80)) {
		t.Errorf("the next shift began at %s", again.Shift)
	}
}

func TestSamePauseAgainKeepsItsLimit(t *testing.T) {
	d := (&day{t: t}).set(0, incoming).set(10, lunch).set(40, lunch)
	if !d.Ends().Equal(at(55)) {
		t.Errorf("the pause ends at %s", d.Ends())
	}
	d.set(41, meeting)
	if !d.Ends().IsZero() || !d.Since.Equal(at(41)) {
		t.Errorf("the pause for another reason: since %s until %s", d.Since, d.Ends())
	}
}

func TestWrapUp(t *testing.T) {
	talked := func(base protocol.SetAgent) *day {
		return (&day{t: t}).set(0, incoming).set(1, base).call(5, protocol.AgentTalking, 0).call(10, "", 2*time.Minute)
	}
	t.Run("ends early by the agent", func(t *testing.T) {
		d := talked(waiting).is(protocol.AgentWrapUp).set(10.5, waiting).is(protocol.AgentWaiting)
		if !d.Since.Equal(at(10.5)) {
			t.Errorf("since %s", d.Since)
		}
	})
	t.Run("ends early with a pause", func(*testing.T) {
		talked(waiting).set(10.5, lunch).is(protocol.AgentPause)
	})
	t.Run("returns to the pause before the call", func(*testing.T) {
		talked(lunch).tick(12).is(protocol.AgentPause)
	})
	t.Run("ends early into the pause before the call", func(t *testing.T) {
		d := talked(lunch).set(10.5, lunch).is(protocol.AgentPause)
		if want := at(10.5 + 45 - 4); !d.Ends().Equal(want) { // 4 minutes of it have passed
			t.Errorf("the pause ends at %s, not %s", d.Ends(), want)
		}
	})
	t.Run("goes on after a call that is not answered", func(t *testing.T) {
		d := talked(waiting).call(11, protocol.AgentRinging, 0).call(11.5, "", 0).is(protocol.AgentWrapUp)
		if want := at(12.5); !d.Ends().Equal(want) {
			t.Errorf("it ends at %s, not %s", d.Ends(), want)
		}
	})
	t.Run("waits for the end of a second call", func(t *testing.T) {
		d := (&day{t: t}).set(0, incoming).call(5, protocol.AgentTalking, 0)
		d.call(10, protocol.AgentHold, 2*time.Minute).is(protocol.AgentHold).call(11, "", 0).is(protocol.AgentWrapUp)
		if !d.Ends().Equal(at(13)) {
			t.Errorf("it ends at %s", d.Ends())
		}
	})
	t.Run("a pause pressed in the call follows it", func(t *testing.T) {
		d := (&day{t: t}).set(0, incoming).call(5, protocol.AgentTalking, 0).set(6, lunch).is(protocol.AgentTalking)
		d.call(10, "", time.Minute).is(protocol.AgentWrapUp).tick(11).is(protocol.AgentPause)
		if want := at(56); !d.Ends().Equal(want) {
			t.Errorf("the pause ends at %s, not %s", d.Ends(), want)
		}
		d.adds()
	})
}

func TestSupervisorEndsMore(t *testing.T) {
	wrapping := (&day{t: t}).set(0, incoming).call(5, protocol.AgentTalking, 0).call(10, "", time.Hour).Status
	if _, err := wrapping.Set(at(11), off, rules, agentstate.ByAgent); err == nil {
		t.Error("the agent left the wrap-up")
	}
	s, err := wrapping.Set(at(11), off, rules, agentstate.BySupervisor)
	if err != nil || !s.Off() || s.Cause != agentstate.BySupervisor {
		t.Errorf("%+v, %v", s, err)
	}
	talking := wrapping.Call(at(11), protocol.AgentTalking, "main", 0).Status
	if _, err := talking.Set(at(12), off, rules, agentstate.BySupervisor); err == nil {
		t.Error("a supervisor ended the shift in the middle of a call")
	}
}

func TestCallOfAnAgentWhoIsOff(t *testing.T) {
	d := (&day{t: t}).call(1, protocol.AgentTalking, 0).is(protocol.AgentOff)
	d.set(2, incoming).is(protocol.AgentTalking).call(5, "", time.Minute).is(protocol.AgentWrapUp)
	if len(d.spans) != 1 || !d.spans[0].Began.Equal(at(2)) {
		t.Errorf("spans: %+v", d.spans)
	}
}

func TestInterruptedShiftContinues(t *testing.T) {
	d := (&day{t: t}).set(0, incoming).set(10, lunch)
	d.took(d.Interrupt(at(20))).is(protocol.AgentOff)
	if d.Cause != agentstate.Unseen {
		t.Errorf("cause %s", d.Cause)
	}
	d.took(d.Continue(at(60))).is(protocol.AgentPause)
	if want := at(60 + 35); !d.Ends().Equal(want) || !d.Shift.Equal(at(60)) || d.Reason != "lunch" {
		t.Errorf("it ends at %s, not %s, in the shift of %s", d.Ends(), want, d.Shift)
	}
	if s := d.Continue(at(61)); len(s.Spans) > 0 || s.Status != d.Status {
		t.Errorf("continued twice: %+v", s)
	}
}

// A clock that is set back makes no negative times.
func TestClockSetBack(t *testing.T) {
	d := (&day{t: t}).set(10, incoming).set(5, lunch).set(6, waiting).set(12, off)
	d.adds()
	if len(d.spans) != 1 || !d.spans[0].Ended.Equal(at(12)) {
		t.Errorf("%+v", d.spans)
	}
}
