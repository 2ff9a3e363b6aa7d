package model_test

import (
	"slices"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

func TestRingThenAnswer(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.see("main:1 incoming ringing sticky")
	first := s.Cards()[0].Since
	richer := incoming(protocol.Ringing, "101:ringing")
	richer.Caller.Status = protocol.Known
	s.call(richer)
	s.see("main:1 incoming ringing sticky")
	if c := s.Cards()[0]; !c.Since.Equal(first) || c.Call.Caller.Status != protocol.Known {
		t.Errorf("the richer call is not the same card: %v, %v", c.Since, c.Call.Caller.Status)
	}
	s.call(incoming(protocol.Answered, "101:answered"))
	s.see("main:1 answer answered")
	if s.Cards()[0].Since.Equal(first) {
		t.Error("the answer card has not started a new turn")
	}
	s.call(incoming(protocol.Held, "101:held"))
	s.see("main:1 answer held")
	s.call(incoming(protocol.Answered, "101:answered"))
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended done")
	s.Forget("main:1", s.now)
	s.see()
	if _, ok := s.Call("main:1"); ok {
		t.Error("the ended call is still remembered")
	}
}

// After the end the card of the agent's own call stays long enough to create the ticket; that of a
// call taken by another agent does not.
func TestCardStaysAfterCall(t *testing.T) {
	stay := func(s *story) time.Duration { return s.Cards()[0].Stay }
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered:Anna Petrova"))
	if got := stay(s); got != 0 {
		t.Errorf("during the call %v", got)
	}
	s.call(incoming(protocol.Ended, "101:ended:Anna Petrova"))
	if got := stay(s); got != model.AfterCall || got < 30*time.Second {
		t.Errorf("after the call the card stays %v", got)
	}
	if _, ok := s.Press("main:1", "", "p1", s.now); !ok {
		t.Error("no ticket can be requested after the end of the call")
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"}, "p1")
	if got := stay(s); got != model.AfterTicket || got < 10*time.Second {
		t.Errorf("with its ticket the card stays %v", got)
	}
	s = tell(t)
	s.call(incoming(protocol.Answered, "101:answered:Anna Petrova"))
	s.call(incoming(protocol.Answered, "101:ended:Anna Petrova", "102:answered:Boris Ivanov"))
	if got := stay(s); got != 0 {
		t.Errorf("handed on: %v", got)
	}
}

func TestAnsweredElsewhere(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "102:ringing:Boris"))
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see("main:1 incoming ended by Boris done")
	s.call(incoming(protocol.Held, "101:ended", "102:held:Boris"))
	s.see("main:1 incoming ended by Boris done")
	s.Forget("main:1", s.now)
	s.see()
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see()
	// Boris transfers the call to Anna: her phone rings again.
	s.call(incoming(protocol.Answered, "101:ringing", "102:held:Boris"))
	s.see("main:1 incoming ringing sticky")
	s.call(incoming(protocol.Answered, "101:answered", "102:ended:Boris"))
	s.see("main:1 answer answered")
}

func TestAnsweredElsewhereWithoutAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "105:ringing"))
	s.call(incoming(protocol.Answered, "101:ended", "105:answered"))
	s.see("main:1 incoming ended by 105 done")
}

func TestCallerGaveUp(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	c := incoming(protocol.Ended, "101:ended")
	c.Missed = true
	s.call(c)
	s.see("main:1 incoming ended missed done")
	s.gets(protocol.Warning, protocol.CallMissed, protocol.MissedCall{Call: c})
	s.see("main:1 incoming ended missed done") // said once
}

func TestMissedCallWithoutCard(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ended, "101:ended")
	c.Missed = true
	s.gets(protocol.Warning, protocol.CallMissed, protocol.MissedCall{Call: c})
	s.see("warning:missed:main:1 warning missed card.warning.missed [] +7 912 345-67-00")
}

func TestQueueMovesToNextAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(incoming(protocol.Ringing, "101:ended", "102:ringing:Boris"))
	s.see("main:1 incoming ended done")
	s.call(incoming(protocol.Ringing, "101:ringing", "102:ended:Boris"))
	s.see("main:1 incoming ringing sticky")
}

func TestTwoExtensionsOfOneAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "201:ringing"))
	s.see("main:1 incoming ringing sticky")
	s.call(incoming(protocol.Answered, "101:ended", "201:answered"))
	s.see("main:1 answer answered")
}

func TestBoundLine(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing))
	s.see("main:1 incoming")
	s.call(incoming(protocol.Ringing, "102:ringing:Boris"))
	s.see("main:1 incoming")
	s.call(incoming(protocol.Answered, "102:answered:Boris"))
	s.see("main:1 incoming by Boris done")
}

func TestTransfer(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(incoming(protocol.Answered, "101:answered"))
	s.call(incoming(protocol.Answered, "101:ended", "102:ringing:Boris"))
	s.see("main:1 answer ended done")
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see("main:1 answer ended by Boris done")
}

func TestConsultationIsNotElsewhere(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered", "102:answered:Boris"))
	s.see("main:1 answer answered")
}

func TestOutgoingCalls(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "101:answered::calling")
	c.Direction = protocol.Outgoing
	s.call(c)
	s.see()
	c.State = protocol.Answered
	s.call(c)
	s.see("main:1 answer answered")
	c.ID, c.State, c.Legs[0].State = "main:2", protocol.Ringing, protocol.Ringing
	s.call(c)
	c.State, c.Legs[0].State = protocol.Ended, protocol.Ended
	s.call(c)
	s.see("main:1 answer answered")
}

func TestPopupsByRules(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "101:ringing")
	c.Popup = protocol.PopupNotification
	s.call(c)
	s.see("main:1 incoming ringing")
	c.Popup = protocol.PopupSilent // more is known of the caller now
	s.call(c)
	s.see()
	if got := s.WithoutCard(); len(got) != 1 || got["main:1"] != protocol.HiddenRule {
		t.Errorf("without a card: %q", got)
	}
	c.Popup = protocol.PopupCard
	s.call(c)
	s.see("main:1 incoming ringing sticky")
}

func TestInternalCalls(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "102:answered:Boris:calling", "101:ringing")
	c.Direction = protocol.Internal
	s.call(c)
	s.see("main:1 incoming ringing sticky")
	s.HideInternal(true)
	s.call(c)
	s.see()
	if got := s.WithoutCard(); len(got) != 1 || got["main:1"] != protocol.HiddenInternal {
		t.Errorf("without a card: %q", got)
	}
	s.HideInternal(false)
	if got := s.WithoutCard(); len(got) > 0 {
		t.Errorf("with cards: %q", got)
	}
	mine := incoming(protocol.Answered, "101:answered::calling", "102:answered:Boris")
	mine.ID, mine.Direction = "main:2", protocol.Internal
	s.call(mine)
	s.see()
	// The caller of an internal call is not the one who "answered".
	c.Legs[0].State, c.Legs[1].State, c.State = protocol.Ended, protocol.Ended, protocol.Ended
	c.Missed = true
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(c)
	s.see("main:1 incoming ended missed done")
}

func TestSeveralCallsAtOnce(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	second := incoming(protocol.Ringing, "101:ringing")
	second.ID = "main:2"
	s.call(second)
	s.see("main:1 answer answered", "main:2 incoming ringing sticky")
	if talking, ringing := s.InCall(); !talking || !ringing {
		t.Errorf("talking %v, ringing %v", talking, ringing)
	}
}

// Anna shares 101 with Dina. Once it is known who of them took the call, it is answered elsewhere
// for the other.
func TestSharedExtension(t *testing.T) {
	took := func(state protocol.State, login, name string) protocol.Call {
		c := incoming(state, "101:"+string(state)+":"+name)
		c.Legs[0].Login = login
		return c
	}
	s := tell(t)
	s.call(took(protocol.Ringing, "", "Anna, Dina"))
	s.see("main:1 incoming ringing sticky")
	s.call(took(protocol.Answered, "", "Anna, Dina")) // unknown who of them
	s.see("main:1 answer answered")
	s.call(took(protocol.Answered, "anna", "Anna"))
	s.see("main:1 answer answered")

	s = tell(t)
	s.call(took(protocol.Ringing, "", "Anna, Dina"))
	s.call(took(protocol.Answered, "dina", "Dina"))
	s.see("main:1 incoming by Dina done")
	if ringing, talking := s.InCall(); ringing || talking {
		t.Errorf("the tray says that Anna's phone rings (%v) or that she talks (%v)", ringing, talking)
	}
}

// For an incoming call that a colleague took, the colleague is shown on the card and in the
// history.
func TestWhoAnsweredElsewhere(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "102:ringing"))
	taken := incoming(protocol.Answered, "101:ended", "102:answered")
	taken.Answered = s.now
	s.call(taken)
	if who, elsewhere := s.Elsewhere(taken); !elsewhere || who != "102" && who != "Boris" {
		t.Errorf("taken by %q, %v", who, elsewhere)
	}
	for _, one := range []struct {
		leg  protocol.Leg
		want string
	}{
		{protocol.Leg{Extension: "102", Agent: "Zoe", Login: "zoe"}, "Zoe"},
		{protocol.Leg{Extension: "102"}, "102"},
		{protocol.Leg{Extension: "101", Agent: "Anna", Login: s.Agent().Login}, ""},
		{protocol.Leg{Extension: "101", Agent: "Zoe", Login: "zoe"}, "Zoe"},
		{protocol.Leg{Extension: "300", Agent: "Anna", Login: s.Agent().Login}, ""},
	} {
		c := protocol.Call{
			ID: "main:0", Direction: protocol.Incoming, State: protocol.Ended, Answered: s.now,
			Legs: []protocol.Leg{one.leg},
		}
		if who, elsewhere := s.Elsewhere(c); elsewhere != (one.want != "") || elsewhere && who != one.want {
			t.Errorf("%+v: %q %v, want %q", one.leg, who, elsewhere, one.want)
		}
	}
}

// A snapshot tells who talked also about calls whose card has left the screen, or that this program
// has not seen.
func TestSnapshotTellsWhoTalked(t *testing.T) {
	boris := incoming(protocol.Answered, "101:ended", "102:answered:Boris")
	boris.Answered, boris.Legs[1].Answered = nine, nine
	ended := boris
	ended.State, ended.Ended = protocol.Ended, nine.Add(time.Minute)
	ended.Legs = slices.Clone(boris.Legs)
	ended.Legs[1].State = protocol.Ended
	mine := incoming(protocol.Ended, "101:ended:Anna")
	mine.ID, mine.Answered, mine.Legs[0].Answered = "main:2", nine, nine
	renamed := anna
	renamed.Name = "Anna Sidorova"
	for name, before := range map[string][]protocol.Call{"not seen": nil, "seen": {boris, ended}} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			s.call(incoming(protocol.Ringing, "101:ringing"))
			for _, c := range before {
				s.call(c)
			}
			s.Forget(boris.ID, s.now)
			s.gets(protocol.Event, protocol.SessionOpened,
				protocol.OpenedSession{Agent: renamed, Hub: "1.0", Calls: []protocol.Call{ended, mine}})
			if who, _ := s.Elsewhere(ended); who != "Boris" {
				t.Errorf("a colleague's call was answered by %q", who)
			}
			if who, elsewhere := s.Elsewhere(mine); elsewhere {
				t.Errorf("the agent's call was answered by %q", who)
			}
		})
	}
}

// A call that returns to the agent who transferred it rings as before; unanswered, it is over.
func TestCallReturns(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	with := func(c protocol.Call) protocol.Call {
		c.Legs[0].Answered = nine
		return c
	}
	s.call(with(incoming(protocol.Answered, "101:answered")))
	s.call(with(incoming(protocol.Answered, "101:ended", "102:ringing:Boris")))
	s.see("main:1 answer ended done")
	s.call(with(incoming(protocol.Answered, "101:ringing", "102:ended:Boris")))
	s.see("main:1 incoming ringing sticky")
	s.call(with(incoming(protocol.Answered, "101:ended", "102:ended:Boris")))
	s.see("main:1 incoming ended done")
}

func TestCallsWithoutCard(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "101:answered::calling")
	c.Direction = protocol.Outgoing
	s.call(c)
	s.see()
	if now := s.Calls(); len(now) != 1 || now[0].ID != c.ID {
		t.Errorf("calls %+v", now)
	}
}

// A mobile takes a call that rang here: card and list say so, and the call does not look like this
// agent's own.
func TestAnsweredOutside(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(incoming(protocol.Ringing, "101:ended"))
	s.see("main:1 incoming ended done")
	talks := incoming(protocol.Answered, "101:ended")
	talks.Answered = s.now
	s.call(talks)
	s.see("main:1 incoming ended outside done")
	over := talks
	over.State, over.Ended = protocol.Ended, s.now
	s.call(over)
	s.see("main:1 incoming ended outside done")
	earlier := over
	earlier.ID, earlier.Legs = "main:0", nil
	for _, c := range []protocol.Call{over, earlier} {
		if who, elsewhere := s.Elsewhere(c); !elsewhere || who != "" {
			t.Errorf("%s: taken by %q, %v", c.ID, who, elsewhere)
		}
	}

	// A transferred call that rings at the next agent is not answered outside.
	transferred := incoming(protocol.Answered, "102:ended", "103:ringing")
	transferred.ID, transferred.Answered = "main:2", s.now
	s.call(transferred)
	if _, elsewhere := s.Elsewhere(transferred); elsewhere {
		t.Error("a call in transfer counts as answered elsewhere")
	}
}

// Of an internal call each side sees the other one, live and in the list.
func TestBothSidesOfInternalCalls(t *testing.T) {
	legs := []protocol.Leg{
		{Extension: "101", Agent: "Anna", Login: "anna", Calling: true},
		{Extension: "104"},
		{Extension: "103", Agent: "Clara", State: protocol.Answered, Answered: nine},
	}
	call := protocol.Call{
		Direction: protocol.Internal, Number: "101", Display: "101", Name: "Phone 101", DID: "103", Legs: legs,
		Caller: protocol.Caller{Status: protocol.OwnPhone, Customers: []protocol.Customer{{Login: "anna"}}},
	}
	s := tell(t)
	c := s.Seen(call)
	if c.Number != "103" || c.Display != "103" || c.Name != "Clara" || c.DID != "" || len(c.Caller.Customers) > 0 ||
		c.Caller.Status != protocol.OwnPhone {
		t.Errorf("the caller sees %+v", c)
	}
	group := call
	group.Legs, group.DID = legs[:2], "600"
	if c := s.Seen(group); c.Number != "600" || c.Name != "" {
		t.Errorf("the caller of a group sees %+v", c)
	}
	nowhere := call
	nowhere.Legs, nowhere.DID = legs[:1], "*97"
	if c := s.Seen(nowhere); c.Number != "*97" || c.Name != "" {
		t.Errorf("the caller of a service sees %+v", c)
	}
	called := call
	called.Legs = []protocol.Leg{{Extension: "103", Agent: "Clara", Login: "clara", Calling: true}, {Extension: "101"}}
	called.Number, called.Display, called.Name = "103", "103", "Phone 103"
	if c := s.Seen(called); c.Number != "103" || c.Name != "Clara" {
		t.Errorf("the called agent sees %+v", c)
	}
	outside := incoming(protocol.Ringing, "101:ringing")
	if c := s.Seen(outside); c.Number != outside.Number {
		t.Errorf("a call from outside becomes %+v", c)
	}
}
