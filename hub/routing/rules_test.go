package routing

import (
	"slices"
	"testing"
	"time"

	"traybell/hub/calls"
	"traybell/hub/rules"
	"traybell/hub/rules/condition"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func TestRulesGoBeforeTheLine(t *testing.T) {
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tracking.New([]tracking.Line{
		{Number: did, Name: "Support", Comment: "Hello", Teams: []string{"support"}, Template: "support"},
	}, reader)
	if err != nil {
		t.Fatal(err)
	}
	route := func(ringing bool, teams ...string) *rules.Route { return &rules.Route{Teams: teams, Ringing: ringing} }
	list := []rules.Rule{
		{Name: "sales", When: `call.name == "sales"`, Then: rules.Then{Route: route(false, "sales"), Comment: "Hi"}},
		{Name: "phones", When: `call.name == "phones"`, Then: rules.Then{Route: route(true, "sales")}, Stop: true},
		{Name: "line", When: `line.name == "Support" && call.name in ["sales", "phones"]`, Then: rules.Then{
			Route: route(false, "support"), Ticket: "night",
		}},
		{Name: "late", When: `line.number == ""`, Then: rules.Then{Route: &rules.Route{Agents: []string{"clara"}}}},
	}
	conditions, problems := condition.Compile(list, condition.Env{Zone: time.UTC})
	if problems != nil {
		t.Fatal(problems)
	}
	policy := Policy{Staff: staff.New(agents), Lines: lines, Rules: rules.New(list, conditions)}
	for name, c := range map[string]struct {
		called           string
		legs             []calls.Leg
		agents, excluded []string
		why              Reason
		comment, ticket  string
	}{
		"":      {did, rings("101", "102"), []string{"anna"}, []string{"boris"}, Rings, "Hello", "support"},
		"sales": {did, rings("101"), []string{"boris"}, []string{"anna"}, Ruled, "Hi", "night"},
		"phones": {
			did, rings("101", "200"), []string{"boris"}, []string{"anna", "clara"}, Ruled, "Hello", "support",
		},
		"untracked": {"7", rings("101"), []string{"clara"}, []string{"anna"}, Ruled, "", ""},
	} {
		call := incoming(c.legs...)
		call.DID = c.called
		d := policy.Decide(call, rules.Facts{Name: name, Direction: string(protocol.Incoming)})
		var excluded []string
		for _, x := range d.Excluded {
			excluded = append(excluded, x.Agents...)
		}
		slices.Sort(excluded)
		if diff := cmp.Diff([][]string{c.agents, c.excluded}, [][]string{d.Agents, excluded}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
		if d.Why != c.why || d.Seen().Comment != c.comment || d.Template() != c.ticket {
			t.Errorf("%q: %q %+v, ticket %q", name, d.Why, d.Seen(), d.Template())
		}
	}
}
