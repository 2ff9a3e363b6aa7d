package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/config/document"
	"traybell/hub/rules/condition"
)

const hash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3" // of "secret"

// hubWith returns a valid hub.yml that ends with a text.
func hubWith(text string) string {
	return `listen: 127.0.0.1:11010
tls: {mode: off}
pbx: [{id: main, address: 127.0.0.1:5038, username: traybell, password: secret}]
agents:
  - {login: anna, extensions: ["101"], teams: [support], password: "` + hash + `"}
ticket_templates: {night: {title: Call at night}}
call_data: [{name: contract, variables: [CONTRACT]}]
schedules: {office: {time_zone: Europe/Moscow, open: [{days: [mon-fri], hours: ["09:00-18:00"]}]}}
` + text
}

// Tests what an administrator reads about wrong rules, and that it points at what is wrong: at ⟦ in the
// text below, which is not in the file.
func TestWrongRules(t *testing.T) {
	const (
		rule = "rules:\n  - name: a\n    "
		when = rule + "when: "
		then = "\n    then: {comment: x}\n"
	)
	for _, c := range []struct{ text, want string }{
		{
			when + "call.did == ⟦call.dud" + then,
			"there is no `call.dud`; did you mean `call.did`?",
		},
		{
			when + "'⟦data.contrakt == ''x'''" + then,
			"there is no `data.contrakt`; did you mean `data.contract`?",
		},
		{
			when + "'line.name == ''x'' && ⟦lyne.name == \"\"'" + then,
			"there is no `lyne.name`; did you mean `line.name`?",
		},
		{
			when + "\"line.name == \\\"x\\\" && ⟦schedule.ofice\"" + then,
			"there is no `schedule.ofice`; did you mean `schedule.office`?",
		},
		{
			when + "⟦call" + then,
			"`call` is not a value itself; use one of its fields",
		},
		{
			when + "⟦nosuch(call.did)" + then,
			"there is no function `nosuch`",
		},
		{
			when + "|\n      call.did == \"1\" &&\n        (line.name == \"2\" ||\n\n      time.hour ⟦== \"3\")" + then,
			"there is no == for '(int, string)'",
		},
		{
			when + ">-\n      call.did == \"1\" &&\n      time.hour ⟦> \"3\"" + then,
			"there is no > for '(int, string)'",
		},
		{
			when + "call.did\n      == ⟦caller.nam" + then,
			"there is no `caller.nam`; did you mean `caller.name`?",
		},
		{
			"rules:\n  - name: a\n    when:\n      ⟦nothing" + then,
			"there is no `nothing`",
		},
		{
			when + "⟦call.did" + then,
			"the result is of type string",
		},
		{
			when + "⟦time.hour + 1" + then,
			"the result is of type int",
		},
		{
			when + "call.did == ⟦'1" + then,
			"Syntax error: the text that begins here has no ' at its end",
		},
		{
			when + "(call.did == '1'⟦" + then,
			"Syntax error: the condition is not complete",
		},
		{
			when + "'call.did == \"a = b\" ⟦and call.missed'" + then,
			"Syntax error: use && instead of and",
		},
		{
			when + "call.missed ⟦OR call.answered" + then,
			"Syntax error: use || instead of OR",
		},
		{
			when + "⟦not call.missed" + then,
			"Syntax error: use ! instead of not",
		},
		{
			when + "call.rang > ⟦20s" + then,
			"Syntax error: use a number without a unit instead of 20s; call.rang is in seconds",
		},
		{
			when + "time.clock >= ⟦18:00" + then,
			"Syntax error: compare the time of the day as a text: time.clock >= \"18:00\"",
		},
		{
			when + "call.missed ⟦| call.answered" + then,
			"Syntax error: use || instead of |",
		},
		{
			when + "call.did ⟦<> '1'" + then,
			"Syntax error: use != instead of <>",
		},
		{
			when + "call.number.⟦StartsWith('7')" + then,
			"there is no function `StartsWith`; did you mean `startsWith`?",
		},
		{
			when + "call.direction == ⟦incoming" + then,
			"there is no `incoming`; put a text in quotes: \"incoming\"",
		},
		{
			when + "call.did ⟦== 74951234567" + then,
			"there is no == for '(string, int)'; write a text in quotes",
		},
		{
			when + "'call.did ⟦= \"1\"'" + then,
			"Syntax error: use == to compare instead of =",
		},
		{
			when + "'call.did.matches(⟦\"[\")'" + then,
			"invalid matches argument",
		},
		{
			when + "'call.did.⟦startWith(\"7\")'" + then,
			"there is no function `startWith`; did you mean `startsWith`?",
		},
		{
			when + "'⟦call.extensions.all(a, call.extensions.all(b, call.extensions.all(c, a + b != c)))'" + then,
			"it may cost",
		},
		{
			when + "'⟦" + strings.Repeat("x", 4001) + "'" + then,
			"4001 characters; use at most 4000",
		},
		{
			"rules:\n  - ⟦when: 'true'\n    then: {comment: x}\n",
			"`name` is missing",
		},
		{
			rule + "then: {comment: x}\n  - name: ⟦a" + then,
			"duplicate \"a\"",
		},
		{
			rule + "then: {comment: x, ticket: ⟦nigt}\n",
			"there is no ticket template \"nigt\"; did you mean `night`?",
		},
		{
			rule + "then: {route: {teams: [⟦suppor]}}\n",
			"the team \"suppor\" has no agents; did you mean `support`?",
		},
		{
			rule + "then: {route: {agents: [⟦ana]}}\n",
			"no agent has the login \"ana\"",
		},
		{
			rule + "then: {route: {teams: [support], show: ⟦some}}\n",
			"unknown value \"some\"",
		},
		{
			rule + "then: {popup: ⟦big}\n",
			"unknown value \"big\"",
		},
		{
			rule + "then: {ask: {url: ⟦crm}}\n",
			"not a URL",
		},
		{
			rule + "then: {ask: {url: \"https://crm.example.com\", timeout: ⟦1m}}\n",
			"1m0s is out of range; use 100ms to 10s",
		},
		{
			rule + "then: {comment: x, ⟦ask: {token: abc}}\n",
			"`token` needs `url`",
		},
		{
			rule + "then: {category: ⟦blue}\n",
			"unknown value \"blue\"",
		},
		{
			rule + "then: {create_ticket: ⟦now}\n",
			"unknown value \"now\"",
		},
		{
			rule + "then: {open: [{link: ⟦ticket}]}\n",
			"there is no `desktop.links.ticket`; add it",
		},
		{
			"rules:\n  - name: a\n    ⟦thenn: {comment: x}\n",
			"unknown key `thenn`",
		},
		{
			"rules:\n  - ⟦name: a\n    when: 'true'\n",
			"nothing follows from this rule",
		},
	} {
		before, after, marked := strings.Cut(c.text, "⟦")
		if !marked {
			t.Fatalf("no place in %q", c.text)
		}
		line, column := 9+strings.Count(before, "\n"), 1+len(before[strings.LastIndex(before, "\n")+1:])
		wrong(t, hubWith(before+after), line, column, c.want)
	}
}

// Tests the warnings of rules that never apply, or not as they seem to.
func TestRulesThatNeverApply(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{
			`when: "call.missed || call.direction == ⟦'in'", then: {comment: x}`,
			"`call.direction` is never \"in\"; it is one of incoming, outgoing, internal",
		},
		{
			`when: "time.weekday in ['sat', ⟦'sunday']", then: {comment: x}`,
			"`time.weekday` is never \"sunday\"; it is one of mon, tue, wed, thu, fri, sat, sun",
		},
		{
			`when: "⟦'blue' == category.color", then: {comment: x}`,
			"`category.color` is never \"blue\"; it is one of neutral, green, yellow, red",
		},
		{
			`when: "call.missed && !schedule.office", then: {create_ticket: ⟦ring}`,
			"with the condition call.missed, which is true only of calls that have ended, use end",
		},
		{`when: "call.missed", then: {create_ticket: end}`, ""},
		{`when: "!call.missed", then: {create_ticket: answer}`, ""},
		{`when: "category.color == '' || call.state != 'held' || line.name == 'in'", then: {comment: x}`, ""},
	} {
		before, after, _ := strings.Cut("rules:\n  - {name: a, "+c.rule+"}\n", "⟦")
		path := filepath.Join(t.TempDir(), "hub.yml")
		if err := os.WriteFile(path, []byte(hubWith(before+after)), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range cfg.Warnings() {
			if w.Line != 10 || w.Column != 1+len(before)-len("rules:\n") {
				t.Errorf("%s: the place is wrong: %v", c.rule, w)
			}
			got = append(got, w.Text)
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: warned %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestWrongSchedules(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{
			"x: {time_zone: ⟦Europe/Moskow}",
			"\"Europe/Moskow\" is not a time zone",
		},
		{
			"x: {open: [{days: [⟦monday], hours: [\"09:00-18:00\"]}]}",
			"\"monday\" is not a weekday",
		},
		{
			"x: {open: [{days: [mon], hours: [⟦\"9-18\"]}]}",
			"\"9-18\" are not hours",
		},
		{
			"x: {open: [{days: [mon], hours: [⟦\"09:00-25:00\"]}]}",
			"are not hours",
		},
		{
			"x: {open: [{days: [mon], hours: [⟦\"09:00-09:00\"]}]}",
			"is no time at all",
		},
		{
			"x: {open: [⟦{days: [mon]}]}",
			"`days` or `hours` is missing",
		},
		{
			"x: {holidays: [⟦2027-02-29]}",
			"\"2027-02-29\" is not a date",
		},
		{
			"x: {holidays: [2027-05-09, ⟦2027-05-09..2027-05-01]}",
			"ends before it begins",
		},
		{
			"x: {holidays: [⟦05-09..2027-05-01]}",
			"a year at one end only",
		},
		{
			"x: {special: [{date: ⟦christmas, hours: []}]}",
			"\"christmas\" is not a date",
		},
		{
			"x: {special: [{date: 12-31, hours: [⟦\"09:00\"]}]}",
			"are not hours",
		},
		{
			"⟦In: {}",
			"\"In\" is not a valid name",
		},
		{
			"⟦in: {}",
			"\"in\" is not a valid name",
		},
	} {
		before, after, _ := strings.Cut("schedules:\n  "+c.text+"\n", "⟦")
		file := hubWith(before + after)
		file = strings.Replace(file, "schedules: {office", "# {office", 1)
		wrong(t, file, 9+strings.Count(before, "\n"), 1+len(before[strings.LastIndex(before, "\n")+1:]), c.want)
	}
}

// The examples of the admin guide are valid.
func TestExamplesOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/admin-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(guide), "\n## Rules for calls\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	examples := strings.Split(chapter, "```yaml\n")[1:]
	if len(examples) < 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		file := hubWith(example)
		file = strings.Replace(file, "teams: [support]", "teams: [support, accounting]", 1)
		file = strings.Replace(file, "ticket_templates: {",
			"ticket_templates: {accounting: {title: A}, callback: {title: C}, ", 1)
		if strings.Contains(example, "schedules:") {
			file = strings.Replace(file, "schedules: {office", "# {office", 1)
		}
		if strings.Contains(example, "call_data:") {
			file = strings.Replace(file, "call_data: [", "# [", 1)
		} else {
			file = strings.Replace(file, "call_data: [", "call_data: [{name: branch, variables: [BRANCH]}, ", 1)
		}
		path := filepath.Join(t.TempDir(), "hub.yml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err != nil {
			t.Errorf("%v\n%s", err, example)
		}
	}
}

// The guide lists all names that conditions may use.
func TestGuideListsNames(t *testing.T) {
	guide, err := os.ReadFile("../../docs/admin-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range (condition.Env{}).Known() {
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("the admin guide does not have %s", name)
		}
	}
}

func wrong(t *testing.T, text string, line, column int, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	problems := document.ProblemsOf(err)
	if len(problems) != 1 {
		t.Errorf("%d problems: %v\n%s", len(problems), err, text)
		return
	}
	if p := problems[0]; p.Line != line || p.Column != column || !strings.Contains(p.Text, want) {
		t.Errorf("want %d:%d %s, got\n%v", line, column, want, p)
	}
}
