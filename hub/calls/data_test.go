package calls_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/calls"
)

var fields = calldata.NewFields([]calldata.Field{
	{
		Name:      "contract",
		Label:     "Contract",
		Variables: []string{"CONTRACT", "__IVR_CONTRACT"},
		Event:     "CallData",
		Key:       "contract",
	},
	{Name: "branch", Label: "Branch", Variables: []string{"BRANCH"}, Show: calldata.ShowNone},
})

// heard plays a sequence and returns the data of the calls after each change that has other ones.
func (s *sequence) heard(of *calldata.Fields) (shown []string) {
	s.t.Helper()
	t := calls.NewTracker("main", nil)
	t.Data.Fields = func() *calldata.Fields { return of }
	began := time.Unix(1795000000, 0)
	last := map[string]string{}
	for _, m := range s.messages {
		for _, c := range t.Apply(m.m, began.Add(m.after)) {
			var data []string
			for _, v := range c.Call.Data {
				data = append(data, v.Field.Name+"="+v.Text)
			}
			if now := strings.Join(data, " "); now != last[c.Call.ID] {
				last[c.Call.ID] = now
				shown = append(shown, strings.TrimPrefix(c.Call.ID, "main:1795000000.")+": "+now)
			}
		}
	}
	return shown
}

// has adds variables to the last message.
func (s *sequence) has(prefix string, variables ...string) {
	last := &s.messages[len(s.messages)-1]
	var pairs []string
	for key, value := range last.m.Each() {
		if key != "Event" && key != "Privilege" {
			pairs = append(pairs, key, value)
		}
	}
	for _, v := range variables {
		pairs = append(pairs, prefix+"ChanVariable", v)
	}
	last.m = newEvent(last.m.Event(), pairs...)
}

func (s *sequence) varSet(id, name, value string) {
	s.send("VarSet", append(s.show("", id), "Variable", name, "Value", value)...)
}

func TestDataOfTheDialplan(t *testing.T) {
	trunk := func(s *sequence) {
		s.channel("1", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "1")
	}
	phone := func(s *sequence, id, extension string) {
		s.channel(id, "PJSIP/"+extension+"-0000000"+id, "Down", extension, "s", "1")
	}
	for name, c := range map[string]struct {
		tell func(*sequence)
		want string
	}{
		"before the phone rings": {func(s *sequence) {
			trunk(s)
			s.has("", "FROM_DID=74950000001", "CONTRACT=", "CONTRACT=4711", "OTHER=1")
			phone(s, "2", "101")
			s.begin("1", "2")
		}, "1: contract=4711"},
		"at the end of the menu, with the dial": {func(s *sequence) {
			trunk(s)
			phone(s, "2", "101")
			s.begin("1", "2")
			s.has("", "CONTRACT=4711", "BRANCH=2")
		}, "1: contract=4711 branch=2"},
		"by the leg of the agent": {func(s *sequence) {
			trunk(s)
			phone(s, "2", "101")
			s.begin("1", "2")
			s.has("Dest", "CONTRACT=4711")
		}, "1: contract=4711"},
		"late, and corrected": {func(s *sequence) {
			s.answered()
			s.varSet("1", "__CONTRACT", "1")
			s.varSet("1", "CONTRACT", "1")
			s.varSet("1", "IVR_CONTRACT", "2")
			s.varSet("1", "OTHER", "3")
			s.send("VarSet", "Uniqueid", "1795000000.9", "Variable", "CONTRACT", "Value", "4")
		}, "1: contract=1, 1: contract=2"},
		"an inherited text does not come back": {func(s *sequence) {
			trunk(s)
			s.has("", "CONTRACT=1")
			phone(s, "2", "101")
			s.begin("1", "2")
			s.has("Dest", "CONTRACT=1")
			s.state("2", "Ringing")
			s.has("", "CONTRACT=2")
			phone(s, "3", "102") // inherits from the trunk
			s.has("", "CONTRACT=1")
			s.begin("1", "3")
			s.has("", "CONTRACT=1")
		}, "1: contract=1, 1: contract=2"},
		"on a Local channel": {func(s *sequence) {
			trunk(s)
			s.local("2", "3", "101")
			s.has("", "CONTRACT=7")
			phone(s, "4", "101")
			s.begin("3", "4")
		}, "1: contract=7"},
		"by a user event": {func(s *sequence) {
			s.answered()
			s.send("UserEvent", append(s.show("", "1"), "UserEvent", "callDATA", "Contract", "12", "BRANCH", "x")...)
			s.send("UserEvent", append(s.show("", "1"), "UserEvent", "Other", "contract", "13")...)
			s.send("UserEvent", "UserEvent", "CallData", "contract", "14")
		}, "1: contract=12"},
		"with the hang-up": {func(s *sequence) {
			s.answered()
			s.hangup("16", "1")
			s.has("", "CONTRACT=1")
			s.hangup("16", "2")
		}, "1: contract=1"},
		"what the caller may choose": {func(s *sequence) {
			s.answered()
			s.varSet("1", "CONTRACT", "  a\u202e\tb\x00"+strings.Repeat("я", 300))
		}, "1: contract=a b " + strings.Repeat("я", 95)},
		"kept by the call that a transfer merges": {func(s *sequence) {
			s.answered()
			s.varSet("1", "CONTRACT", "1")
			s.channel("5", "PJSIP/101-00000005", "Ring", "101", "102", "5")
			s.varSet("5", "CONTRACT", "2")
			s.varSet("5", "BRANCH", "3")
			s.channel("6", "PJSIP/102-00000006", "Down", "102", "s", "5")
			s.begin("5", "6")
			s.channels["5"]["Linkedid"] = "1795000000.1"
			s.state("5", "Up")
		}, "1: contract=1, 5: contract=2, 5: contract=2 branch=3, 1: contract=1 branch=3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSequence(t)
			c.tell(s)
			if got := strings.Join(s.heard(fields), ", "); got != c.want {
				t.Errorf("heard %q, want %q", got, c.want)
			}
			if got := s.heard(nil); got != nil {
				t.Errorf("without call_data: %q", got)
			}
		})
	}
}

// A dialplan in a loop sets a variable 2,000 times in 20 s.
func TestDataInALoop(t *testing.T) {
	s := newSequence(t)
	s.answered()
	for i := range 2000 {
		s.varSet("1", "CONTRACT", fmt.Sprint(i))
		s.messages[len(s.messages)-1].after = time.Minute + time.Duration(i)*10*time.Millisecond
	}
	s.hangup("16", "1", "2")
	for i := range 2 {
		s.messages[len(s.messages)-1-i].after = 90 * time.Second
	}
	shown := s.heard(fields)
	if len(shown) < 25 || len(shown) > 35 || shown[len(shown)-1] != "1: contract=1999" {
		t.Errorf("%d changes, the last %q", len(shown), shown[len(shown)-1])
	}
}

// After a burst the last text is shown, also if the PBX says nothing more about the call.
func TestTheLastDatumOfABurstIsShown(t *testing.T) {
	s := newSequence(t)
	s.answered()
	for i := range 300 {
		s.varSet("1", "CONTRACT", fmt.Sprint(i))
	}
	tracker := calls.NewTracker("main", nil)
	tracker.Data.Fields = func() *calldata.Fields { return fields }
	began := time.Unix(1795000000, 0)
	last := ""
	f := calls.Follower{Tracker: tracker, OnChange: func(c calls.Change) { last = c.Call.Data.Get("contract") }}
	var at time.Time
	for _, m := range s.messages {
		at = began.Add(m.after)
		f.Event(m.m, at)
	}
	if last == "" || last == "299" {
		t.Errorf("in the burst contract %q is shown", last)
	}
	f.Beat(at.Add(time.Second))
	if last != "299" {
		t.Errorf("after the burst contract %s is shown", last)
	}
}
