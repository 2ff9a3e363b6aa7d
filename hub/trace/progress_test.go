package trace

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/calls"
	"traybell/hub/routing"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// seats are the desktops of the agents who are signed in, by login.
type seats map[string][]string

func (s seats) Online(login string) int        { return len(s[login]) }
func (s seats) Desktops(login string) []string { return s[login] }

func kinds(steps []Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, strings.TrimSpace(string(s.What)+" "+strings.Join(append(s.Agents, s.Words...), ",")))
	}
	return strings.Join(all, "; ")
}

func TestProgressRepeatsNothing(t *testing.T) {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tracking.New(nil, numbers)
	if err != nil {
		t.Fatal(err)
	}
	view := View{
		Call: calls.Call{
			Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567", DID: "74950000001",
			Legs: []calls.Leg{{Extension: "101", State: protocol.Ringing}},
		},
		Number: numbers.Read("84951234567"), SeenBy: map[string]struct{}{"anna": {}, "boris": {}},
		Lines: lines, Settings: &protocol.Settings{},
		Routed: routing.Decision{Excluded: []routing.Exclusion{{Extension: "177", Why: routing.NoAgent}}},
	}
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	at := func(ms time.Duration) time.Time { return start.Add(ms * time.Millisecond) }
	desktops := seats{"anna": {"windows"}}
	var p Progress

	steps := p.Changed(view, desktops, at(0), at(1))
	want := "seen; number; untracked; legs 101 ringing; " +
		"told anna,boris; sent anna; away boris; not told 177"
	if got := kinds(steps); got != want {
		t.Errorf("first: %s\nwant: %s", got, want)
	}
	if first, last := steps[0].At, steps[len(steps)-1].At; !first.Equal(at(0)) || !last.Equal(at(1)) {
		t.Errorf("from %v to %v", first, last)
	}
	if again := p.Changed(view, desktops, at(2), at(3)); len(again) > 0 {
		t.Errorf("again: %s", kinds(again))
	}
	block := &protocol.Block{By: "Anna"}
	if _, ok := p.Blocked(nil, view.Call); ok {
		t.Error("blocked without a block")
	}
	if s, ok := p.Blocked(block, view.Call); !ok || s.What != Blocked {
		t.Errorf("the block: %+v", s)
	}
	if _, ok := p.Blocked(block, view.Call); ok {
		t.Error("blocked twice")
	}

	if s := p.Popup("anna", protocol.ShownCall{}, at(41)); s.What != Shown || s.After != 40*time.Millisecond {
		t.Errorf("the popup: %+v", s)
	}
	if s := p.Popup("anna", protocol.ShownCall{}, at(50)); s.After != 0 {
		t.Errorf("the popup of an update is measured: %v", s.After)
	}
	view.Call.State, view.Call.Answered = protocol.Answered, at(100)
	view.Call.Legs = []calls.Leg{{Extension: "101", State: protocol.Answered}}
	if got := kinds(p.Changed(view, desktops, at(100), at(100))); got != "legs 101 answered; state" {
		t.Errorf("answered: %s", got)
	}
	if s := p.Popup("anna", protocol.ShownCall{}, at(121)); s.After != 21*time.Millisecond {
		t.Errorf("the popup of the answer: %+v", s)
	}
	if s := p.Popup("anna", protocol.ShownCall{Hidden: protocol.HiddenClosed}, at(1121)); s.What != Closed ||
		s.After != time.Second {
		t.Errorf("closed: %+v", s)
	}
	if s := p.Joined("clara", at(200)); s.What != Snapshot {
		t.Errorf("signed in: %+v", s)
	}
	long := protocol.Hidden(strings.Repeat("x", 200))
	if s := p.Popup("clara", protocol.ShownCall{Hidden: long}, at(230)); s.What != Hidden || len(s.Why) != 100 ||
		s.After != 30*time.Millisecond {
		t.Errorf("hidden: %+v", s)
	}
}
