package screen

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/popup"
	"traybell/shared/protocol"
)

// talk is a call that Anna talks on: what the hub sends of it, her screen, and the clock.
type talk struct {
	*testing.T
	terminal *model.Terminal
	machine  *popup.Machine
	call     protocol.Call
	now      time.Time
}

func newTalk(t *testing.T) *talk {
	s := &talk{
		T: t, terminal: model.New(), machine: popup.New(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		call: protocol.Call{
			ID: "main:1", Direction: protocol.Incoming, State: protocol.Answered, Number: "79123456700",
			Legs: []protocol.Leg{{Extension: "101", Agent: "Anna", State: protocol.Answered}},
		},
	}
	s.terminal.Apply(model.SessionOpened{OpenedSession: protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Extensions: []string{"101"}},
	}}, s.now)
	s.send()
	s.step(time.Minute)
	return s
}

// send sends the call, and shows the cards.
func (s *talk) send() {
	c := s.call
	c.Legs = append([]protocol.Leg(nil), c.Legs...)
	s.terminal.Apply(model.CallChanged{Call: c}, s.now)
	s.show()
}

func (s *talk) show() {
	var items []popup.Item
	for _, c := range s.terminal.Cards() {
		items = append(items, itemOf(c, popup.Times{Appear: 400 * time.Millisecond, Disappear: 400 * time.Millisecond}))
	}
	s.machine.Set(items, s.now)
}

// step advances the clock, and reports whether the card is on the screen then.
func (s *talk) step(d time.Duration) bool {
	for end := s.now.Add(d); ; {
		views, next := s.machine.Step(s.now)
		if next.IsZero() || next.After(end) {
			if s.now = end; !next.IsZero() {
				views, _ = s.machine.Step(end)
			}
			return len(views) > 0
		}
		s.now = next
	}
}

// boris is his leg, which a transfer adds.
func (s *talk) boris() *protocol.Leg {
	if len(s.call.Legs) < 2 {
		s.call.Legs = append(s.call.Legs, protocol.Leg{Extension: "102", Agent: "Boris", State: protocol.Ringing})
	}
	return &s.call.Legs[1]
}

// happenings are what can happen to a call, in any order. None undoes another one.
var happenings = map[string]func(*talk){
	"leg end": func(s *talk) { s.call.Legs[0].State = protocol.Ended },
	"call end": func(s *talk) {
		s.call.State, s.call.Ended = protocol.Ended, s.now
	},
	"ticket": func(s *talk) { // OK, and its answer
		s.terminal.Press("main:1", "", "press-1", s.now)
		s.show()
		s.step(10 * time.Millisecond)
		s.call.Ticket = &protocol.Ticket{Number: "17"}
		made := protocol.CreatedTicket{Call: "main:1", Number: "17"}
		s.terminal.Apply(model.TicketCreated{CreatedTicket: made}, s.now)
		s.show()
	},
	"update": func(s *talk) { s.call.Caller.Status = protocol.Known },
	"hold": func(s *talk) {
		if leg := &s.call.Legs[0]; leg.State == protocol.Answered {
			leg.State = protocol.Held
		}
		if s.call.State == protocol.Answered {
			s.call.State = protocol.Held
		}
	},
	"transfer": func(s *talk) { s.boris() },
	"bridge":   func(s *talk) { s.boris().State = protocol.Answered },
}

// stays is how long the card stays after these happenings; zero: as long as she talks.
func stays(did map[string]bool) time.Duration {
	switch {
	case !did["leg end"] && !did["call end"]:
		return 0
	case did["ticket"]:
		return model.AfterTicket
	case did["bridge"] && !did["call end"]:
		return popup.Linger // Boris has the call
	}
	return model.AfterCall
}

// How long a card stays follows from the state of its call, in whatever order that came about.
func TestStayDoesNotDependOnTheOrder(t *testing.T) {
	orders := 0
	var try func(order []string, did map[string]bool)
	try = func(order []string, did map[string]bool) {
		orders++
		s := newTalk(t)
		for _, name := range order {
			happenings[name](s)
			s.send()
			s.step(10 * time.Millisecond)
		}
		want, slack := stays(did), 500*time.Millisecond
		switch {
		case want == 0:
			if !s.step(time.Hour) {
				t.Fatalf("%s: the card is gone during the call", strings.Join(order, ", "))
			}
		case !s.step(want - slack):
			t.Fatalf("%s: the card is gone before %v", strings.Join(order, ", "), want)
		case s.step(2 * slack):
			t.Fatalf("%s: the card is still there after %v", strings.Join(order, ", "), want+slack)
		}
		for name := range happenings {
			if !did[name] {
				did[name] = true
				try(append(order, name), did)
				delete(did, name)
			}
		}
	}
	try(nil, map[string]bool{})
	if orders < 13_000 {
		t.Errorf("only %d orders were tried", orders)
	}
}

// The caller stays in the dialplan, for a survey or in voicemail, after the agent has hung up.
func TestCallThatGoesOnWithoutAnAgent(t *testing.T) {
	s := newTalk(t)
	happenings["leg end"](s)
	s.send()
	if !s.step(30 * time.Second) {
		t.Fatal("the card is gone half a minute after the agent hung up")
	}
	happenings["call end"](s)
	s.send()
	if _, ok := s.terminal.Press("main:1", "", "press-1", s.now); !ok {
		t.Error("no ticket can be requested")
	}
}

// A press that fails after the call gives the agent time to press again.
func TestFailedPressAfterTheCall(t *testing.T) {
	s := newTalk(t)
	happenings["bridge"](s)
	happenings["leg end"](s)
	s.send()
	s.terminal.Press("main:1", "", "press-1", s.now)
	s.show()
	if !s.step(time.Hour) {
		t.Fatal("the card is gone before the hub has answered")
	}
	s.terminal.Fail("press-1", "The help desk does not answer.", s.now)
	s.show()
	if !s.step(model.AfterCall - time.Second) {
		t.Error("there is no time to press again")
	}
}

// The card that fades out when it gets a longer stay comes back, unless the agent closed it.
func TestLongerStayStopsTheFade(t *testing.T) {
	for _, closed := range []bool{false, true} {
		s := newTalk(t)
		happenings["bridge"](s)
		happenings["leg end"](s)
		s.send()
		if closed {
			s.machine.Close("main:1", s.now)
		} else {
			s.step(popup.Linger)
		}
		s.step(200 * time.Millisecond)
		happenings["call end"](s)
		s.send()
		if got := s.step(model.AfterCall - time.Second); got == closed {
			t.Errorf("closed %v: on the screen %v", closed, got)
		}
	}
}
