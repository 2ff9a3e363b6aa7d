package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/app"
)

// An administrator's check fails where every OK of the agents would; that nothing else can be
// reached here does not hide it.
func TestCheckNamesLinesWhoseTicketsAreImpossible(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hub.yml")
	for _, test := range []struct {
		templates string
		want      bool
	}{
		{"support: {title: Call, queue: Raw}", true},
		{"support: {title: Call, queue: Raw}, default: {title: Call, queue: Raw}", false},
	} {
		text := `data_dir: ` + dir + `
pbx: [{id: main, address: "127.0.0.1:1", username: traybell, password: hunter2}]
tracking: [{number: "1", ticket: support}, {number: "*"}]
ticket_templates: {` + test.templates + `}
help_desk: {type: znuny, url: "http://127.0.0.1:1/otrs", username: traybell, password: hunter2}
`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := app.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := app.Check(t.Context(), cfg, &out, false); err == nil {
			t.Error("check is content with a PBX that is not there")
		}
		if said := strings.Contains(out.String(), "✗ Tickets cannot be made at tracking[1]: no queue is named."); said != test.want {
			t.Errorf("with %s it is said: %v\n%s", test.templates, said, out.String())
		}
	}
}
