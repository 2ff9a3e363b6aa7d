package rewrite

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const anna = `  - login: анна    # since 2009
    name: 'O''Neil'
    extensions:
      - "101"      # desk

      - 0123       # at home
    # roles: [view]
`

const people = `# ours
agents:            # by seniority
  # the boss
` + anna + `
  # the second
  - {login: boris, extensions: ['102', 103], teams: [ sales ]}   # may leave
  -
    name: Vera
    login: vera
# the end
region: RU
`

const brackets = `agents: [
  # support
  {login: anna, extensions: ["101"]},   # desk 1
  {login: boris, extensions: ["102"]}   # desk 2
]
`

const support = `  support:
      title: Call from {{.Caller.Name}}
      body: |
        Line 1
        # not a comment

        Line 2
      # owner: anna
`

const templates = `ticket_templates:
  # for all
  default: {title: "Call", queue: Raw}   # short
` + support + `
  sales: {title: x}
`

// lines replaces lines of a text.
func lines(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func addRule(f *Text) {
	f.List("caller_id.rules").Add("", []Pair{{"prefix", String("8")}, {"strip", Word("1")}})
}

func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		do   func(*Text)
		want string
	}{
		"a text keeps its quotes and its comment": {
			people, func(f *Text) {
				f.List("agents").Set(0, "name", String("D'Arc: # 1"))
				f.List("agents").Set(0, "login", String("жанна"))
			}, lines(people, "'O''Neil'", "'D''Arc: # 1'", "анна    #", "жанна    #"),
		},
		"a list keeps the entries that stay": {
			people, func(f *Text) { f.List("agents").Set(0, "extensions", List([]string{"0123", "104"})) },
			lines(people, "      - \"101\"      # desk\n", "", "# at home\n", "# at home\n      - \"104\"\n"),
		},
		"entries of a list change in their places": {
			people, func(f *Text) {
				f.List("agents").Set(0, "extensions", List([]string{"101", "7"}))
				f.List("agents").Set(1, "extensions", List([]string{"105", "103"}))
			}, lines(people, "- 0123 ", `- "7" `, "'102', 103", "'105', 103"),
		},
		"a list in another order": {
			people, func(f *Text) {
				f.List("agents").Set(0, "extensions", List([]string{"0123", "101"}))
				f.List("agents").Set(1, "extensions", List([]string{"1", "103", "102"}))
			}, lines(people, "- \"101\"      # desk", "- 0123       # at home", "- 0123       # at home",
				"- \"101\"      # desk", "['102', 103]", `["1", 103, '102']`),
		},
		"an empty list": {
			people, func(f *Text) {
				f.List("agents").Set(0, "extensions", List(nil))
				f.List("agents").Set(1, "teams", List(nil))
			}, lines(people, "extensions:\n      - \"101\"      # desk\n\n      - 0123       # at home",
				"extensions: []",
				"[ sales ]", "[]"),
		},
		"new keys": {
			people, func(f *Text) {
				f.List("agents").Set(0, "rights", List([]string{"ticket", "no"}))
				f.List("agents").Set(1, "name", String("Boris"))
				f.List("agents").Set(2, "extensions", List([]string{"1e2"}))
			}, lines(people, "# at home\n", "# at home\n    rights: [ticket, \"no\"]\n", "[ sales ]",
				"[ sales ], name: Boris",
				"login: vera\n", "login: vera\n    extensions: [\"1e2\"]\n"),
		},
		"a new entry": {
			people, func(f *Text) {
				f.List("agents").Add("", []Pair{{"login", String("zoe")}, {"extensions", List([]string{"1"})}})
			}, lines(people, "login: vera\n", "login: vera\n  - login: zoe\n    extensions: [\"1\"]\n"),
		},
		"a removed entry leaves the comments above": {
			people, func(f *Text) { f.List("agents").Remove(0) },
			lines(people, anna, ""),
		},
		"an entry moves down with its comments": {
			people, func(f *Text) { f.List("agents").Move(0, 1) },
			`# ours
agents:            # by seniority

  # the second
  - {login: boris, extensions: ['102', 103], teams: [ sales ]}   # may leave
  # the boss
  - login: анна    # since 2009
    name: 'O''Neil'
    extensions:
      - "101"      # desk

      - 0123       # at home
    # roles: [view]
  -
    name: Vera
    login: vera
# the end
region: RU
`,
		},
		"an entry moves up": {
			people, func(f *Text) { f.List("agents").Move(2, 0) },
			lines(people, "  -\n    name: Vera\n    login: vera\n", "", "  # the boss",
				"  -\n    name: Vera\n    login: vera\n  # the boss"),
		},
		"brackets: a new entry": {
			brackets, func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("c, d")}}) },
			lines(brackets, `["102"]}   # desk 2`, `["102"]},   # desk 2`+"\n  {login: \"c, d\"}"),
		},
		"brackets: a removed entry": {
			brackets, func(f *Text) { f.List("agents").Remove(0) },
			lines(brackets, "  {login: anna, extensions: [\"101\"]},   # desk 1\n", ""),
		},
		"brackets: the last one is removed": {
			brackets, func(f *Text) { f.List("agents").Remove(1) },
			lines(brackets, "},   # desk 1", "}   # desk 1",
				"  {login: boris, extensions: [\"102\"]}   # desk 2\n", ""),
		},
		"brackets: entries change places": {
			brackets, func(f *Text) { f.List("agents").Move(1, 0) },
			lines(brackets, "anna", "boris", "101", "102", "boris", "anna", "102", "101"),
		},
		"brackets on one line": {
			"agents: [{login: a}, {login: b}, {login: c}] # all\n", func(f *Text) { f.List("agents").Remove(1) },
			"agents: [{login: a}, {login: c}] # all\n",
		},
		"the last of one line": {
			"agents: [{login: a}, {login: b}] # all\n", func(f *Text) { f.List("agents").Remove(1) },
			"agents: [{login: a}] # all\n",
		},
		"the only one": {
			"agents: [{login: a}]\n", func(f *Text) { f.List("agents").Remove(0) }, "agents: []\n",
		},
		"a comma at the end": {
			"agents: [\n {login: a},\n]\n", func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("b")}}) },
			"agents: [\n {login: a},\n {login: b},\n]\n",
		},
		"a file in brackets": {
			"{agents: [{login: a}], region: RU}\n", func(f *Text) {
				f.List("agents").Add("", []Pair{{"login", String("b")}})
				f.List("agents").Set(0, "login", String("c"))
			}, "{agents: [{login: c}, {login: b}], region: RU}\n",
		},
		"no list yet": {
			"# x\nregion: RU", func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("b")}}) },
			"# x\nregion: RU\n\nagents:\n  - login: b",
		},
		"an empty one": {
			"agents: []  # none\nregion: RU\n",
			func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("b")}}) },
			"agents:  # none\n  - login: b\nregion: RU\n",
		},
		"tabs and dashes at the margin": {
			"agents:\n- login:\ta\t# x\n- login: b\n", func(f *Text) {
				f.List("agents").Set(0, "login", String("c"))
				f.List("agents").Add("", []Pair{{"login", String("d")}})
			}, "agents:\n- login:\tc\t# x\n- login: b\n- login: d\n",
		},
		"a text of several lines": {
			"agents:\n  - login: a\n    name: one\n      two   # x\n    x: >-\n      y\n", func(f *Text) {
				f.List("agents").Set(0, "name", String("three"))
				f.List("agents").Set(0, "x", String("z"))
			}, "agents:\n  - login: a\n    name: three   # x\n    x: z\n",
		},
		"no value": {
			"agents:\n  - login: a\n    name:   # none\n    teams: ~\n", func(f *Text) {
				f.List("agents").Set(0, "name", String("b"))
				f.List("agents").Set(0, "teams", List([]string{"c"}))
			}, "agents:\n  - login: a\n    name: b   # none\n    teams: [c]\n",
		},
		"a named entry": {
			templates, func(f *Text) {
				f.Named("ticket_templates").Set(1, "body", String("New\n# 1\n"))
				f.Named("ticket_templates").Set(1, "title", String("{{.Caller.Number}}"))
				f.Named("ticket_templates").Set(0, "body", String("a\nb"))
				f.Named("ticket_templates").Rename(1, "help")
				f.Named("ticket_templates").Add("-x", []Pair{{"title", String("t")}, {"body", String("1\n\n2\n")}})
			}, lines(templates, "        Line 1\n        # not a comment\n\n        Line 2\n",
				"        New\n        # 1\n", "Call from {{.Caller.Name}}", `"{{.Caller.Number}}"`, "support:", "help:",
				"queue: Raw}", `queue: Raw, body: "a\nb"}`, "sales: {title: x}\n",
				"sales: {title: x}\n  \"-x\":\n      title: t\n      body: |\n        1\n\n        2\n"),
		},
		"a text becomes one of several lines": {
			"t:\n  a:\n    body: x   # c\n    title: y\n",
			func(f *Text) { f.Named("t").Set(0, "body", String("1\n2")) },
			"t:\n  a:\n    body: |-   # c\n      1\n      2\n    title: y\n",
		},
		"a text of several lines becomes one line": {
			templates, func(f *Text) { f.Named("ticket_templates").Set(1, "body", String("x")) },
			lines(templates, "body: |\n        Line 1\n        # not a comment\n\n        Line 2\n", "body: x\n"),
		},
		"a removed named entry": {
			templates, func(f *Text) { f.Named("ticket_templates").Remove(1) },
			lines(templates, support, ""),
		},
		"names in brackets": {
			"t: {a: {title: x}, true: {title: y}}\n", func(f *Text) {
				f.Named("t").Rename(1, "b")
				f.Named("t").Set(0, "title", String("z"))
				f.Named("t").Add("c", []Pair{{"title", String("w")}})
			}, "t: {a: {title: z}, b: {title: y}, c: {title: w}}\n",
		},
		"keys of sections change, and comments stay": {
			"rules:\n  - name: a\n    then:   # what follows\n      route: {teams: [x], show: bound}   # r\n" +
				"      # warn: w\n      comment: old   # c\n  - {name: b, then: {ticket: t}}\n",
			func(f *Text) {
				f.List("rules").SetAll(0, Nested([]Pair{
					{"then.route.teams", List([]string{"x", "z"})},
					{"then.route.agents", List([]string{"anna"})},
					{"then.comment", String("new")},
					{"then.ticket", String("t")},
					{"stop", Word("true")},
				}))
				f.List("rules").SetAll(1, Nested([]Pair{
					{"then.route.teams", List([]string{"x"})},
					{"then.route.show", String("bound")},
					{"then.warn", String("w")},
				}))
			},
			"rules:\n  - name: a\n    then:   # what follows\n      route: {teams: [x, z], show: bound, " +
				"agents: [anna]}   # r\n      # warn: w\n      comment: new   # c\n      ticket: t\n    stop: true\n" +
				"  - {name: b, then: {ticket: t, route: {teams: [x], show: bound}, warn: w}}\n",
		},
		"new sections": {
			"rules:\n  - name: a\n  - name: b\n    then:   # later\n  - {name: c, then: }\n",
			func(f *Text) {
				pairs := Nested([]Pair{{"then.route.teams", List([]string{"x"})}, {"then.comment", String("c")}})
				for i := range 3 {
					f.List("rules").SetAll(i, pairs)
				}
				f.List("rules").Add("", append([]Pair{{"name", String("d")}}, pairs...))
			},
			"rules:\n  - name: a\n    then:\n      route:\n        teams: [x]\n      comment: c\n" +
				"  - name: b\n    then:   # later\n      route:\n        teams: [x]\n      comment: c\n" +
				"  - {name: c, then: {route: {teams: [x]}, comment: c} }\n" +
				"  - name: d\n    then:\n      route:\n        teams: [x]\n      comment: c\n",
		},
		"blanks after values": {
			"a:\n  - x: hi there   # c\n    y: 007 \n    z: no\t\n  - {x: hi , y: true }\n", func(f *Text) {
				for i := range 2 {
					f.List("a").SetAll(i, []Pair{{"x", String("new")}, {"y", String("w")}, {"z", String("v")}})
				}
			}, "a:\n  - x: new   # c\n    y: w \n    z: v\t\n  - {x: new , y: w, z: v }\n",
		},
		"new entries before and between others": {
			"a:\n  - x:\n    - b   # B\n    # about c\n    - c\n    - d   # D\n    y: 1\n",
			func(f *Text) { f.List("a").Set(0, "x", List([]string{"a", "b", "e", "c", "f"})) },
			"a:\n  - x:\n    - a\n    - b   # B\n    - e\n    # about c\n    - c\n    - f\n    y: 1\n",
		},
		"keys are dropped": {
			"lines:\n  - number: 1\n    wrap_up: 5s   # short\n    name: a\n  - {number: 2, wrap_up: 5s}\n" +
				"  - wrap_up: 5s\n    number: 3\n",
			func(f *Text) {
				for i, want := range []bool{true, true, false} {
					if f.List("lines").Drop(i, "wrap_up") != want || !f.List("lines").Drop(i, "none") {
						panic(i)
					}
				}
			},
			"lines:\n  - number: 1\n    name: a\n  - {number: 2}\n  - wrap_up: 5s\n    number: 3\n",
		},
		"a list in a section": {
			"caller_id:\n  # ours\n  rules:\n  - {prefix: \"0\", strip: 1}   # zero\n" +
				"  - prefix: \"9\"\n    show: true\n",
			func(f *Text) {
				l := f.List("caller_id.rules")
				l.Set(1, "show", Word("false"))
				l.Move(0, 1)
				l.Add("", []Pair{{"prefix", String("8")}, {"add", String("+7")}})
			},
			"caller_id:\n  # ours\n  rules:\n  - prefix: \"9\"\n    show: false\n" +
				"  - {prefix: \"0\", strip: 1}   # zero\n  - prefix: \"8\"\n    add: \"+7\"\n",
		},
		"a new list in no section": {
			"listen: x\n", addRule, "listen: x\n\ncaller_id:\n  rules:\n    - prefix: \"8\"\n      strip: 1\n",
		},
		"a new list in an empty section": {
			"caller_id:   # later\nlisten: x\n", addRule,
			"caller_id:   # later\n  rules:\n    - prefix: \"8\"\n      strip: 1\nlisten: x\n",
		},
		"a new list in a section": {
			"caller_id:\n    other: 1\nlisten: x\n", addRule,
			"caller_id:\n    other: 1\n    rules:\n      - prefix: \"8\"\n        strip: 1\nlisten: x\n",
		},
		"a list in brackets": {
			"caller_id: {rules: []}\n", addRule, "caller_id: {rules: [{prefix: \"8\", strip: 1}]}\n",
		},
		"an empty list in a section": {
			"caller_id:\n  rules: []   # none\n", addRule,
			"caller_id:\n  rules: [{prefix: \"8\", strip: 1}]   # none\n",
		},
		"the last one moves up in a file without a last line end": {
			"agents:\n- login: a\n- login: b", func(f *Text) { f.List("agents").Move(1, 0) },
			"agents:\n- login: b\n- login: a",
		},
		"the first one moves down in a file without a last line end": {
			"agents:\n- login: a\n- login: b", func(f *Text) { f.List("agents").Move(0, 1) },
			"agents:\n- login: b\n- login: a",
		},
	} {
		for _, ending := range []string{"\n", "\r\n"} {
			for _, bom := range []string{"", "\ufeff"} {
				t.Run(name, func(t *testing.T) {
					f, err := Parse([]byte(bom + strings.ReplaceAll(c.text, "\n", ending)))
					if err != nil {
						t.Fatal(err)
					}
					c.do(f)
					got, err := f.Bytes()
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(bom+strings.ReplaceAll(c.want, "\n", ending), string(got)); diff != "" {
						t.Errorf("%q (-want +got):\n%s", ending, diff)
					}
				})
			}
		}
	}
}

func TestUnsafeFormsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		do   func(*Text)
	}{
		"a file in brackets without the list": {
			"{region: RU}\n", func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("b")}}) },
		},
		"an empty list on two lines": {
			"agents: [\n]\n", func(f *Text) { f.List("agents").Add("", []Pair{{"login", String("b")}}) },
		},
		"two changes of one place": {
			people, func(f *Text) {
				f.List("agents").Set(0, "name", String("b"))
				f.List("agents").Remove(0)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			c.do(f)
			if got, err := f.Bytes(); !errors.Is(err, ErrUnsafe) {
				t.Errorf("%v:\n%s", err, got)
			}
		})
	}
}
