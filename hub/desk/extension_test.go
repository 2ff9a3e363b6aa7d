package desk

import (
	"fmt"
	"testing"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// Dina, Egor and Fyodor share the extension 200; Dina and Egor have another one each.
var (
	dina = staff.Agent{
		Login: "dina", Name: "Dina", Extensions: []string{"200", "301"}, Teams: []string{"support"},
		Rights: []string{"ticket"},
	}
	egor = staff.Agent{
		Login: "egor", Name: "Egor", Extensions: []string{"200", "302"}, Teams: []string{"support"},
		Rights: []string{"ticket"},
	}
	fyodor = staff.Agent{
		Login: "fyodor", Name: "Fyodor", Extensions: []string{"200"}, Teams: []string{"sales"},
		Rights: []string{"ticket"},
	}
)

func shared(t *testing.T, lines []tracking.Line, story func(o *office)) {
	openWith(t, lines, func(o *setup) { o.Agents = []staff.Agent{anna, dina, egor, fyodor} }, func(o *office) {
		o.phones = map[string][]string{}
		story(o)
	})
}

// sit signs agents in: places are logins, each followed by an extension.
func (o *office) sit(places ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phones = map[string][]string{}
	for i := 0; i < len(places); i += 2 {
		o.phones[places[i]] = append(o.phones[places[i]], places[i+1])
	}
}

// lastTold returns the last call event: its agents, its state, and who is at each leg.
func (o *office) lastTold() string {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	told := "nothing"
	for _, s := range o.sent {
		var c protocol.Call
		if s.m.Name != protocol.CallEvent {
			continue
		}
		if err := s.m.Decode(&c); err != nil {
			o.t.Fatal(err)
		}
		told = fmt.Sprint(s.to, " ", c.State)
		for _, leg := range c.Legs {
			told += fmt.Sprintf(" %s=%s", leg.Extension, leg.Agent)
			if leg.Login != "" {
				told += "(" + leg.Login + ")"
			}
		}
	}
	o.sent = nil
	return told
}

func (o *office) tells(want string) {
	o.t.Helper()
	if got := o.lastTold(); got != want {
		o.t.Errorf("told: %s\nwant: %s", got, want)
	}
}

func tookAt(extension string) calls.Leg {
	return calls.Leg{Extension: extension, State: protocol.Answered, Answered: time.Unix(1_800_000_005, 0)}
}

func TestAgentsAtASharedExtension(t *testing.T) {
	shared(t, nil, func(o *office) {
		o.change(rings("anonymous", leg("200", protocol.Ringing)))
		o.tells("[dina egor fyodor] ringing 200=Dina, Egor, Fyodor") // no agent is signed in: it may be any
		o.sit("egor", "302", "anna", "101")
		o.change(rings("anonymous", leg("200", protocol.Ringing), leg("101", protocol.Ringing)))
		o.tells("[anna dina egor fyodor] ringing 200=Egor 101=Anna Petrova") // Egor is signed in with another extension
		o.sit("egor", "302", "dina", "200", "fyodor", "200")
		o.change(rings("anonymous", leg("200", protocol.Ringing)))
		o.tells("[anna dina egor fyodor] ringing 200=Dina, Fyodor") // Dina and Fyodor are signed in with this one
	})
	shared(t, []tracking.Line{{Number: "*", Teams: []string{"support"}}}, func(o *office) {
		o.change(rings("anonymous", leg("200", protocol.Ringing)))
		o.tells("[dina egor] ringing 200=Dina, Egor, Fyodor") // of the agents of the extension, the line's team
	})
}

func TestOnlyAgentAtASharedExtensionTookTheCall(t *testing.T) {
	shared(t, nil, func(o *office) {
		o.sit("egor", "200")
		call := rings("anonymous", tookAt("200"))
		call.State = protocol.Answered
		o.change(call)
		o.tells("[dina egor fyodor] answered 200=Egor(egor)")
		o.sit("dina", "200", "fyodor", "200") // the shift ends during the call
		call.State, call.Legs[0].State = protocol.Ended, protocol.Ended
		o.change(call)
		o.tells("[dina egor fyodor] ended 200=Egor(egor)")
	})
}

// Two agents are at the extension: the one who presses took the call, on the card and in the
// record, until the end.
func TestAgentWhoPressedTookTheCall(t *testing.T) {
	records := &fakeRecords{rows: map[string]cdr.Record{}}
	openWith(t, nil, func(o *setup) {
		o.Agents = []staff.Agent{anna, dina, egor, fyodor}
		o.Rules.Records, o.Rules.CDR = records, cdr.Rules{Grace: time.Minute}
	}, func(o *office) {
		o.sit("dina", "200", "egor", "200")
		o.change(rings("84951234567", leg("200", protocol.Ringing)))
		o.lastTold()
		call := rings("84951234567", tookAt("200"))
		call.State = protocol.Answered
		o.change(call)
		o.tells("[dina egor fyodor] answered 200=Dina, Egor")
		if number, failure := o.press(egor, "a"); number != "T-1" || failure != nil {
			t.Fatal(number, failure)
		}
		o.tells("[dina egor fyodor] answered 200=Egor(egor)")
		if number, failure := o.press(dina, "b"); number != "T-1" || failure != nil {
			t.Fatal(number, failure)
		}
		call.State, call.Legs[0].State, call.Ended = protocol.Ended, protocol.Ended, time.Unix(1_800_000_060, 0)
		o.change(call)
		o.tells("[dina egor fyodor] ended 200=Egor(egor)")
		written()
		if r := records.rows["main:1.1"]; r.Agent != "egor" || r.Extension != "200" || r.Ticket != "T-1" {
			t.Errorf("the record names %q at %q, ticket %q", r.Agent, r.Extension, r.Ticket)
		}
		if r, _, _ := o.store.TicketOf(t.Context(), "main:1.1"); r.Agent != "egor" || r.Draft.Agent.Name != "Egor" {
			t.Errorf("the ticket is %q's (%q)", r.Agent, r.Draft.Agent.Name)
		}
	})
}

// A press while the call rings, or by an agent at another extension, does not show who took it.
func TestPressFromAnotherExtensionTakesNoCall(t *testing.T) {
	shared(t, nil, func(o *office) {
		o.sit("dina", "200", "egor", "200", "anna", "101")
		o.change(rings("84951234567", leg("200", protocol.Ringing), leg("101", protocol.Ringing)))
		if _, failure := o.press(dina, "a"); failure != nil {
			t.Fatal(failure)
		}
		call := rings("84951234567", tookAt("200"), leg("101", protocol.Ended))
		call.State = protocol.Answered
		o.change(call)
		o.tells("[anna dina egor fyodor] answered 200=Dina, Egor 101=Anna Petrova")
		if _, failure := o.press(anna, "b"); failure != nil {
			t.Fatal(failure)
		}
		o.change(call)
		o.tells("[anna dina egor fyodor] answered 200=Dina, Egor 101=Anna Petrova")
	})
}
