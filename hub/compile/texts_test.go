package compile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/compile"
)

func TestTemplateErrorsAreReportedWithAllOthers(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a field": {"Call from {{.Caller.Nam}}", "there is no {{.Caller.Nam}}; did you mean `.Caller.Name`?"},
		"a far field": {
			"{{.Customer}}", "there is no {{.Customer}}; known: .Agent.Login, .Agent.Name, .Call.DID,",
		},
		"behind an if": {
			"{{if .Line.Name}}{{.Line.Nam}}{{end}}", "there is no {{.Line.Nam}}; did you mean `.Line.Name`?",
		},
		"behind an else": {
			"{{if .Line.Name}}a{{else}}{{.Lin.Name}}{{end}}", "there is no {{.Lin.Name}}; did you mean `.Line.Name`?",
		},
		"within with":        {"{{with .Caller}}{{.Compani}}{{end}}", "there is no {{.Compani}}; known: "},
		"without the dot":    {"Call from {{Caller.Name}}", "`Caller` is unknown; names begin with a dot"},
		"not closed":         {"Call from {{.Caller.Name", "a {{ is not closed"},
		"if without end":     {"{{if .Caller.Name}}a", "has no {{end}}"},
		"end without if":     {"a{{end}}", "this {{end}} has no {{if}}, {{with}} or {{range}}"},
		"nothing":            {"a{{}}", "there is nothing between {{ and }}"},
		"a strange sign":     {"{{.Caller§}}", "the text between {{ and }} is invalid"},
		"in the second line": {"a\\n{{.Caller.Nam}}", "line 2 of the text: there is no {{.Caller.Nam}}"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hub.yml")
			yaml := "region: ru\nticket_templates:\n  support:\n    title: \"" + c.text +
				"\"\n    body: \"{{.Cal.DID}}\"\ndesktop: {links: {cid: \"https://example.com/<PIM_SID>\"}}\n"
			if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := compile.Load(path)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{
				c.want, "hub.yml:4:12: ticket_templates.support.title: ",
				"hub.yml:5:11: ticket_templates.support.body: there is no {{.Cal.DID}}; did you mean `.Call.DID`?",
				"use RU", "no PBX; add at least one", "PIM_SID",
			} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in:\n%v", want, err)
				}
			}
			for _, word := range []string{"desk.Template", "executing", "template: "} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("internal word %q in:\n%v", word, err)
				}
			}
		})
	}
}

// A page of a line that cannot open is named with its line.
func TestPagesOfLinesAreChecked(t *testing.T) {
	for page, want := range map[string]string{
		`script: {url: "https://crm.example.com/?n=<PIM_SID>"}`:  "hub.yml:3:19: tracking[0].script.url: link",
		`script: {url: "javascript:alert(1)"}`:                   "must begin with https:// or http://",
		`script: {url: "https://<PIM_CID>.example.com/"}`:        "placeholders are not allowed in the host",
		`script: {url: "https://crm.example.com/#/<PIM_CID>"}`:   "remove what begins with #",
		`script: {url: "https://u:p@crm.example.com/"}`:          "remove the user and password",
		`script: {url: "https://crm.example.com/", open: never}`: "use one of ring, answer, press",
		`screen_pop: {link: ticket}`:                             "there is no `desktop.links.ticket`; add it",
		`screen_pop: {link: customer}`:                           "use one of cid, map, ticket",
		`screen_pop: {link: cid, open: press}`:                   "use one of ring, answer",
	} {
		path := filepath.Join(t.TempDir(), "hub.yml")
		yaml := "tracking:\n  - number: \"500\"\n    " + page + "\n"
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := compile.Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: no %q in:\n%v", page, want, err)
		}
	}
}
