package duty_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/calls"
	"traybell/hub/duty"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// memory is a store.
type memory struct {
	mu       sync.Mutex
	away     bool
	statuses map[string]agentstate.Status
	spans    []agentstate.Span
	done     []agentstate.Done
	alive    time.Time
}

var errAway = errors.New("the database is away")

func (m *memory) KeepDuty(_ context.Context, changes []duty.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return errAway
	}
	for _, c := range changes {
		m.statuses[c.Login] = c.Status
		m.spans = append(m.spans, c.Spans...)
		if c.Done != nil {
			m.done = append(m.done, *c.Done)
		}
	}
	return nil
}

func (m *memory) Duty(context.Context) (map[string]agentstate.Status, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.statuses), m.alive, nil
}

func (m *memory) KeepAlive(_ context.Context, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return errAway
	}
	m.alive = at
	return nil
}

func (m *memory) anna() (status agentstate.Status, kept bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	status, kept = m.statuses["anna"]
	return status, kept
}

func (*memory) ForgetTimes(context.Context, time.Time) error { return nil }

// office is a hub's service with its agents.
type office struct {
	t     *testing.T
	store *memory
	rules *duty.Rules
	*duty.Service
	stop func()

	mu   sync.Mutex
	sent map[string][]string // names of messages, by login
	seen []string            // changes, as a follower saw them
}

func (o *office) AgentChanged(before, now protocol.AgentNow) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before.State != now.State {
		o.seen = append(o.seen, now.Login+" "+string(now.State))
	}
}

func minutes(n int) *time.Duration {
	d := time.Duration(n) * time.Minute
	return &d
}

func newOffice(t *testing.T) *office {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tracking.New([]tracking.Line{
		{Number: "74950000001", WrapUp: minutes(1)}, {Number: "74950000002", WrapUp: minutes(0)}, {Number: "*"},
	}, numbers)
	if err != nil {
		t.Fatal(err)
	}
	return &office{t: t, store: &memory{statuses: map[string]agentstate.Status{}}, rules: &duty.Rules{
		On: true, AtSignIn: true, Away: 5 * time.Minute, Modes: protocol.Modes(), WrapUp: 30 * time.Second,
		Pauses: []duty.Pause{
			{Pause: agentstate.Pause{Code: "lunch", Limit: 45 * time.Minute, Warn: 5 * time.Minute}, Name: "Lunch"},
			{Pause: agentstate.Pause{Code: "training"}, Name: "Training", Teams: []string{"sales"}},
		},
		Kinds: []duty.Choice{{Choice: protocol.Choice{Code: "mail", Name: "Letters"}}},
		Staff: staff.New([]staff.Agent{
			{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"}, Teams: []string{"support"}},
			{Login: "boris", Name: "Boris", Extensions: []string{"102", "103"}, Teams: []string{"support"}},
			{Login: "clara", Name: "Clara", Extensions: []string{"103"}, Teams: []string{"sales"}},
			{Login: "dora", Name: "Dora", Extensions: []string{"104"}},
		}),
		Lines: lines, PBXs: []string{"main"}, Supervisors: []string{"boris", "dora"},
	}}
}

// start starts the hub, as after a restart if it has run before.
func (o *office) start() {
	o.t.Helper()
	o.sent = map[string][]string{}
	o.Service = duty.New(o.rules, duty.Options{
		Store: o.store, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Send: func(logins []string, m protocol.Message) {
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, login := range logins {
				o.sent[login] = append(o.sent[login], m.Name)
			}
		},
		Phones: func(login string) []string {
			if login == "clara" {
				return []string{"103"}
			}
			return nil
		},
	})
	o.Follow(o)
	if err := o.Restore(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(o.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(ctx)
	}()
	o.stop = func() {
		cancel()
		<-done
	}
}

// kill ends the hub without a farewell: what was saved last stays.
func (o *office) kill() {
	synctest.Wait()
	o.store.mu.Lock()
	o.store.away = true
	o.store.mu.Unlock()
	o.stop()
	o.store.mu.Lock()
	o.store.away = false
	o.store.mu.Unlock()
}

func (o *office) is(login string, want protocol.AgentState) protocol.AgentNow {
	o.t.Helper()
	synctest.Wait()
	now, ok := o.Now(login)
	if !ok || now.State != want {
		o.t.Errorf("%s is %s, not %s", login, now.State, want)
	}
	return now
}

func (o *office) set(login string, want protocol.SetAgent) {
	o.t.Helper()
	if err := o.Set(o.t.Context(), login, want, agentstate.ByAgent); err != nil {
		o.t.Fatal(err)
	}
}

// took counts the messages of a name to an agent.
func (o *office) took(login, name string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.sent[login] {
		if m == name {
			n++
		}
	}
	return n
}

// worked is Anna's time in each state, and that of all her shifts.
func (o *office) worked() (states map[protocol.AgentState]time.Duration, shifts time.Duration) {
	o.t.Helper()
	states = map[protocol.AgentState]time.Duration{}
	ends := map[time.Time]time.Time{}
	for _, s := range o.store.spans {
		if s.Login == "anna" {
			states[s.State] += s.Ended.Sub(s.Began)
			ends[s.Shift] = s.Ended
		}
	}
	var sum time.Duration
	for _, d := range states {
		sum += d
	}
	for began, ended := range ends {
		shifts += ended.Sub(began)
	}
	if sum != shifts {
		o.t.Errorf("the states add up to %s, the shifts have %s", sum, shifts)
	}
	return states, shifts
}

func ring(id, did, extension string) calls.Call {
	return calls.Call{
		ID: "main:" + id, PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing, DID: did,
		Started: time.Now(), Legs: []calls.Leg{{Extension: extension, State: protocol.Ringing}},
	}
}

func answer(c calls.Call) calls.Call {
	c.State, c.Answered = protocol.Answered, time.Now()
	c.Legs = []calls.Leg{{Extension: c.Legs[0].Extension, State: protocol.Answered, Answered: time.Now()}}
	return c
}

func end(c calls.Call) calls.Call {
	c.State, c.Ended = protocol.Ended, time.Now()
	c.Legs = []calls.Leg{{Extension: c.Legs[0].Extension, State: protocol.Ended}}
	return c
}

var (
	lunch   = protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"}
	waiting = protocol.SetAgent{State: protocol.AgentWaiting}
	off     = protocol.SetAgent{State: protocol.AgentOff}
)

func TestShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		o.is("anna", protocol.AgentOff)
		o.Present("anna", true)
		o.is("anna", protocol.AgentWaiting)
		time.Sleep(10 * time.Minute)
		c := ring("1", "74950000001", "101")
		o.Call(c)
		o.is("anna", protocol.AgentRinging)
		time.Sleep(5 * time.Second)
		c = answer(c)
		o.Call(c)
		now := o.is("anna", protocol.AgentTalking)
		if now.Next != protocol.AgentWaiting {
			t.Errorf("after the call: %q", now.Next)
		}
		time.Sleep(3 * time.Minute)
		o.Call(end(c))
		now = o.is("anna", protocol.AgentWrapUp)
		if got := now.Until.Sub(now.Since); got != time.Minute {
			t.Errorf("the wrap-up of this line takes %s", got)
		}
		time.Sleep(61 * time.Second)
		o.is("anna", protocol.AgentWaiting)
		time.Sleep(59 * time.Second)
		o.set("anna", off)
		o.stop()
		states, shift := o.worked()
		if want := 15*time.Minute + 5*time.Second; shift != want {
			t.Errorf("the shift took %s, not %s", shift, want)
		}
		if diff := cmp.Diff(map[protocol.AgentState]time.Duration{
			"waiting": 10*time.Minute + 59*time.Second + time.Second, "ringing": 5 * time.Second,
			"talking": 3 * time.Minute, "wrap_up": time.Minute,
		}, states); diff != "" {
			t.Error(diff)
		}
		want := []string{"anna waiting", "anna ringing", "anna talking", "anna wrap_up", "anna waiting", "anna off"}
		if diff := cmp.Diff(want, o.seen); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWrapUpOfLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.rules.WrapUpOutgoing = 20 * time.Second
		o.start()
		defer o.stop()
		o.Present("anna", true)
		for _, of := range []struct {
			did       string
			direction protocol.Direction
			want      time.Duration
		}{
			{"74950000001", protocol.Incoming, time.Minute},
			{"74950000002", protocol.Incoming, 0},
			{"74950000009", protocol.Incoming, 30 * time.Second},
			{"", protocol.Outgoing, 20 * time.Second},
			{"", protocol.Internal, 0},
		} {
			c := ring(of.did+string(of.direction), of.did, "101")
			c.Direction = of.direction
			o.Call(c)
			c = answer(c)
			o.Call(c)
			time.Sleep(time.Second)
			o.Call(end(c))
			now, _ := o.Now("anna")
			if got := now.Until.Sub(now.Since); now.State == protocol.AgentWrapUp && got != of.want ||
				now.State == protocol.AgentWaiting && of.want != 0 {
				t.Errorf("%s on %q: %s until %s", of.direction, of.did, now.State, got)
			}
			time.Sleep(2 * time.Minute)
		}
		missed := ring("missed", "74950000001", "101")
		o.Call(missed)
		time.Sleep(time.Second)
		o.Call(end(missed))
		o.is("anna", protocol.AgentWaiting) // no wrap-up without a talk
		test := ring("test", "74950000001", "101")
		test.TestFor = "anna"
		o.Call(test)
		o.is("anna", protocol.AgentWaiting)
	})
}

// The agent is told before, then the agent and the supervisors of the team; a supervisor without a
// team supervises who has no other.
func TestPauseBeyondItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		defer o.stop()
		for _, login := range []string{"anna", "boris", "clara", "dora"} {
			o.Present(login, true)
		}
		o.set("anna", lunch)
		time.Sleep(39 * time.Minute)
		if o.took("anna", protocol.PauseEnding) != 0 {
			t.Error("warned early")
		}
		time.Sleep(2 * time.Minute)
		if o.took("anna", protocol.PauseEnding) != 1 || o.took("boris", protocol.PauseEnding) != 0 {
			t.Error("the agent was not warned, or others were")
		}
		time.Sleep(5 * time.Minute)
		o.is("anna", protocol.AgentOff)
		for login, want := range map[string]int{"anna": 1, "boris": 1, "clara": 0, "dora": 0} {
			if got := o.took(login, protocol.PauseOver); got != want {
				t.Errorf("%s got %d warnings, not %d", login, got, want)
			}
		}
		if o.Overs() != 1 {
			t.Errorf("%d pauses were too long", o.Overs())
		}
		o.Present("anna", false) // the connection breaks
		o.Present("anna", true)
		o.is("anna", protocol.AgentOff)
		o.set("clara", lunch)
		time.Sleep(46 * time.Minute)
		if o.took("dora", protocol.PauseOver) != 1 || o.took("boris", protocol.PauseOver) != 1 {
			t.Error("the supervisor of all was not told of an agent without another, or others were")
		}
	})
}

// A cut connection changes nothing. An agent who is gone leaves after a while, but not in a call.
func TestDesktopsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		defer o.stop()
		o.Present("anna", true)
		o.Present("anna", true) // a second one
		o.set("anna", lunch)
		o.Present("anna", false)
		time.Sleep(6 * time.Minute)
		o.is("anna", protocol.AgentPause)
		o.Present("anna", false)
		time.Sleep(4 * time.Minute)
		o.Present("anna", true)
		now := o.is("anna", protocol.AgentPause)
		if now.Since.Equal(now.At) {
			t.Error("the pause began again")
		}
		o.Present("anna", false)
		time.Sleep(5*time.Minute + time.Second)
		o.is("anna", protocol.AgentOff)
		o.Present("anna", true)
		o.is("anna", protocol.AgentWaiting)

		c := answer(ring("1", "74950000002", "101"))
		o.Call(c)
		o.Present("anna", false)
		time.Sleep(10 * time.Minute)
		o.is("anna", protocol.AgentTalking)
		o.Call(end(c))
		time.Sleep(time.Second)
		o.is("anna", protocol.AgentOff)

		o.Present("anna", true)
		o.set("anna", off)
		o.Present("anna", false)
		time.Sleep(time.Minute)
		o.Present("anna", true)
		o.is("anna", protocol.AgentOff) // a moment later: the connection was cut
		o.Present("anna", false)
		time.Sleep(14 * time.Hour)
		o.Present("anna", true)
		o.is("anna", protocol.AgentWaiting) // the next morning
	})
}

func TestHubRestarts(t *testing.T) {
	begin := func(t *testing.T) *office {
		o := newOffice(t)
		o.start()
		o.Present("anna", true)
		o.set("anna", lunch)
		time.Sleep(10 * time.Minute)
		return o
	}
	t.Run("a short one counts as the state before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := begin(t)
			o.kill()
			time.Sleep(4 * time.Minute)
			o.start()
			now := o.is("anna", protocol.AgentPause)
			if got := now.Until.Sub(now.At); got != 31*time.Minute {
				t.Errorf("%s of the pause are left", got)
			}
			o.Present("anna", true)
			time.Sleep(6 * time.Minute)
			o.set("anna", waiting)
			o.set("anna", off)
			o.stop()
			if states, shift := o.worked(); shift != 20*time.Minute || states["pause"] != shift {
				t.Errorf("%s: %v", shift, states)
			}
		})
	})
	t.Run("a long one is no working time, and the state returns", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := begin(t)
			o.kill()
			time.Sleep(30 * time.Minute)
			o.start()
			o.is("anna", protocol.AgentOff)
			time.Sleep(2 * time.Second)
			o.Present("anna", true)
			now := o.is("anna", protocol.AgentPause)
			if left := now.Until.Sub(now.At); left < 35*time.Minute || left > 35*time.Minute+20*time.Second {
				t.Errorf("%s of the pause are left", left)
			}
			time.Sleep(time.Minute)
			o.set("anna", off)
			o.stop()
			if _, shift := o.worked(); shift > 11*time.Minute || shift < 10*time.Minute+30*time.Second {
				t.Errorf("worked for %s", shift)
			}
		})
	})
	t.Run("a night ends the shift where the hub was last alive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := begin(t)
			o.stop()
			time.Sleep(14 * time.Hour)
			o.start()
			time.Sleep(10 * time.Minute)
			o.Present("anna", true)
			now := o.is("anna", protocol.AgentWaiting)
			if !now.Shift.Equal(now.At) {
				t.Errorf("the shift began at %s", now.Shift)
			}
			o.stop()
			if _, shift := o.worked(); shift != 10*time.Minute {
				t.Errorf("worked for %s", shift)
			}
		})
	})
	t.Run("a call that ended meanwhile ends when the PBX has told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			o.start()
			o.Present("anna", true)
			o.Present("boris", true)
			o.Call(answer(ring("1", "74950000002", "101")))
			still := answer(ring("2", "74950000002", "102"))
			o.Call(still)
			time.Sleep(time.Second)
			o.kill()
			time.Sleep(time.Minute)
			o.start()
			o.is("anna", protocol.AgentTalking)
			o.Call(still)
			o.Working("other")
			o.is("anna", protocol.AgentTalking)
			o.Working("main")
			o.is("anna", protocol.AgentWaiting)
			o.is("boris", protocol.AgentTalking)
			o.Call(end(still))
			o.is("boris", protocol.AgentWaiting)
			o.stop()
		})
	})
	t.Run("what was due meanwhile ended at its time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			o.start()
			o.Present("anna", true)
			c := answer(ring("1", "74950000001", "101"))
			o.Call(c)
			o.Call(end(c))
			wrap := o.is("anna", protocol.AgentWrapUp)
			time.Sleep(time.Second)
			o.kill()
			time.Sleep(3 * time.Minute)
			o.start()
			if now := o.is("anna", protocol.AgentWaiting); !now.Since.Equal(wrap.Until) {
				t.Errorf("since %s, not %s", now.Since, wrap.Until)
			}
			o.stop()
		})
	})
}

// Of several who share a phone, the one who is signed in with it talks.
func TestSharedPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		defer o.stop()
		o.Present("boris", true)
		o.Present("clara", true)
		c := ring("1", "74950000009", "103")
		o.Call(c)
		o.Call(answer(c))
		o.is("clara", protocol.AgentTalking)
		o.is("boris", protocol.AgentWaiting)
	})
}

// The state is that of the call that needs the agent most.
func TestTwoCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		defer o.stop()
		o.Present("anna", true)
		customer := answer(ring("1", "74950000001", "101"))
		o.Call(customer)
		customer.Legs = []calls.Leg{{Extension: "101", State: protocol.Held}}
		o.Call(customer)
		o.is("anna", protocol.AgentHold)
		asks := ring("2", "", "101")
		asks.Direction, asks.Legs[0].Calling = protocol.Internal, true
		o.Call(asks)
		o.is("anna", protocol.AgentCalling)
		asks = answer(asks)
		o.Call(asks)
		o.is("anna", protocol.AgentTalking)
		o.Call(end(asks))
		o.is("anna", protocol.AgentHold)
		customer.Legs = []calls.Leg{{Extension: "101", State: protocol.Ended, Reason: "transferred"}}
		o.Call(customer) // goes on without anna
		o.is("anna", protocol.AgentWrapUp)
		o.Left("main")
		o.is("anna", protocol.AgentWrapUp)
	})
}

func TestTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		o.Present("anna", true)
		o.set("anna", protocol.SetAgent{Mode: protocol.ModeOffline})
		if err := o.BeginTask(t.Context(), "anna", protocol.BeginTask{Kind: "mail"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		now := o.is("anna", protocol.AgentTask)
		if now.Task == nil || now.Task.Kind != "mail" || !now.Task.Began.Equal(now.Since) {
			t.Errorf("task: %+v", now.Task)
		}
		if err := o.EndTask(t.Context(), "anna", "done"); err != nil {
			t.Fatal(err)
		}
		o.stop()
		if len(o.store.done) != 1 || o.store.done[0].Login != "anna" || o.store.done[0].Note != "done" {
			t.Errorf("%+v", o.store.done)
		}
	})
}

// The answer to a command means that it is saved. Without the database it counts, and is saved later.
func TestDatabaseAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		o.Present("anna", true)
		o.set("anna", lunch)
		if got, _ := o.store.anna(); got.State() != protocol.AgentPause {
			t.Errorf("saved: %s", got.State())
		}
		o.store.mu.Lock()
		o.store.away = true
		o.store.mu.Unlock()
		o.set("anna", waiting)
		o.is("anna", protocol.AgentWaiting)
		time.Sleep(time.Minute)
		o.store.mu.Lock()
		o.store.away = false
		o.store.mu.Unlock()
		time.Sleep(3 * time.Second)
		if got, _ := o.store.anna(); got.State() != protocol.AgentWaiting {
			t.Errorf("saved later: %s", got.State())
		}
		o.set("anna", off)
		o.stop()
		if _, shift := o.worked(); shift != time.Minute+3*time.Second {
			t.Errorf("worked for %s", shift)
		}
	})
}

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		on := *o.rules
		o.rules = &duty.Rules{Staff: on.Staff, Lines: on.Lines, PBXs: on.PBXs}
		o.start()
		defer o.stop()
		o.Present("anna", true)
		o.Call(answer(ring("1", "74950000001", "101")))
		if _, ok := o.Now("anna"); ok || o.Work("anna") != nil || o.All() != nil {
			t.Error("states that hub.yml does not have")
		}
		if err := o.Set(t.Context(), "anna", waiting, ""); fail.Of(err).Problem != protocol.DutyOff {
			t.Errorf("%v", err)
		}
		if _, kept := o.store.anna(); kept || len(o.sent) > 0 {
			t.Error("something was saved or sent")
		}
		o.SetRules(&on)
		o.is("anna", protocol.AgentTalking) // the shift begins, in the middle of a call
		if o.took("anna", protocol.WorkEvent) != 1 {
			t.Error("the desktop does not know what to choose from")
		}
		fewer := on
		fewer.Teams = []string{"sales"}
		o.SetRules(&fewer)
		if _, ok := o.Now("anna"); ok {
			t.Error("the agent's team has no states any more")
		}
		time.Sleep(time.Second)
		if st, _ := o.store.anna(); !st.Off() || st.Cause != agentstate.Disabled {
			t.Errorf("%+v", st)
		}
	})
}

func TestWhatAgentsChooseFrom(t *testing.T) {
	o := newOffice(t)
	o.start()
	defer o.stop()
	codes := func(login string) (list []string) {
		for _, p := range o.Work(login).Pauses {
			list = append(list, p.Code)
		}
		return list
	}
	if got := codes("anna"); !slices.Equal(got, []string{"lunch"}) {
		t.Errorf("support has %v", got)
	}
	if got := codes("clara"); !slices.Equal(got, []string{"lunch", "training"}) {
		t.Errorf("sales has %v", got)
	}
	err := o.Set(t.Context(), "anna", protocol.SetAgent{Mode: "incoming", State: "pause", Reason: "training"}, "")
	if fail.Of(err).Problem != protocol.DutyPause {
		t.Errorf("a pause of another team: %v", err)
	}
}
