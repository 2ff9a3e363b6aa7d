package cmd

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/audit"
	"traybell/hub/config"
	"traybell/hub/store"

	"github.com/alexedwards/argon2id"
)

// asProgram makes this test binary act as traybell-hub.
const asProgram = "TRAYBELL_HUB_UNDER_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main("test"))
	}
	os.Exit(m.Run())
}

// run runs traybell-hub in dir.
func run(t *testing.T, dir, in string, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), asProgram+"=1"), strings.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPasswordFromPipe(t *testing.T) {
	out, errs, code := run(t, t.TempDir(), "long and secret\r\n", "passwd")
	if fits, err := argon2id.ComparePasswordAndHash("long and secret", strings.TrimSpace(out)); code != 0 ||
		err != nil || !fits || errs != "" {
		t.Errorf("%d: %q, %q, %v", code, out, errs, err)
	}
	for in, want := range map[string]string{
		"": "no password on standard input", "short\n": "at least 6 characters", strings.Repeat("x", 5000): "at most",
	} {
		if out, errs, code := run(t, t.TempDir(), in, "passwd"); code == 0 || out != "" ||
			!strings.Contains(errs, want) {
			t.Errorf("%d: %q, %q", code, out, errs)
		}
	}
}

// Hashes of one password differ, so check cannot compare them and does not warn; passwd can.
func TestPasswordOfAnotherAgentIsRefused(t *testing.T) {
	dir := t.TempDir()
	hash, _, _ := run(t, dir, "long and secret\n", "passwd")
	again, _, _ := run(t, dir, "long and secret\n", "passwd")
	agents := "agents:\n"
	for login, h := range map[string]string{"anna": hash, "boris": again} {
		agents += fmt.Sprintf("  - {login: %s, extensions: [\"101\"], password: %q}\n", login, strings.TrimSpace(h))
	}
	write(t, dir, "hub.yml", "data_dir: .\npbx: ["+pbxYAML("main", "127.0.0.1:1", ", enabled: false")+"]\n"+agents)
	if out, errs, code := run(t, dir, "", "check", "--offline", "-c", "hub.yml"); code != 0 ||
		!strings.Contains(out, "✓ shared by agents, whom the password tells apart: 101. `traybell-hub passwd "+
			"--extension 101` refuses") || strings.Contains(out, "!") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	for extension, refused := range map[string]bool{"101": true, "102": false} {
		out, errs, code := run(t, dir, "long and secret\n", "passwd", "--extension", extension, "-c", "hub.yml")
		if (code != 0) != refused || (out == "") != refused ||
			strings.Contains(errs, "has this password and extension 101") != refused {
			t.Errorf("%s: %d: %q, %q", extension, code, out, errs)
		}
	}
	if out, errs, code := run(t, dir, "another secret\n", "passwd", "--extension", "101", "-c", "hub.yml"); code != 0 {
		t.Errorf("%d: %q, %q", code, out, errs)
	}
}

// The database exists once the hub was started, which may be running.
func TestImportIsInTheAudit(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "hub.yml", "data_dir: .\nregion: RU\npbx: ["+pbxYAML("main", "127.0.0.1:1", "")+"]\n")
	write(t, dir, "people.csv", "login;name;extensions;password\nanna;Anna;101;long and secret\n")
	if out, errs, code := run(t, dir, "", "audit", "-c", "hub.yml"); code == 0 ||
		!strings.Contains(errs, "no database yet") {
		t.Errorf("before the first start: %d, %q, %q", code, out, errs)
	}
	s, err := store.Open(t.Context(), filepath.Join(dir, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if out, errs, code := run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml"); code != 0 ||
		strings.Contains(errs, "warning") {
		t.Fatalf("%d: %q, %s", code, out, errs)
	}
	if err := s.KeepAudit(t.Context(), []audit.Entry{
		{At: time.Now(), Kind: "administrator", Who: "root", From: "192.0.2.7", Action: "test", Error: "not allowed"},
	}); err != nil {
		t.Error(err) // the hub still writes
	}
	for text, want := range map[string][]string{
		"": {
			"  local ", "agents.import " + filepath.Join(dir, "hub.yml"), "1 new", "NOT DONE: not allowed",
		},
		"anna":          {"agents.import"},
		"192.0.2.7":     {"administrator root 192.0.2.7  test"},
		"nothing of it": {"No such changes."},
	} {
		out, errs, code := run(t, dir, "", "audit", "-c", "hub.yml", text)
		for _, part := range want {
			if code != 0 || !strings.Contains(out, part) {
				t.Errorf("%q lacks %q: %d\n%s%s", text, part, code, out, errs)
			}
		}
	}
	if out, _, _ := run(t, dir, "", "audit", "-c", "hub.yml", "--from", "2999-01-01"); !strings.Contains(out,
		"No such") {
		t.Errorf("in another century:\n%s", out)
	}
	if out, _, _ := run(t, dir, "", "audit", "-c", "hub.yml", "-n", "1"); strings.Contains(out, "import") ||
		!strings.Contains(out, "NOT DONE") {
		t.Errorf("the last change:\n%s", out)
	}
}

func TestImportFromTemplate(t *testing.T) {
	dir := t.TempDir()
	const before = "# ours\npbx:\n  - {id: main, address: 127.0.0.1:5038, username: otrs, password: " +
		"hunter2}\nregion: RU # here\n"
	write(t, dir, "hub.yml", before)
	template, _, code := run(t, dir, "", "agents", "import", "--template")
	if code != 0 || !strings.HasPrefix(template, "login;") {
		t.Fatalf("%d: %s", code, template)
	}
	write(t, dir, "people.csv", template)

	out, errs, code := run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml", "--dry-run")
	if now, _ := os.ReadFile(filepath.Join(dir, "hub.yml")); code != 0 || out != "" || string(now) != before ||
		!strings.Contains(errs, "3 new") || len(files(t, dir, "*")) != 2 {
		t.Errorf("dry run: %d, %q, %q", code, out, errs)
	}

	out, errs, code = run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml")
	if code != 0 || out != "" {
		t.Fatalf("%d: %q, %s", code, out, errs)
	}
	made, backups := files(t, dir, "agents-passwords-*.csv"), files(t, dir, "hub.yml.*.bak")
	if len(made) != 1 || len(backups) != 1 || !strings.Contains(errs, made[0]) || !strings.Contains(errs, backups[0]) {
		t.Fatalf("%v %v\n%s", made, backups, errs)
	}
	if info, err := os.Stat(made[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v, %v", info.Mode(), err)
	}
	if was, _ := os.ReadFile(backups[0]); string(was) != before {
		t.Errorf("backup: %q", was)
	}
	raw, _ := os.ReadFile(made[0])
	c := csv.NewReader(bytes.NewReader(raw))
	c.Comma = ';'
	rows, err := c.ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %v", rows, err)
	}
	cfg, err := config.Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for _, a := range cfg.Agents {
			if fits, _ := argon2id.ComparePasswordAndHash(row[3], a.Password.Reveal()); fits != (a.Login == row[0]) {
				t.Errorf("password of %s matches hash of %s: %v", row[0], a.Login, fits)
			}
		}
		if strings.Contains(errs, row[3]) {
			t.Error("password printed")
		}
	}

	if out, errs, code := run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml"); code != 0 ||
		out != "" || !strings.Contains(errs, "Nothing to change.") || len(files(t, dir, "*")) != 4 {
		t.Errorf("second import: %d, %q, %s", code, out, errs)
	}

	write(t, dir, "more.csv", "login;extensions\ngleb;104\n")
	out, errs, code = run(t, dir, "", "agents", "import", "more.csv", "-c", "hub.yml", "--print", "--passwords",
		"gleb.csv")
	if _, err := os.Stat(filepath.Join(dir, "gleb.csv")); code != 0 || err != nil || !strings.HasPrefix(out,
		"agents:\n  - login: gleb\n") || !strings.Contains(errs, "3 agents in hub.yml are not in the file") {
		t.Errorf("%d: %q, %s, %v", code, out, errs, err)
	}
	out, errs, code = run(t, dir, "", "agents", "import", "more.csv", "-c", "hub.yml", "--passwords", "gleb.csv")
	if code == 0 || out != "" || !strings.Contains(errs, "already exists") ||
		!strings.Contains(errs, "Nothing was written") || len(files(t, dir, "hub.yml.*.bak")) != 1 {
		t.Errorf("existing password file: %d, %q, %s", code, out, errs)
	}
	if err := os.Remove(backups[0]); err != nil { // backups of the same second would have the same name
		t.Fatal(err)
	}
	out, errs, code = run(t, dir, "", "agents", "import", "more.csv", "-c", "hub.yml", "--show-passwords")
	if code != 0 || !strings.HasPrefix(out, "login;name;extensions;password\ngleb;gleb;104;") {
		t.Errorf("%d: %q, %s", code, out, errs)
	}
}

func TestImportWritesNothingOnProblems(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "hub.yml", "pbx:\n  - {id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}\n")
	write(t, dir, "people.csv", "login;extensions;password\nanna;101;\nboris;102;short\n")
	_, errs, code := run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml")
	if code == 0 || !strings.Contains(errs, "people.csv:3:11: a password needs") || !strings.Contains(errs,
		"Nothing was written") || len(files(t, dir, "*")) != 2 {
		t.Errorf("%d: %s\n%v", code, errs, files(t, dir, "*"))
	}
	write(t, dir, "hub.yml", "pbx: []\nlisen: 1\n")
	write(t, dir, "people.csv", "login;extensions\nanna;101\n")
	if _, errs, code := run(t, dir, "", "agents", "import", "people.csv", "-c", "hub.yml"); code == 0 ||
		!strings.Contains(errs, "fix hub.yml first") || !strings.Contains(errs, "lisen") || len(files(t,
		dir, "*")) != 2 {
		t.Errorf("%d: %s", code, errs)
	}
	if _, errs, code := run(t, dir, "", "agents", "import"); code == 0 || !strings.Contains(errs, "--template") {
		t.Errorf("%d: %s", code, errs)
	}
}

func TestImportLimitsFileSize(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "people.csv", "")
	if err := os.Truncate(filepath.Join(dir, "people.csv"), maxSheet+1); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := run(t, dir, "", "agents", "import", "people.csv"); code == 0 || !strings.Contains(errs,
		"people.csv is larger than 16 MiB") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
