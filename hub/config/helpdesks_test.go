package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSeveralHelpDesks(t *testing.T) {
	const start = "pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]\n"
	const more = "help_desks: [{name: it, type: redmine, url: \"https://r.example.com\", token: abc}]\n"
	for _, test := range []struct {
		name, text string
		want       string // part of the only problem; empty: none
	}{
		{"two", more + "ticket_templates: {it: {help_desk: it, queue: x, title: y}}\n", ""},
		{"a directory of one", more + "directories: [{name: staff, type: help_desk, help_desk: it}]\n", ""},
		{
			"help_desk has a name",
			more + "help_desk: {name: main}\nticket_templates: {a: {help_desk: main, title: y}}\n", "",
		},
		{"no name", "help_desks: [{type: builtin}]\n", "2:14: `name` is missing"},
		{"one name twice", more + "help_desk: {name: it}\n", "3:19: duplicate \"it\", already in line 2"},
		{"a bad name", "help_desks: [{name: a b, type: builtin}]\n", "use letters, digits, - and _"},
		{
			"a template of none", more + "ticket_templates: {it: {help_desk: ti, title: y}}\n",
			"3:36: there is no help desk \"ti\"; known: it",
		},
		{
			"a directory of none", more + "directories: [{name: a, type: help_desk, help_desk: sales}]\n",
			"3:53: there is no help desk \"sales\"",
		},
		{
			"a missing token", "help_desks: [{name: it, type: rt, url: \"https://r.example.com\"}]\n",
			"2:14: `token` is missing",
		},
		{
			"a key of another type", "help_desks: [{name: it, type: builtin, url: x}]\n",
			"2:45: the builtin help desk has no `url`",
		},
		{
			"a bad former URL",
			"help_desk: {type: rt, url: \"https://r.example.com\", token: a, former_urls: [r]}\n",
			"not a URL; use https",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(folder(t, map[string]string{"hub.yml": start + test.text}), "hub.yml")
			c, err := Load(path)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want == "":
				if d, ok := c.Desk("it"); !ok || d.Key != "help_desks[0]" || d.Type != Redmine {
					t.Errorf("%+v, %v", d, ok)
				}
			case err == nil || !strings.Contains(err.Error(), test.want):
				t.Errorf("%v lacks %q", err, test.want)
			}
		})
	}
}
