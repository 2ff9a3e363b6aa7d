package hubfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/fail"
	"traybell/hub/signin"

	"github.com/google/go-cmp/cmp"
)

// hashes of "spring" and "autumn".
const (
	spring = "$argon2id$v=19$m=64,t=1,p=1$qSaAQoeBRU6fY1TP8HqGBA$ziLC0kGorRnxOcG5MfRDCpLovNHpmcLDUBhcxjGqnqU"
	autumn = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
)

const office = `# our hub
pbx:
  - {id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}
agents:
  # the boss
  - login: anna      # since 2009
    name: Анна Петрова
    extensions: ["101", "0201"]
    password_file: anna.hash
    teams: [support]
  - {login: boris, extensions: ['102'], password: "` + autumn + `", teams: [sales]}

# numbers
tracking:
  - number: "74950000001"
    name: Support
    teams: [support]
    agents:
      - boris   # at night
    show: bound
    ticket: help
  - {number: "*", agents: [anna, boris]}
ticket_templates:
  help:
    title: "Call from {{.Caller.Name}}"
    body: |
      {{.Caller.Name}} called.

      # {{.Line.Name}}
  other: {title: x}
`

// desk is an office whose hub.yml is edited.
type desk struct {
	*testing.T
	*Editor
	now     time.Time
	reload  error
	pending bool
}

// Next implements Reloads: what was written is loaded at once.
func (d *desk) Next() func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return !d.pending, d.reload }
}

func open(t *testing.T, text string) *desk {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"hub.yml": text, "anna.hash": spring + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{T: t, now: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
	d.Editor = &Editor{
		File: filepath.Join(dir, "hub.yml"), Reloads: d, Now: func() time.Time { return d.now },
		Check: func(path string, text []byte) (*config.Config, error) { return config.Parse(path, text) },
	}
	return d
}

func (d *desk) text() string {
	d.Helper()
	text, err := os.ReadFile(d.File)
	if err != nil {
		d.Fatal(err)
	}
	return string(text)
}

// write replaces hub.yml as an editor does.
func (d *desk) write(text string) {
	d.Helper()
	if err := os.WriteFile(d.File, []byte(text), 0o640); err != nil {
		d.Fatal(err)
	}
}

// plan plans a change that has no problems.
func (d *desk) plan(e Edit) Draft {
	d.Helper()
	c, err := d.Plan(e, "admin")
	if err != nil {
		d.Fatal(err)
	}
	if len(c.Problems) > 0 {
		d.Fatalf("%+v", c.Problems)
	}
	return c
}

// does plans and confirms a change.
func (d *desk) does(e Edit) Outcome {
	d.Helper()
	c := d.plan(e)
	o, err := d.Confirm(d.Context(), c.ID, "admin", c.Fingerprint)
	if err != nil {
		d.Fatal(err)
	}
	return o
}

// fails requires an error with a code.
func (d *desk) fails(err error, code fail.Code, text string) {
	d.Helper()
	if f := fail.Of(err); err == nil || f.Code != code || !strings.Contains(f.Error(), text) {
		d.Errorf("%v, want %s %q", err, code, text)
	}
}

func TestAnAgentIsChanged(t *testing.T) {
	d := open(t, office)
	content, err := d.Content(Agents)
	if err != nil {
		t.Fatal(err)
	}
	anna, boris := content.Entries[0], content.Entries[1]
	if diff := cmp.Diff(Values{
		"login": "anna", "name": "Анна Петрова", "extensions": []string{"101", "0201"}, "teams": []string{"support"},
		"rights": []string{}, "roles": []string{},
	}, anna.Values); diff != "" || anna.Line != 6 || boris.Values["name"] != "" || content.Locked != "" {
		t.Errorf("%s\n%+v", diff, content)
	}
	c := d.plan(Edit{
		List: Agents, Action: Set, Entry: "anna", Revision: anna.Revision,
		Values: Values{"extensions": []any{"101", "0202"}, "name": "Анна Лунд", "rights": []string{"ticket"}},
	})
	want := `@@ -4,10 +4,11 @@
 agents:
   # the boss
   - login: anna      # since 2009
-    name: Анна Петрова
-    extensions: ["101", "0201"]
+    name: Анна Лунд
+    extensions: ["101", "0202"]
     password_file: anna.hash
     teams: [support]
+    rights: [ticket]
   - {login: boris, extensions: ['102'], password: ***, teams: [sales]}
 
 # numbers
`
	if diff := cmp.Diff(want, c.Diff); diff != "" {
		t.Error(diff)
	}
	if d.text() != office || c.Summary != "changed name, extensions, rights (+3 -2 lines)" ||
		c.Object() != "agents anna" {
		t.Errorf("%+v\n%s", c, d.text())
	}
	_, err = d.Confirm(t.Context(), c.ID, "another", c.Fingerprint)
	d.fails(err, fail.NotFound, "not waiting")
	o, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
	if err != nil || o.State != Applied || o.Password != "" {
		t.Fatalf("%+v, %v", o, err)
	}
	if diff := cmp.Diff(strings.NewReplacer("Анна Петрова", "Анна Лунд", "0201", "0202", "teams: [support]\n  -",
		"teams: [support]\n    rights: [ticket]\n  -").Replace(office), d.text()); diff != "" {
		t.Error(diff)
	}
	if was, err := os.ReadFile(o.Backup); string(was) != office || err != nil {
		t.Errorf("%v\n%s", err, was)
	}
	_, err = d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
	d.fails(err, fail.NotFound, "not waiting")
}

// What a form shows and was not touched stays, whatever blanks and defaults the file has.
func TestUntouchedValuesStay(t *testing.T) {
	d := open(t, strings.Replace(office, "name: Support", "name: ' Support '\n    comment: |\n      one\n      two", 1))
	for _, list := range []List{Agents, Tracking, Templates} {
		content, err := d.Content(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range content.Entries {
			_, err := d.Plan(Edit{List: list, Action: Set, Entry: e.Name, Values: e.Values}, "admin")
			d.fails(err, fail.Invalid, "Nothing is changed")
		}
	}
	d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "", "rights": []string{"ticket"}}})
	d.does(Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"name": ""}}) // its default from now on
	if !strings.Contains(d.text(), `teams: [sales], rights: [ticket]}`) {
		t.Error(d.text())
	}
}

// A rename follows to the tracked numbers, which would otherwise be wrong.
func TestARenameFollowsReferences(t *testing.T) {
	d := open(t, office)
	d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"login": "b.ivanov"}})
	d.does(Edit{List: Templates, Action: Set, Entry: "help", Values: Values{"name": "support"}})
	d.does(Edit{List: Tracking, Action: Set, Entry: "74950000001", Values: Values{"number": "_7495XXXXXXX"}})
	want := strings.NewReplacer("{login: boris", "{login: b.ivanov", "- boris ", "- b.ivanov ", "[anna, boris]",
		"[anna, b.ivanov]", "ticket: help", "ticket: support", "  help:", "  support:", "74950000001", "_7495XXXXXXX").
		Replace(office)
	if diff := cmp.Diff(want, d.text()); diff != "" {
		t.Error(diff)
	}
}

// An agent is renamed in all lists that name agents; others and comments stay.
func TestARenameFollowsToQueuesAndMobiles(t *testing.T) {
	const lists = `queues:
  - name: sales
    agents: [boris, anna]   # both
    viewers: [boris]
    alarm: {waiting: 3, agents: [boris]}
  - {name: support, teams: [support]}
mobile:
  numbers: [{number: "+7 916 111-22-33", agent: boris, pin: "4711"}]
`
	d := open(t, office+lists)
	d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"login": "b.ivanov"}})
	if got := d.text(); !strings.HasSuffix(got, strings.ReplaceAll(lists, "boris", "b.ivanov")) {
		t.Error(cmp.Diff(office+lists, got))
	}
}

// The difference has the lines of both files at their places, however many changes it has.
func TestDifferenceOfSeveralPlaces(t *testing.T) {
	text := ruled + "call_data:\n" + strings.Repeat("  # far below\n", 20)
	d := open(t, strings.Replace(text, "when: \"!schedule.office\"", "when: '!schedule.office'", 1))
	was := strings.Split(d.text(), "\n")
	for _, e := range []Edit{
		{List: Rules, Action: Set, Entry: "nights", Values: Values{"when": "call.missed", "then.comment": "a\nb"}},
		{List: Rules, Action: Set, Entry: "debtors", Values: Values{"name": "x", "stop": "true", "then.comment": "c"}},
		{List: Agents, Action: Set, Entry: "boris", Values: Values{"login": "b", "name": "B", "roles": []string{}}},
		{List: Templates, Action: Set, Entry: "help", Values: Values{"name": "aid", "queue": "Raw", "body": "one"}},
	} {
		c := d.plan(e)
		now := d.does(e)
		if now.Draft.Diff != c.Diff {
			t.Error("it differs when it is confirmed")
		}
		fresh := strings.Split(d.text(), "\n")
		from, to := 0, 0
		for line := range strings.Lines(c.Diff) {
			kind, line := line[0], strings.TrimSuffix(line[1:], "\n")
			if kind == '@' {
				if _, err := fmt.Sscanf(line, "@ -%d,%d +%d,", &from, new(int), &to); err != nil {
					t.Fatal(err)
				}
				from, to = from-1, to-1
				continue
			}
			if kind != '+' {
				sameLine(t, was[from], line)
				from++
			}
			if kind != '-' {
				sameLine(t, fresh[to], line)
				to++
			}
		}
		was = fresh
	}
}

// sameLine compares a line of a file and of a difference without secrets.
func sameLine(t *testing.T, file, shown string) {
	t.Helper()
	before, after, _ := strings.Cut(shown, "***")
	if !strings.HasPrefix(file, before) || !strings.HasSuffix(file, after) {
		t.Errorf("the difference has %q, the file %q", shown, file)
	}
}

const ruled = office + `rules:
  # the boss wants to know
  - name: debtors
    when: caller.company == "Acme"   # CEL
    then: {warn: Payment in advance only., ask: {url: "https://crm.example.com", token: secret-token}}
  - name: nights
    when: "!schedule.office"
    then:
      route:
        teams: [sales]
        agents: [boris]
      ticket: help   # for the morning
schedules: {office: {open: [{days: [mon-fri], hours: ["09:00-18:00"]}]}}
caller_id:
  rules:
  - {prefix: "0", strip: 1, show: true}   # outside
  - prefix: "99"
    min: 12
`

func TestRulesAreChanged(t *testing.T) {
	d := open(t, ruled)
	content, err := d.Content(Rules)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Values{
		"name": "debtors", "when": `caller.company == "Acme"`, "stop": "false", "then.route.teams": []string{},
		"then.route.agents": []string{}, "then.route.show": "bound", "then.comment": "", "then.ticket": "",
		"then.category": "", "then.popup": "", "then.create_ticket": "", "then.warn": "Payment in advance only.",
		"then.hide_number": "false",
	}, content.Entries[0].Values); diff != "" {
		t.Error(diff)
	}
	c := d.plan(Edit{List: Rules, Action: Set, Entry: "debtors", Values: Values{
		"when": "caller.known", "then.warn": "Pay first.", "then.category": "red", "then.route.teams": []any{"support"},
		"then.hide_number": true, "then.route.show": "bound", "stop": "true",
	}})
	if strings.Contains(c.Diff, "secret-token") || !strings.HasPrefix(c.Summary,
		"changed when, then.route.teams, then.category, then.warn, then.hide_number, stop") {
		t.Errorf("%s\n%s", c.Summary, c.Diff)
	}
	if _, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint); err != nil {
		t.Fatal(err)
	}
	d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"login": "b.ivanov"}})
	d.does(Edit{List: Templates, Action: Set, Entry: "help", Values: Values{"name": "support"}})
	d.does(Edit{List: Rules, Action: Move, Entry: "nights", Position: 1})
	d.does(Edit{List: Rules, Action: Add, Values: Values{
		"name": "robots", "when": "call.withheld\r\n&& !caller.known", "then.popup": "silent",
		"then.route.show": "bound",
		"stop":            false,
	}})
	want := strings.NewReplacer(`caller.company == "Acme"   # CEL`, "caller.known   # CEL",
		"{warn: Payment in advance only.,", "{warn: Pay first.,",
		`token: secret-token}}`, "token: secret-token}, route: {teams: [support]}, category: red, hide_number: true}\n"+
			"    stop: true",
		"[boris]", "[b.ivanov]", "ticket: help ", "ticket: support ").Replace(ruled[len(office):])
	nights := want[strings.Index(want, "  - name: nights"):strings.Index(want, "schedules:")]
	want = strings.Replace(strings.Replace(want, nights, "", 1), "rules:\n", "rules:\n"+nights, 1)
	want = strings.Replace(want, "schedules:", "  - name: robots\n    when: |-\n      call.withheld\n"+
		"      && !caller.known\n    then:\n      popup: silent\nschedules:", 1)
	if _, got, _ := strings.Cut(d.text(), "  other: {title: x}\n"); got != want {
		t.Error(cmp.Diff(want, got))
	}
	d.does(Edit{List: Rules, Action: Remove, Entry: "debtors"})
	if text := d.text(); strings.Contains(text, "debtors") || !strings.Contains(text, "the boss wants to know") {
		t.Error(text)
	}
}

func TestCallerIDRulesAreChanged(t *testing.T) {
	d := open(t, ruled)
	content, err := d.Content(CallerIDRules)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Values{"prefix": "99", "min": "12", "max": "0", "strip": "0", "add": "", "show": "false"},
		content.Entries[1].Values); diff != "" || content.Entries[1].Name != "2" {
		t.Errorf("%s%+v", diff, content.Entries)
	}
	first := content.Entries[0].Revision
	d.does(Edit{List: CallerIDRules, Action: Set, Entry: "2", Values: Values{"min": 9.0, "strip": "2", "show": true}})
	o := d.does(Edit{List: CallerIDRules, Action: Move, Entry: "1", Revision: first, Position: 2})
	if o.Draft.Object() != "caller_id.rules 2" {
		t.Errorf("%+v", o.Draft)
	}
	_, err = d.Plan(Edit{List: CallerIDRules, Action: Remove, Entry: "1", Revision: first}, "admin")
	d.fails(err, fail.Conflict, "changed meanwhile") // it is another one now
	d.does(Edit{List: CallerIDRules, Action: Add, Values: Values{"prefix": "8", "add": "+7", "max": "", "show": ""}})
	_, got, _ := strings.Cut(d.text(), "caller_id:\n")
	if diff := cmp.Diff("  rules:\n  - prefix: \"99\"\n    min: 9\n    strip: 2\n    show: true\n"+
		"  - {prefix: \"0\", strip: 1, show: true}   # outside\n"+
		"  - prefix: \"8\"\n    add: \"+7\"\n", got); diff != "" {
		t.Error(diff)
	}
	d.write(office)
	_, err = d.Plan(Edit{List: CallerIDRules, Action: Add, Values: Values{"min": nil, "show": nil}}, "admin")
	d.fails(err, fail.Invalid, "Nothing is changed")
	d.does(Edit{List: CallerIDRules, Action: Add, Values: Values{"prefix": "8", "strip": "1"}})
	if got, found := strings.CutPrefix(d.text(), office); !found ||
		got != "\ncaller_id:\n  rules:\n    - prefix: \"8\"\n      strip: 1\n" {
		t.Error(got)
	}
}

// A key with true or false, a number, or a time that may be absent is written as hub.yml has it.
func TestValuesThatAreNoTexts(t *testing.T) {
	d := open(t, office)
	d.does(Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"hide_number": "true", "wrap_up": "30s"}})
	if !strings.Contains(d.text(), `agents: [anna, boris], wrap_up: "30s", hide_number: true}`) {
		t.Error(d.text())
	}
	content, err := d.Content(Tracking)
	if err != nil {
		t.Fatal(err)
	}
	if of := content.Entries; of[0].Values["wrap_up"] != "" || of[1].Values["wrap_up"] != "30s" ||
		of[1].Values["hide_number"] != "true" {
		t.Errorf("%+v", of)
	}
	_, err = d.Plan(Edit{List: Tracking, Action: Set, Entry: "*", Values: content.Entries[1].Values}, "admin")
	d.fails(err, fail.Invalid, "Nothing is changed")
	d.does(Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"wrap_up": "1h30m"}})
	if !strings.Contains(d.text(), `wrap_up: "1h30m"`) {
		t.Error(d.text())
	}
	d.does(Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"hide_number": "", "wrap_up": ""}})
	if !strings.Contains(d.text(), `agents: [anna, boris], hide_number: false}`) {
		t.Error(d.text())
	}
}

func TestEntriesAreAddedMovedAndRemoved(t *testing.T) {
	d := open(t, office)
	o := d.does(Edit{
		List: Agents, Action: Add, Values: Values{"login": "vera", "extensions": []any{"0101"}, "name": ""},
	})
	cfg, err := config.Load(d.File)
	if err != nil || !signin.Fits(o.Password, cfg.Agents[2].Password.Reveal()) || len(o.Password) != 14 {
		t.Fatalf("%v, %+v", err, o)
	}
	if strings.Contains(o.Draft.Diff, "argon2") || strings.Contains(o.Draft.Diff, o.Password) ||
		o.Draft.Password+o.Draft.Lines != "" {
		t.Errorf("%+v", o.Draft)
	}
	d.does(Edit{List: Agents, Action: Move, Entry: "vera", Position: 1})
	d.does(Edit{List: Tracking, Action: Move, Entry: "*", Position: 1})
	d.does(Edit{List: Agents, Action: Remove, Entry: "vera"})
	d.does(Edit{List: Templates, Action: Remove, Entry: "other"})
	d.does(Edit{List: Templates, Action: Add, Values: Values{"name": "short", "title": "z", "body": "1\r\n2\r\n"}})
	want := strings.NewReplacer("tracking:\n", "tracking:\n  - {number: \"*\", agents: [anna, boris]}\n",
		"  - {number: \"*\", agents: [anna, boris]}\n", "", "  other: {title: x}\n",
		"  short:\n    title: z\n    body: |\n      1\n      2\n").Replace(office)
	if diff := cmp.Diff(want, d.text()); diff != "" {
		t.Error(diff)
	}
}

func TestPasswords(t *testing.T) {
	d := open(t, office)
	c := d.plan(Edit{List: Agents, Action: Set, Entry: "anna", Password: "winter-7"})
	if !strings.Contains(c.Diff, "-    password_file: anna.hash\n+    password: ***") ||
		strings.Contains(c.Diff, "winter") {
		t.Error(c.Diff)
	}
	if o, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint); err != nil || o.Password != "" {
		t.Fatal(o, err)
	}
	cfg, err := config.Load(d.File)
	if err != nil || !signin.Fits("winter-7", cfg.Agents[0].Password.Reveal()) {
		t.Fatal(err)
	}
	for _, c := range []struct {
		Edit
		text string
	}{
		{Edit{Action: Set, Entry: "anna", Password: "short"}, "at least 6"},
		{Edit{Action: Set, Entry: "anna", Password: strings.Repeat("x", 2000)}, "at most"},
		{Edit{
			Action: Set, Entry: "boris", Values: Values{"extensions": []string{"101"}}, Password: "winter-7",
		}, "anna shares an extension and has the same password"},
		{Edit{Action: Set, Entry: "anna"}, "Nothing is changed"},
	} {
		c.List = Agents
		_, err := d.Plan(c.Edit, "admin")
		d.fails(err, fail.Invalid, c.text)
	}
}

// What reload would refuse is not kept; the problems are at the fields that they concern.
func TestProblemsAreAtTheirFields(t *testing.T) {
	d := open(t, ruled)
	for _, c := range []struct {
		Edit
		field, text string
	}{
		{
			Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"extensions": []string{"1 2"}}},
			"extensions",
			`"1 2" is not an extension`,
		},
		{Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"login": ""}}, "login", "missing"},
		{
			Edit{List: Agents, Action: Add, Values: Values{"login": "x y", "extensions": []string{"1"}}},
			"login", "space",
		},
		{Edit{List: Agents, Action: Add, Values: Values{"login": "x"}}, "extensions", "missing"},
		{
			Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"rights": []string{"tickets"}}},
			"rights",
			"use one of",
		},
		{Edit{List: Agents, Action: Remove, Entry: "boris"}, "", "no agent has the login"},
		{Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"teams": []string{}}}, "", "has no agents"},
		{Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"number": "+7 495"}}, "number", "not a number"},
		{
			Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"ticket": "none"}},
			"ticket",
			"there is no ticket template",
		},
		{Edit{List: Templates, Action: Remove, Entry: "help"}, "", "there is no ticket template"},
		{
			Edit{List: Rules, Action: Set, Entry: "nights", Values: Values{"then.route.teams": []string{"x"}}},
			"then.route.teams", `the team "x" has no agents`,
		},
		{
			Edit{List: Rules, Action: Set, Entry: "nights", Values: Values{"then.popup": "loud"}},
			"then.popup", "use one of",
		},
		{Edit{List: Rules, Action: Add, Values: Values{"name": "x"}}, "then", "nothing follows"},
		{Edit{List: Rules, Action: Add, Values: Values{"name": "x", "stop": "perhaps"}}, "stop", "true or false"},
		{Edit{List: CallerIDRules, Action: Set, Entry: "1", Values: Values{"strip": "some"}}, "strip", "number"},
		{Edit{List: CallerIDRules, Action: Set, Entry: "2", Values: Values{"min": 70.0}}, "min", "64"},
		{Edit{List: CallerIDRules, Action: Set, Entry: "2", Values: Values{"max": "08"}}, "max", "number"},
		{Edit{List: Templates, Action: Set, Entry: "help", Values: Values{"title": ""}}, "title", "missing"},
		{Edit{List: Templates, Action: Set, Entry: "other", Values: Values{"name": "ä"}}, "name", "not a valid name"},
	} {
		change, err := d.Plan(c.Edit, "admin")
		if err != nil || change.ID != "" || len(change.Problems) == 0 {
			t.Errorf("%+v: %+v, %v", c.Edit, change, err)
			continue
		}
		if p := change.Problems[0]; p.Field != c.field || !strings.Contains(p.Text, c.text) || p.Line == 0 ||
			p.Excerpt == "" || strings.Contains(p.Excerpt, "argon2") {
			t.Errorf("%+v: %+v", c.Edit, p)
		}
	}
	if d.text() != ruled {
		t.Error(d.text())
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	d := open(t, office)
	for _, c := range []struct {
		Edit
		code fail.Code
		text string
	}{
		{Edit{List: "admins", Action: Set}, fail.Invalid, "no list"},
		{Edit{List: Agents, Action: "burn", Entry: "anna"}, fail.Invalid, "no action"},
		{Edit{List: Agents, Action: Set, Entry: "nadia"}, fail.NotFound, `does not have "nadia"`},
		{Edit{List: Agents, Action: Add, Values: Values{"login": "anna"}}, fail.Conflict, "already"},
		{
			Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"logn": "x"}},
			fail.Invalid, "did you mean `login`",
		},
		{Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"password": "x"}}, fail.Invalid, "no key"},
		{Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"login": []any{"x"}}}, fail.Invalid, "a text"},
		{Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"teams": "x"}}, fail.Invalid, "a list"},
		{Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"teams": []any{1.5}}}, fail.Invalid, "texts"},
		{Edit{List: Tracking, Action: Set, Entry: "*", Generate: true}, fail.Invalid, "Only agents"},
		{
			Edit{List: Tracking, Action: Set, Entry: "*", Values: Values{"hide_number": []any{}}},
			fail.Invalid,
			"must be a flag",
		},
		{
			Edit{List: Agents, Action: Set, Entry: "anna", Revision: "old", Values: Values{"name": "x"}},
			fail.Conflict,
			"changed meanwhile",
		},
	} {
		_, err := d.Plan(c.Edit, "admin")
		d.fails(err, c.code, c.text)
	}
}

// Two administrators change the same file.
func TestOnlyWhatWasShownIsConfirmed(t *testing.T) {
	d := open(t, office)
	content, err := d.Content(Agents)
	if err != nil {
		t.Fatal(err)
	}
	first := d.plan(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Boris"}})
	second, err := d.Plan(Edit{
		List: Agents, Action: Set, Entry: "anna", Values: Values{"name": "Anna"}, Revision: content.Entries[0].Revision,
	}, "other")
	if err != nil {
		t.Fatal(err)
	}
	third, err := d.Plan(Edit{
		List: Agents, Action: Set, Entry: "boris", Values: Values{"teams": []string{}},
		Revision: content.Entries[1].Revision,
	}, "other")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Confirm(t.Context(), first.ID, "admin", first.Fingerprint); err != nil {
		t.Fatal(err)
	}
	o, err := d.Confirm(t.Context(), second.ID, "other", second.Fingerprint)
	if r := new(RefusalError); !errors.As(err, &r) || r.Why != Stale {
		t.Error(err)
	}
	d.fails(err, fail.Conflict, "confirm again")
	if strings.Contains(d.text(), "Anna") || o.Draft.Fingerprint == second.Fingerprint ||
		!strings.Contains(o.Draft.Diff, "+    name: Anna") {
		t.Errorf("%+v\n%s", o.Draft, d.text())
	}
	again, err := d.Draft(second.ID, "other")
	if err != nil || again.Fingerprint != o.Draft.Fingerprint {
		t.Fatal(err)
	}
	if _, err = d.Confirm(t.Context(), second.ID, "other", again.Fingerprint); err != nil {
		t.Fatal(err)
	}
	_, err = d.Confirm(t.Context(), third.ID, "other", third.Fingerprint)
	d.fails(err, fail.Conflict, "This entry of hub.yml has changed meanwhile")
	if text := d.text(); !strings.Contains(text, "Anna") || !strings.Contains(text, "name: Boris") ||
		!strings.Contains(text, "teams: [sales]") {
		t.Error(text)
	}
}

func TestChangesEnd(t *testing.T) {
	d := open(t, office)
	e := Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Boris"}}
	c := d.plan(e)
	if err := d.Cancel(c.ID, "admin"); err != nil {
		t.Fatal(err)
	}
	_, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
	d.fails(err, fail.NotFound, "cancelled")
	c = d.plan(e)
	d.now = d.now.Add(keptFor + time.Second)
	_, err = d.Draft(c.ID, "admin")
	d.fails(err, fail.NotFound, "too old")
	for range mostKept + 5 {
		c = d.plan(e)
	}
	if len(d.waits) != mostKept {
		t.Errorf("%d changes wait", len(d.waits))
	}
	// meanwhile it makes no sense any more
	d.write(strings.Replace(office, "login: boris", "login: bob", 1))
	_, err = d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
	d.fails(err, fail.Conflict, "fix them in an editor") // tracking refers to boris
	d.write("agents: [")
	_, err = d.Plan(e, "admin")
	d.fails(err, fail.Conflict, "fix them in an editor")
}

func TestTheReloadIsReported(t *testing.T) {
	d := open(t, office)
	d.reload = document.Problems{{Line: 3, Text: "no"}}
	o := d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Boris"}})
	if o.State != Rejected || len(o.Problems) != 1 || o.Problems[0].Line != 3 {
		t.Errorf("%+v", o)
	}
	d.pending = true
	if o := d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Bo"}}); o.State != Later {
		t.Errorf("%+v", o)
	}
}

// Every form of hub.yml that is valid keeps its other bytes.
func TestNastyFiles(t *testing.T) {
	head := "pbx:\n  - {id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}\n"
	list := "agents: [ # all\n  {login: anna, extensions: [0101], password_file: anna.hash}, # hers\n" +
		"  {login: \"bo\\\"ris\", extensions: ['1e2', +7], password: '" + autumn + "'}]\n"
	for name, text := range map[string]string{
		"brackets": head + list, "CRLF": strings.ReplaceAll(head+list, "\n", "\r\n"),
		"mixed line ends": head + strings.ReplaceAll(list, "\n", "\r\n"), "BOM": "\ufeff" + head + list,
		"no end": head + strings.TrimSuffix(list, "\n"), "a document": "---\n" + head + list + "...\n",
		"directive": "# x\n---\n" + list + head,
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, text)
			d.does(Edit{List: Agents, Action: Set, Entry: "anna", Values: Values{"extensions": []string{"0102", "#1"}}})
			want := strings.Replace(text, "[0101]", `["0102", "#1"]`, 1)
			if diff := cmp.Diff(want, d.text()); diff != "" {
				t.Error(diff)
			}
			d.does(Edit{List: Agents, Action: Set, Entry: "bo\"ris", Values: Values{"name": "Бо: {рис}"}})
			want = strings.Replace(want, autumn+"'", autumn+"', name: \"Бо: {рис}\"", 1)
			if diff := cmp.Diff(want, d.text()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, c := range map[string]struct{ text, problem string }{
		"aliases": {head + "x: &a [1]\n" + list, "unknown key"},
		"an anchor": {
			head + "agents:\n  - &a {login: a, extensions: [1], password: '" + autumn + "'}\n",
			"anchors",
		},
		"two documents": {head + "---\n" + list, "more than one document"},
		"twice":         {head + list + list, "duplicate key"},
		"tabs":          {head + "agents:\n\t- login: a\n", "tab"},
		"latin1":        {head + "# \xe4\n", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, c.text)
			_, err := d.Plan(Edit{List: Agents, Action: Add, Values: Values{"login": "x"}}, "admin")
			d.fails(err, fail.Conflict, c.problem)
			if d.text() != c.text {
				t.Error(d.text())
			}
		})
	}
}

// The file of a large company.
func TestTwoThousandAgents(t *testing.T) {
	var b strings.Builder
	b.WriteString("pbx:\n  - {id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}\nagents:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  # desk %d\n  - login: agent%d\n    extensions: [\"%d\"]\n    password: %q\n",
			i, i, 10000+i, autumn)
	}
	d := open(t, b.String())
	d.does(Edit{List: Agents, Action: Set, Entry: "agent1999", Values: Values{"extensions": []string{"7"}}})
	d.does(Edit{List: Agents, Action: Move, Entry: "agent1999", Position: 1})
	o := d.does(Edit{List: Agents, Action: Remove, Entry: "agent1000"})
	if n := strings.Count(o.Draft.Diff, "\n"); n != 10 {
		t.Errorf("%d lines:\n%s", n, o.Draft.Diff)
	}
	if n := strings.Count(d.text(), "\n"); n != strings.Count(b.String(), "\n")-3 {
		t.Errorf("%d lines", n)
	}
}

func TestOldFilesAreBounded(t *testing.T) {
	d := open(t, office)
	for i := range mostBackups + 5 {
		d.now = d.now.Add(time.Duration(i%3) * time.Second) // several within a second
		d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": fmt.Sprint("Boris ", i)}})
	}
	names, err := filepath.Glob(d.File + ".*.bak")
	if err != nil || len(names) != mostBackups {
		t.Errorf("%d old files, %v", len(names), err)
	}
	newest := ""
	for _, name := range names {
		if text, _ := os.ReadFile(name); strings.Contains(string(text), fmt.Sprint("Boris ", mostBackups+3)) {
			newest = name
		}
	}
	if newest == "" {
		t.Error("the newest was deleted")
	}
}
