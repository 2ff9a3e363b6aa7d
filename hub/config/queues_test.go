package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Znuny refuses tickets without a queue.
func TestQueueless(t *testing.T) {
	const start = `pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]
agents: [{login: anna, extensions: ["101"], password: "` + aHash + `"}]
`
	const znuny = "help_desk: {type: znuny, url: \"https://desk.example.com/otrs\", username: traybell, password: " +
		"hunter2}\n"
	for _, test := range []struct {
		name, text string
		want       []string // prefixes of the warnings, without the file name
	}{
		{
			"line without template",
			znuny +
				"tracking:\n  - {number: \"1\", ticket: support}\n  - {number: \"*\"}\nticket_templates: {support: " +
				"{title: Call, queue: Raw}}\n",
			[]string{"6:5: this line has no ticket template"},
		},
		{
			"line without template, default",
			znuny + "tracking:\n  - {number: \"*\"}\nticket_templates: {default: {title: Call, queue: Raw}}\n", nil,
		},
		{
			"default without queue",
			znuny + "tracking:\n  - {number: \"*\"}\nticket_templates: {default: {title: Call}}\n",
			[]string{"5:5: the template \"default\" has no queue"},
		},
		{
			"template without queue",
			znuny +
				"tracking:\n  - {number: \"*\", ticket: poor}\nticket_templates: {default: {title: Call, queue: " +
				"Raw}, poor: {title: Call}}\n",
			[]string{"5:5: the template \"poor\" has no queue"},
		},
		{"no lines", znuny, []string{"3:1: there is no template `default` with a queue, but znuny needs a queue"}},
		{"no lines, default", znuny + "ticket_templates: {default: {title: Call, queue: Raw}}\n", nil},
		{
			"a template of another help desk",
			"help_desks: [{name: it, type: zammad, url: \"https://z.example.com\", token: abc}]\ntracking:\n" +
				"  - {number: \"1\", ticket: poor}\n  - {number: \"*\"}\n" +
				"ticket_templates: {poor: {title: Call, help_desk: it}}\n",
			[]string{"5:5: the template \"poor\" has no queue, but zammad needs a queue"},
		},
		{"builtin", "tracking:\n  - {number: \"*\"}\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(folder(t, map[string]string{"hub.yml": start + test.text}), "hub.yml")
			c, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, w := range c.Warnings() {
				text := strings.TrimPrefix(w.Error(), path+":")
				if i < len(test.want) {
					text = text[:min(len(text), len(test.want[i]))]
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
