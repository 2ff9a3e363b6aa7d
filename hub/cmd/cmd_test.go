package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
)

// try runs a command in this process and returns its standard output.
func try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs strings.Builder
	err := Run(t.Context(), "test", args, &out, &errs)
	return out.String(), err
}

const siteYAML = `data_dir: .
tracking: [{number: "1"}, {number: "*"}]
pbx: [%s]
directories: [{name: customers, type: csv, path: customers.csv}]
ticket_templates: {default: {title: "{{.Caller.Name}}"}}
`

// site writes a hub.yml and its customers, and returns the path of hub.yml.
func site(t *testing.T, yaml string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "hub.yml", yaml)
	write(t, dir, "customers.csv", "login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\n")
	return filepath.Join(dir, "hub.yml")
}

func newPBX(t *testing.T, o amitest.Options) *amitest.PBX {
	t.Helper()
	p, err := amitest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func pbxYAML(id, address, more string) string {
	return fmt.Sprintf("{id: %s, address: %q, username: %s, password: %q%s}", id, address, amitest.Username,
		amitest.Secret, more)
}

func TestCommandsNeedADatabase(t *testing.T) {
	path := site(t, fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:1", "")))
	for _, args := range [][]string{{"cdr", "export"}, {"why"}, {"tail"}, {"numbers"}, {"notes", "84951234567"}} {
		if _, err := try(t, append(args, "-c", path)...); err == nil ||
			!strings.Contains(err.Error(), "no database yet") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "traybell.db")); err == nil {
		t.Error("a command created the database")
	}
}

func TestVersion(t *testing.T) {
	if out, err := try(t, "version"); err != nil || out != "traybell-hub test\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestPeriodsThatEndBeforeTheyBegin(t *testing.T) {
	path := site(t, fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:5038", "")))
	for _, command := range [][]string{{"audit"}, {"cdr", "export"}} {
		_, err := try(t, append(command, "--from", "2026-11-30", "--to", "2026-11-01", "-c", path)...)
		if err == nil || !strings.Contains(err.Error(), "swap the two") {
			t.Errorf("%q: %v", command, err)
		}
	}
}
