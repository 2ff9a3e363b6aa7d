package app_test

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

const states = `
states:
  enabled: true
  wrap_up: 0s
  pauses: [{code: lunch, name: Lunch, limit: 45m}]
tasks: {kinds: [{code: mail, name: Letters}]}
`

// doing waits until the agent does something.
func (x *testTerminal) doing(want protocol.AgentState) protocol.AgentNow {
	x.t.Helper()
	for {
		var now protocol.AgentNow
		if err := x.await(protocol.AgentEvent).Decode(&now); err != nil {
			x.t.Fatal(err)
		}
		if now.State == want {
			return now
		}
	}
}

// An agent is signed in on two desktops and has a call, while hub and PBX restart.
func TestAgentStatesSurviveRestarts(t *testing.T) {
	s := tell(t)
	s.yaml += states
	s.yaml = strings.Replace(s.yaml, "ticket: support}", "ticket: support, wrap_up: 1h}", 1)
	s.start()
	s.working()
	anna, laptop := s.signIn("101"), s.signIn("201")
	if w := anna.opened.Work; w == nil || len(w.Pauses) != 1 || w.Pauses[0].Limit != 45*60 || len(w.Kinds) != 1 {
		t.Fatalf("the desktop may choose from %+v", w)
	}
	if w := laptop.opened.Work; w.Me.State != protocol.AgentWaiting && w.Me.State != protocol.AgentOff {
		t.Errorf("signed in: %s", w.Me.State)
	}
	if got := anna.answered(anna.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentPause})); got !=
		"invalid: duty.pause " {
		t.Errorf("a pause without a reason: %q", got)
	}
	laptop.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
	for _, x := range []*testTerminal{anna, laptop} {
		if now := x.doing(protocol.AgentPause); now.Reason != "lunch" || now.Until.Sub(now.Since) != 45*time.Minute {
			t.Errorf("%+v", now)
		}
	}
	anna.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentWaiting})
	anna.doing(protocol.AgentWaiting)

	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	anna.doing(protocol.AgentRinging)
	call.Answer("101")
	talking := anna.doing(protocol.AgentTalking)

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working() // the hub knows the call again
	anna = s.signIn("101")
	if me := anna.opened.Work.Me; me.State != protocol.AgentTalking || !me.Since.Equal(talking.Since) ||
		!me.Shift.Equal(talking.Shift) {
		t.Errorf("before the restart %+v, after it %+v", talking, me)
	}
	if err := s.pbx.Restart(); err != nil { // its calls are over
		t.Fatal(err)
	}
	wrap := anna.doing(protocol.AgentWrapUp)
	if wrap.Until.Sub(wrap.Since) != time.Hour || wrap.Next != protocol.AgentWaiting {
		t.Errorf("%+v", wrap)
	}
	if got := anna.answered(anna.do(protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeOffline})); got !=
		"conflict: duty.not_now " {
		t.Errorf("another mode in the wrap-up: %q", got)
	}
	anna.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentWaiting})
	anna.doing(protocol.AgentWaiting)
	anna.do(protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeOffline})
	anna.doing(protocol.AgentIdle)
	anna.do(protocol.TaskBegin, protocol.BeginTask{Kind: "mail"})
	if now := anna.doing(protocol.AgentTask); now.Task == nil || now.Task.Kind != "mail" {
		t.Errorf("%+v", now)
	}

	s.reloaded(func() { s.replaced(states, "") })
	var w protocol.Work
	if err := anna.await(protocol.WorkEvent).Decode(&w); err != nil || w.Me.State != protocol.AgentOff ||
		len(w.Me.Modes) > 0 {
		t.Errorf("without states in hub.yml: %+v, %v", w.Me, err)
	}
}

// A hub without the key states sends nothing about them.
func TestHubWithoutAgentStates(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	if anna.opened.Work != nil {
		t.Errorf("%+v", anna.opened.Work)
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	anna.sees("the ring", func(protocol.Call) bool { return true })
	call.Hangup()
	for {
		m := anna.next(protocol.AgentEvent, protocol.WorkEvent, protocol.CallMissed, protocol.CallEvent)
		var c protocol.Call
		if m.Name == protocol.AgentEvent || m.Name == protocol.WorkEvent {
			t.Fatalf("the hub sent %s", m.Name)
		}
		if m.Name == protocol.CallEvent && m.Decode(&c) == nil && c.State == protocol.Ended {
			break
		}
	}
	if got := anna.answered(anna.do(protocol.AgentSet, protocol.SetAgent{State: protocol.AgentWaiting})); got !=
		"not_found: duty.off " {
		t.Errorf("%q", got)
	}
}
