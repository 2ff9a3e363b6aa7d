package condition

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/rules"

	"github.com/google/go-cmp/cmp"
)

func benchmarkRules(n int) []rules.Rule {
	conditions := []string{
		`call.direction == "incoming" && call.did == "74950000%03d"`,
		`!schedule.office && line.number == "%d"`,
		`caller.company == "Company %d" || caller.login.startsWith("x%[1]d")`,
		`call.e164.matches("^\\+7495%03d[0-9]{4}$")`,
		`time.hour >= 18 && data.contract == "%d" && tickets.open > 2`,
	}
	list := make([]rules.Rule, n)
	for i := range list {
		list[i] = rules.Rule{
			Name: fmt.Sprint("rule ", i), When: fmt.Sprintf(conditions[i%len(conditions)], i),
			Then: rules.Then{Comment: "x"},
		}
	}
	return list
}

func office() *rules.Schedule {
	s := &rules.Schedule{Zone: time.UTC}
	h, _ := rules.ParseHours("09:00-18:00")
	_ = rules.ParseWeekdays("mon-fri", &h.Weekdays)
	s.Hours = []rules.Hours{h}
	return s
}

func BenchmarkDecide(b *testing.B) {
	list := benchmarkRules(50)
	conditions, problems := Compile(list, Env{
		Schedules: map[string]*rules.Schedule{"office": office()}, Data: []string{"contract"}, Zone: time.UTC,
	})
	if problems != nil {
		b.Fatal(problems)
	}
	set := rules.New(list, conditions)
	f := rules.Facts{
		Direction: "incoming", DID: "74951234567", E164: "+74951112233", Started: time.Now(),
		Caller: rules.Caller{Login: "anna", Company: "Company"}, Data: func(string) string { return "17" },
	}
	b.ReportAllocs()
	for b.Loop() {
		if d := set.Decide(f); len(d.Failed) > 0 {
			b.Fatal(d.Failed)
		}
	}
}

// set compiles rules.
func set(t *testing.T, list ...rules.Rule) *rules.Set {
	t.Helper()
	conditions, problems := Compile(list, Env{Data: []string{"contract"}, Zone: time.UTC})
	if problems != nil {
		t.Fatal(problems)
	}
	return rules.New(list, conditions)
}

func TestFirstRuleThatDecidesWins(t *testing.T) {
	s := set(
		t,
		rules.Rule{Name: "a", When: "call.missed", Then: rules.Then{Comment: "a"}},
		rules.Rule{Name: "b", When: `data.contract == "1"`, Then: rules.Then{
			Comment: "b", Ticket: "b", Open: []rules.Page{{Link: "cid", At: rules.OnRing}}, Warn: "b",
		}},
		rules.Rule{Name: "c", Then: rules.Then{
			Comment: "c", Route: &rules.Route{Teams: []string{"x"}, Agents: []string{"y"}, Ringing: true},
			Open: []rules.Page{{Link: "cid", At: rules.OnAnswer}, {Link: "map", At: rules.OnAnswer}}, Warn: "c",
		}},
		rules.Rule{Name: "d", When: `call.did == "7"`, Stop: true, Then: rules.Then{
			Popup: rules.Silent, Create: rules.OnEnd,
		}},
		rules.Rule{Name: "e", Then: rules.Then{Category: "red", Create: rules.OnRing}},
	)
	d := s.Decide(rules.Facts{DID: "7", Data: func(string) string { return "1" }})
	want := []rules.Applied{
		{Rule: "b", Did: []string{"comment: b", "ticket: b", "open: cid, ring", "warn: b"}},
		{Rule: "c", Did: []string{"route: x, y (ringing)", "open: map, answer", "warn: c"}},
		{Rule: "d", Did: []string{"popup: silent", "create_ticket: end"}},
	}
	if diff := cmp.Diff(want, d.Applied); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.By != (rules.By{Route: "c", Create: "d"}) || d.Category != "" || len(d.Open) != 2 || len(d.Warns) != 2 {
		t.Errorf("decided: %+v", d)
	}
	if d := s.Decide(rules.Facts{Missed: true}); d.Comment != "a" || d.Create != rules.OnRing || d.By.Create != "e" {
		t.Errorf("decided: %+v", d)
	}
}

// A rule that fails is skipped; those after it apply.
func TestRulesThatFail(t *testing.T) {
	s := set(
		t,
		rules.Rule{Name: "number", When: "int(call.name) > 5", Then: rules.Then{Comment: "number"}},
		rules.Rule{Name: "zero", When: "10 / call.rang > 1", Then: rules.Then{Comment: "zero"}},
		rules.Rule{Name: "list", When: `call.extensions[3] == "1"`, Then: rules.Then{Comment: "list"}},
		rules.Rule{Name: "zone", When: `call.started.getHours(call.name) > 5`, Stop: true, Then: rules.Then{
			Comment: "zone",
		}},
		rules.Rule{Name: "pattern", When: `call.number.matches(call.name)`, Then: rules.Then{Comment: "pattern"}},
		rules.Rule{Name: "last", Then: rules.Then{Comment: "last"}},
	)
	d := s.Decide(rules.Facts{Name: "Ivan ("})
	failed := ""
	for _, f := range d.Failed {
		failed += f.Rule + " "
		if f.Why == "" || strings.Contains(f.Why, "\n") {
			t.Errorf("%q", f.Why)
		}
	}
	if failed != "number zero list zone pattern " || d.Comment != "last" {
		t.Errorf("%q failed, decided %+v", failed, d)
	}
}

// What a caller chooses cannot make a condition expensive: texts and lists are cut, and a condition that
// costs too much for a call is skipped.
func TestConditionsAreLimited(t *testing.T) {
	s := set(
		t,
		rules.Rule{Name: "cut", When: `call.name.size() <= 512 && call.extensions.size() <= 100`, Then: rules.Then{
			Comment: "x",
		}},
		rules.Rule{Name: "text", When: `call.name.endsWith("ж")`, Then: rules.Then{Ticket: "x"}},
	)
	d := s.Decide(rules.Facts{Name: strings.Repeat("ж", 1_000_000), Phones: make([]string, 100_000)})
	if d.Comment != "x" || d.Ticket != "x" || len(d.Failed) > 0 {
		t.Errorf("%+v", d)
	}
	for _, when := range []string{
		`[1, 2, 3].map(a, call.extensions.map(b, b + call.name)).size() > 1`,
		`call.extensions.exists(a, call.extensions.exists(b, a + b == call.name))`,
	} {
		if _, problems := Compile([]rules.Rule{{When: when}}, Env{Zone: time.UTC}); problems == nil {
			t.Errorf("%s is not refused", when)
		}
	}
}
