package model

import (
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestControl(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := New()
	anna := protocol.Agent{Login: "anna", Extensions: []string{"101"}}
	at.Apply(SessionOpened{OpenedSession: protocol.OpenedSession{Agent: anna}}, now)
	call := protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: protocol.Ringing, Started: now,
		Legs: []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
		Can:  []protocol.Control{protocol.ControlAnswer, protocol.ControlHangup},
	}
	at.Apply(CallChanged{call}, now)
	shown := func() Control { return at.Cards()[0].Control }

	if _, ok := at.Control("main:1", protocol.ControlHold, "", "1", now); ok {
		t.Error("a control that is not offered")
	}
	m, ok := at.Control("main:1", protocol.ControlAnswer, "", "2", now)
	if !ok || m.Name != protocol.CallAnswer || m.ID != "2" || string(m.Data) != `{"call":"main:1"}` {
		t.Errorf("%+v %s %t", m, m.Data, ok)
	}
	if _, ok := at.Control("main:1", protocol.ControlHangup, "", "3", now); ok ||
		shown().Waiting != protocol.ControlAnswer {
		t.Errorf("a second control while one waits: %+v", shown())
	}
	at.Apply(Failure{"call.answer", "2", protocol.Failure{Text: "No."}}, now)
	if shown() != (Control{Reason: "No."}) {
		t.Errorf("after a failure %+v", shown())
	}
	call.State, call.Legs[0].State = protocol.Answered, protocol.Answered
	call.Can = []protocol.Control{protocol.ControlHold}
	at.Apply(CallChanged{call}, now)
	if shown() != (Control{}) {
		t.Errorf("an old reason stays: %+v", shown())
	}
	if _, ok := at.Control("main:1", protocol.ControlHold, "", "4", now); !ok ||
		shown().Waiting != protocol.ControlHold {
		t.Errorf("%+v", shown())
	}
	at.Apply(Accepted{"4"}, now)
	if shown() != (Control{}) {
		t.Errorf("after the answer %+v", shown())
	}
	if _, ok := at.Control("main:1", protocol.ControlHold, "", "5", now); !ok {
		t.Error("not again")
	}
	at.Fail("5", "The hub does not answer.", now)
	if shown().Reason == "" || shown().Waiting != "" {
		t.Errorf("%+v", shown())
	}
}

func TestActionsOfControls(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := New()
	at.Apply(
		SessionOpened{OpenedSession: protocol.OpenedSession{Agent: protocol.Agent{Extensions: []string{"101"}}}},
		now,
	)
	call := protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: protocol.Answered, Started: now, Answered: now,
		Legs: []protocol.Leg{{Extension: "101", State: protocol.Answered, Answered: now}},
	}
	for _, c := range []struct {
		what       protocol.Control
		with       string
		name, data string
	}{
		{protocol.ControlTransfer, "102", protocol.CallTransfer, `{"call":"main:1","to":"102","kind":"blind"}`},
		{protocol.ControlConsult, "102", protocol.CallTransfer, `{"call":"main:1","to":"102","kind":"consult"}`},
		{protocol.ControlMute, "", protocol.CallMute, `{"call":"main:1","on":true}`},
		{protocol.ControlUnmute, "", protocol.CallMute, `{"call":"main:1","on":false}`},
		{protocol.ControlConference, "103", protocol.CallConference, `{"call":"main:1","with":"103"}`},
		{protocol.ControlSwap, "", protocol.CallSwap, `{"call":"main:1"}`},
		{protocol.ControlDTMF, "1", protocol.CallDTMF, `{"call":"main:1","digits":"1"}`},
	} {
		call.Can = []protocol.Control{c.what}
		at.Apply(CallChanged{call}, now)
		m, ok := at.Control("main:1", c.what, c.with, string(c.what), now)
		if !ok || m.Name != c.name || string(m.Data) != c.data {
			t.Errorf("%s: %s %s %t", c.what, m.Name, m.Data, ok)
		}
		if _, again := at.Control("main:1", c.what, c.with, "again", now); again != (c.what == protocol.ControlDTMF) {
			t.Errorf("%s while one waits: %t", c.what, again)
		}
		at.Apply(Accepted{string(c.what)}, now)
		at.Apply(Accepted{"again"}, now)
	}
}

// A parked call keeps its card, with its place, until it is fetched or its caller hangs up.
func TestParkedCallKeepsItsCard(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := New()
	at.Apply(
		SessionOpened{OpenedSession: protocol.OpenedSession{Agent: protocol.Agent{Extensions: []string{"101"}}}},
		now,
	)
	call := protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: protocol.Answered, Started: now, Answered: now,
		Legs: []protocol.Leg{{Extension: "101", State: protocol.Answered, Answered: now}},
		Can:  []protocol.Control{protocol.ControlPark},
	}
	at.Apply(CallChanged{call}, now)
	if _, ok := at.Control("main:1", protocol.ControlPark, "", "1", now); !ok {
		t.Fatal("it cannot be parked")
	}
	at.Apply(CallParked{"1", protocol.ParkedCall{Call: "main:1", Slot: "71"}}, now)
	call.State, call.Can = protocol.Held, []protocol.Control{protocol.ControlPickup}
	call.Legs = []protocol.Leg{{Extension: "101", State: protocol.Ended, Answered: now}}
	at.Apply(CallChanged{call}, now)
	if c := at.Cards(); len(c) != 1 || c[0].Done || c[0].Control.Slot != "71" {
		t.Errorf("%+v", c)
	}
	call.State, call.Ended, call.Can = protocol.Ended, now, nil
	at.Apply(CallChanged{call}, now)
	if c := at.Cards(); len(c) != 1 || !c[0].Done || c[0].Control.Slot != "" {
		t.Errorf("the caller has hung up: %+v", c)
	}
}
