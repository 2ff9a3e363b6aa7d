package colleagues

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// office has three agents: anna and boris are signed in.
func office(duty func(string) (protocol.AgentNow, bool), sent func([]string, protocol.Message)) *Service {
	team := staff.New([]staff.Agent{
		{Login: "anna", Name: "Anna", Extensions: []string{"101"}},
		{Login: "boris", Name: "Boris", Extensions: []string{"102"}, Teams: []string{"support"}},
		{Login: "vera", Name: "Vera", Extensions: []string{"103"}},
	})
	return New(Options{
		Staff: func() *staff.Staff { return team },
		Phones: func(login string) []string {
			return map[string][]string{"anna": {"101"}, "boris": {"102"}}[login]
		},
		Duty: duty, Send: sent, Now: time.Now, States: func() map[string]protocol.PhoneState { return nil },
		Rings: func(_, _ staff.Agent) bool { return false },
	})
}

var anna = staff.Agent{Login: "anna", Name: "Anna"}

func off(string) (protocol.AgentNow, bool) { return protocol.AgentNow{}, false }

func call(id string, state protocol.State, legs ...calls.Leg) calls.Call {
	c := calls.Call{ID: "main:" + id, PBX: "main", State: state, Legs: legs}
	if state == protocol.Answered || state == protocol.Held {
		c.Answered = time.Unix(1, 0)
	}
	return c
}

func TestStatesFollowThePhones(t *testing.T) {
	leg := func(extension string, state protocol.State, calling bool) calls.Leg {
		return calls.Leg{Extension: extension, State: state, Calling: calling}
	}
	s := office(off, nil)
	for _, c := range []struct {
		what        string
		call        calls.Call
		boris, vera protocol.AgentState
	}{
		{"nothing", call("0", protocol.Ended), protocol.AgentWaiting, protocol.AgentOff},
		{
			"a call rings both", call("1", protocol.Ringing, leg("102", protocol.Ringing, false),
				leg("103", protocol.Ringing, false)), protocol.AgentRinging, protocol.AgentRinging,
		},
		{
			"vera answers, without a desktop", call("1", protocol.Answered, leg("102", protocol.Ended, false),
				leg("103", protocol.Answered, false)), protocol.AgentWaiting, protocol.AgentTalking,
		},
		{
			"boris calls", call("2", protocol.Ringing, leg("102", protocol.Answered, true)), protocol.AgentCalling,
			protocol.AgentTalking,
		},
		{
			"the other side answers", call("2", protocol.Answered, leg("102", protocol.Answered, true)),
			protocol.AgentTalking, protocol.AgentTalking,
		},
		{
			"a second call rings boris, who talks", call("3", protocol.Ringing, leg("102", protocol.Ringing, false)),
			protocol.AgentTalking, protocol.AgentTalking,
		},
		{
			"boris holds", call("2", protocol.Held, leg("102", protocol.Held, true)), protocol.AgentRinging,
			protocol.AgentTalking,
		},
		{"vera's call ends", call("1", protocol.Ended), protocol.AgentRinging, protocol.AgentOff},
		{"the second call ends", call("3", protocol.Ended), protocol.AgentHold, protocol.AgentOff},
		{"the first one ends", call("2", protocol.Ended), protocol.AgentWaiting, protocol.AgentOff},
	} {
		s.Call(c.call)
		list, err := s.List(t.Context(), staff.Agent{Login: "anna"}, 0)
		if err != nil || len(list.Colleagues) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if boris, vera := list.Colleagues[0], list.Colleagues[1]; boris.State != c.boris || vera.State != c.vera ||
			!boris.Online || vera.Online || boris.Since.IsZero() {
			t.Errorf("%s: %s and %s, want %s and %s", c.what, boris.State, vera.State, c.boris, c.vera)
		}
	}
	s.Call(call("4", protocol.Answered, leg("102", protocol.Answered, false)))
	s.Left("main")
	if list, _ := s.List(t.Context(), anna, 0); list.Colleagues[0].State != protocol.AgentWaiting {
		t.Errorf("after the PBX was removed: %s", list.Colleagues[0].State)
	}
}

// What agents say about themselves counts while they have no call.
func TestAgentStates(t *testing.T) {
	s := office(func(login string) (protocol.AgentNow, bool) {
		return protocol.AgentNow{Login: login, State: protocol.AgentPause, Since: time.Unix(60, 0)}, login == "boris"
	}, nil)
	list, _ := s.List(t.Context(), staff.Agent{Login: "anna"}, 0)
	if c := list.Colleagues[0]; c.State != protocol.AgentPause || !c.Since.Equal(time.Unix(60, 0)) {
		t.Errorf("%+v", c)
	}
	s.Call(call("1", protocol.Answered, calls.Leg{Extension: "102", State: protocol.Answered}))
	if list, _ := s.List(t.Context(), anna, 0); list.Colleagues[0].State != protocol.AgentTalking {
		t.Errorf("in a call: %+v", list.Colleagues[0])
	}
}

// The phone counts for those of whom nothing else says what they do.
func TestPhonesWithoutADesktop(t *testing.T) {
	s := office(off, nil)
	phones := map[string]protocol.PhoneState{"103": protocol.PhoneInUse, "102": protocol.PhoneInUse}
	s.o.States = func() map[string]protocol.PhoneState { return phones }
	s.o.Rings = func(_, colleague staff.Agent) bool { return colleague.Login == "vera" }
	states := func() (boris, vera protocol.Colleague) {
		list, err := s.List(t.Context(), anna, 0)
		if err != nil || len(list.Colleagues) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list.Colleagues[0], list.Colleagues[1]
	}
	boris, vera := states()
	if vera.State != protocol.AgentTalking || vera.Phone != protocol.PhoneInUse || vera.Since.IsZero() || vera.Online {
		t.Errorf("without a desktop: %+v", vera)
	}
	if boris.State != protocol.AgentTalking { // a call that the hub does not follow
		t.Errorf("without agent states: %+v", boris)
	}
	phones["103"], phones["102"] = protocol.PhoneFree, protocol.PhoneSilent
	if boris, vera = states(); vera.State != protocol.AgentOff || vera.Phone != protocol.PhoneFree ||
		boris.State != protocol.AgentWaiting || boris.Phone != protocol.PhoneSilent {
		t.Errorf("without a call: %+v and %+v", boris, vera)
	}
	phones["103"] = protocol.PhoneUnavailable
	s.Call(call("1", protocol.Ringing, calls.Leg{Extension: "103", State: protocol.Ringing}))
	if boris, vera = states(); vera.State != protocol.AgentRinging || !vera.Pickup || boris.Pickup {
		t.Errorf("a call rings: %+v and %+v", boris, vera)
	}
	s.o.Duty = func(login string) (protocol.AgentNow, bool) {
		return protocol.AgentNow{Login: login, State: protocol.AgentPause, Since: time.Unix(60, 0)}, true
	}
	phones["102"] = protocol.PhoneInUse
	if boris, _ = states(); boris.State != protocol.AgentPause {
		t.Errorf("with agent states: %+v", boris)
	}
}

func TestPickUpIsOfAColleague(t *testing.T) {
	s := office(off, nil)
	from := ""
	s.o.PickUp = func(_ context.Context, a staff.Agent, id string, colleague staff.Agent) error {
		from = a.Login + " " + id + " " + colleague.Login
		return nil
	}
	if err := s.PickUp(t.Context(), anna, "7", "boris"); err != nil || from != "anna 7 boris" {
		t.Errorf("%q, %v", from, err)
	}
	err := s.PickUp(t.Context(), anna, "8", "nobody")
	if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != protocol.ControlNotNow {
		t.Errorf("of no one: %v", err)
	}
}

func TestListWaitsForAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := office(off, nil)
		first, _ := s.List(t.Context(), staff.Agent{Login: "anna"}, 0)
		got := make(chan protocol.Colleagues)
		began := time.Now()
		ask := func(after uint64) {
			list, _ := s.List(t.Context(), staff.Agent{Login: "anna"}, after)
			got <- list
		}
		go ask(first.Version)
		time.Sleep(5 * time.Second)
		select {
		case <-got:
			t.Fatal("it does not wait")
		default:
		}
		s.Call(call("1", protocol.Ringing, calls.Leg{Extension: "102", State: protocol.Ringing}))
		s.Call(call("1", protocol.Ringing, calls.Leg{Extension: "102", State: protocol.Ringing})) // nothing new
		next := <-got
		if next.Version != first.Version+1 || time.Since(began) != 5*time.Second+pause {
			t.Errorf("version %d after %d, %v", next.Version, first.Version, time.Since(began))
		}
		began = time.Now()
		go ask(next.Version)
		if again := <-got; again.Version != next.Version || time.Since(began) != longestWait {
			t.Errorf("without a change: version %d after %v", again.Version, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.List(ctx, staff.Agent{}, next.Version); err != nil { // the session has ended
			t.Error(err)
		}
	})
}

func TestMessages(t *testing.T) {
	var to []string
	var m protocol.Message
	s := office(off, func(logins []string, sent protocol.Message) { to, m = logins, sent })
	in := protocol.SendColleague{To: "boris", Text: " Come\u202e here\x00 "}
	if err := s.Message(t.Context(), anna, in); err != nil {
		t.Fatal(err)
	}
	var text protocol.Text
	if err := m.Decode(&text); err != nil || len(to) != 1 || to[0] != "boris" ||
		text != (protocol.Text{From: "Anna", Text: "Come here"}) {
		t.Errorf("%q to %q, %v", text, to, err)
	}
	for who, problem := range map[string]protocol.Problem{
		"vera": protocol.ColleagueAway, "nobody": protocol.ColleagueAway,
	} {
		err := s.Message(t.Context(), anna, protocol.SendColleague{To: who, Text: "x"})
		if failed := new(fail.Error); !errors.As(err, &failed) || failed.Problem != problem {
			t.Errorf("%s: %v", who, err)
		}
	}
}
