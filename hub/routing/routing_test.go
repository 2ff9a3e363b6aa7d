package routing

import (
	"slices"
	"testing"

	"traybell/hub/calls"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// 101 is anna's, 102 boris's, 103 clara's; 200 is shared by boris and clara; 900 has no agent.
var agents = []staff.Agent{
	{Login: "anna", Extensions: []string{"101", "201"}, Teams: []string{"support"}},
	{Login: "boris", Extensions: []string{"102", "200"}, Teams: []string{"sales"}},
	{Login: "clara", Extensions: []string{"103", "200"}},
}

const did = "74950000001"

func incoming(legs ...calls.Leg) calls.Call {
	return calls.Call{Direction: protocol.Incoming, DID: did, Legs: legs}
}

func rings(extensions ...string) (legs []calls.Leg) {
	for _, e := range extensions {
		legs = append(legs, calls.Leg{Extension: e, State: protocol.Ringing})
	}
	return legs
}

func leg(extension string, state protocol.State) calls.Leg {
	return calls.Leg{Extension: extension, State: state}
}

func TestDecide(t *testing.T) {
	outgoing := calls.Call{Direction: protocol.Outgoing, DID: did, Legs: []calls.Leg{
		{Extension: "101", State: protocol.Ringing, Calling: true},
	}}
	internal := calls.Call{Direction: protocol.Internal, DID: "102", Legs: []calls.Leg{
		{Extension: "103", State: protocol.Ringing, Calling: true},
		leg("102", protocol.Ringing),
	}}
	ended := outgoing
	ended.Legs = []calls.Leg{leg("101", protocol.Ended)}
	excluded := func(why Reason, extension string, logins ...string) Exclusion {
		return Exclusion{Extension: extension, Agents: logins, Why: why}
	}
	for name, c := range map[string]struct {
		lines    []tracking.Line
		call     calls.Call
		agents   []string
		why      Reason
		excluded []Exclusion
	}{
		"no lines: the agent whose phone rings": {
			nil, incoming(rings("101")...), []string{"anna"}, Rings, nil,
		},
		"several phones": {
			nil, incoming(rings("101", "102")...), []string{"anna", "boris"}, Rings, nil,
		},
		"two phones of one agent": {
			nil, incoming(rings("101", "201")...), []string{"anna"}, Rings, nil,
		},
		"no phone yet": {
			nil, incoming(), nil, Rings, nil,
		},
		"a shared extension": {
			nil, incoming(rings("200")...), []string{"boris", "clara"}, Rings, nil,
		},
		"an extension without an agent": {
			nil, incoming(rings("900", "101")...),
			[]string{"anna"},
			Rings,
			[]Exclusion{excluded(NoAgent, "900")},
		},
		"an answered leg": {
			nil, incoming(leg("101", protocol.Answered), leg("102", protocol.Ringing)),
			[]string{"anna", "boris"},
			Rings, nil,
		},
		"an ended leg": {
			nil, incoming(leg("101", protocol.Answered), leg("102", protocol.Ended), leg("900", protocol.Ended)),
			[]string{"anna"},
			Rings, nil,
		},
		"only ended legs": {
			nil, incoming(leg("101", protocol.Ended)), nil, Rings, nil,
		},

		"another number": {
			[]tracking.Line{{Number: "74950000002"}},
			incoming(rings("101", "900")...),
			nil, Untracked,
			[]Exclusion{excluded(Untracked, "101", "anna"), excluded(NoAgent, "900")},
		},
		"the number in another form": {
			[]tracking.Line{{Number: "8 (495) 000-00-01"}}, incoming(rings("101")...), []string{"anna"}, Rings, nil,
		},
		"a team": {
			[]tracking.Line{{Number: did, Teams: []string{"sales"}}},
			incoming(rings("101", "102")...),
			[]string{"boris"},
			Rings,
			[]Exclusion{excluded(OtherTeams, "101", "anna")},
		},
		"an agent": {
			[]tracking.Line{{Number: did, Agents: []string{"anna"}}},
			incoming(rings("101", "102")...),
			[]string{"anna"},
			Rings,
			[]Exclusion{excluded(OtherTeams, "102", "boris")},
		},
		"a team and an agent": {
			[]tracking.Line{{Number: did, Teams: []string{"sales"}, Agents: []string{"clara"}}},
			incoming(rings("101", "102", "103")...),
			[]string{"boris", "clara"},
			Rings,
			[]Exclusion{excluded(OtherTeams, "101", "anna")},
		},
		"a team member at a shared extension": {
			[]tracking.Line{{Number: did, Teams: []string{"sales"}}},
			incoming(rings("200")...),
			[]string{"boris"},
			Rings,
			[]Exclusion{excluded(OtherTeams, "200", "clara")},
		},
		"an excluded phone that has ended": {
			[]tracking.Line{{Number: did, Teams: []string{"sales"}}},
			incoming(leg("101", protocol.Ended), leg("102", protocol.Answered)),
			[]string{"boris"},
			Rings, nil,
		},

		"bound to all": {
			[]tracking.Line{{Number: did, Show: tracking.ShowBound}},
			incoming(rings("900")...),
			[]string{"anna", "boris", "clara"},
			Bound,
			[]Exclusion{excluded(NoAgent, "900")},
		},
		"bound to a team whose phones do not ring": {
			[]tracking.Line{{Number: did, Show: tracking.ShowBound, Teams: []string{"support"}}},
			incoming(rings("200")...),
			[]string{"anna"},
			Bound,
			[]Exclusion{excluded(BoundOthers, "200", "boris", "clara")},
		},
		"bound, before a phone rings": {
			[]tracking.Line{{Number: did, Show: tracking.ShowBound, Agents: []string{"clara"}}},
			incoming(),
			[]string{"clara"},
			Bound, nil,
		},

		"outgoing":           {nil, outgoing, []string{"anna"}, TakesPart, nil},
		"outgoing and ended": {nil, ended, []string{"anna"}, TakesPart, nil},
		"internal":           {nil, internal, []string{"clara", "boris"}, TakesPart, nil},
		"outgoing, on no line": {
			[]tracking.Line{{Number: "1", Teams: []string{"sales"}}}, outgoing, []string{"anna"}, TakesPart, nil,
		},
		"outgoing to a tracked number": {
			[]tracking.Line{{Number: did, Show: tracking.ShowBound, Agents: []string{"clara"}}},
			outgoing,
			[]string{"anna"},
			TakesPart, nil,
		},
		"internal, without an agent": {
			nil, calls.Call{Direction: protocol.Internal, Legs: rings("900")}, nil, TakesPart, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			numbers, err := phone.NewReader("RU", nil)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := tracking.New(c.lines, numbers)
			if err != nil {
				t.Fatal(err)
			}
			before := slices.Clone(c.call.Legs)
			got := Policy{Staff: staff.New(agents), Lines: lines}.Decide(c.call, rules.Facts{})
			want := Decision{Agents: c.agents, Why: c.why, Excluded: c.excluded}
			if c.call.Direction == protocol.Incoming {
				want.Line = lines.Of(did)
			}
			if (want.Line == nil) != (c.why == Untracked || c.why == TakesPart) {
				t.Fatalf("the line is %+v", want.Line)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !slices.Equal(c.call.Legs, before) {
				t.Error("Decide changed the legs")
			}
		})
	}
}
