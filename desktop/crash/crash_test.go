package crash

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Environment of the watched program, which is this test binary in another role.
const (
	roleVar   = "TRAYBELL_TEST_CRASHES" // when to crash: once, always, quit (never)
	folderVar = "TRAYBELL_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	switch {
	case IsWatcher():
		if err := BeWatcher(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case os.Getenv(roleVar) != "":
		program(os.Getenv(roleVar), os.Getenv(folderVar))
	default:
		os.Exit(m.Run())
	}
}

// program logs its start and the report's name, then crashes as requested.
func program(crashes, folder string) {
	if err := Watch(folder, "a test program"); err != nil {
		panic(err)
	}
	diary := filepath.Join(folder, "diary")
	before, _ := os.ReadFile(diary)
	_ = os.WriteFile(diary, fmt.Appendf(before, "began %s\n", filepath.Base(Report())), 0o600)
	switch {
	case crashes == "quit":
		os.Exit(3)
	case crashes == "always", bytes.Count(before, []byte("began")) == 0:
		go panic("the bell broke")
		select {}
	}
}

// started runs the program with all its restarts. Run returns when the last process has closed the
// inherited standard error.
func started(t *testing.T, crashes string) (folder, diary string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	var said bytes.Buffer
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), roleVar+"="+crashes, folderVar+"="+folder)
	c.Stderr = &said
	err = c.Run()
	b, readErr := os.ReadFile(filepath.Join(folder, "diary"))
	if readErr != nil {
		t.Fatal(readErr, said.String())
	}
	return folder, string(b), err
}

func TestCrashIsReportedAndRestarted(t *testing.T) {
	folder, diary, err := started(t, "once")
	if err == nil {
		t.Fatal("the program did not crash")
	}
	reports := Reports(folder)
	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	report, err := os.ReadFile(reports[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a test program\ncrashed ", "panic: the bell broke", "goroutine "} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if want := "began .\nbegan " + filepath.Base(reports[0]) + "\n"; diary != want {
		t.Errorf("the diary is %q, want %q", diary, want)
	}
}

func TestRestartsAreLimited(t *testing.T) {
	folder, diary, _ := started(t, "always")
	if n := strings.Count(diary, "began"); n != 1+maxTries {
		t.Errorf("started %d times", n)
	}
	if r := Reports(folder); len(r) != 1+maxTries {
		t.Errorf("%d reports", len(r))
	}
}

func TestExitIsNotRestarted(t *testing.T) {
	folder, diary, err := started(t, "quit")
	if err == nil {
		t.Fatal("the program's exit code was lost")
	}
	if r := Reports(folder); len(r) != 0 {
		t.Errorf("unexpected report: %v", r)
	}
	if strings.Count(diary, "began") != 1 {
		t.Errorf("restarted: %s", diary)
	}
}

func TestOldReportsAreRemoved(t *testing.T) {
	folder := t.TempDir()
	for day := range 9 {
		name := fmt.Sprintf("%s2026010%d-120000.000%s", prefix, day+1, suffix)
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, err := write(folder, "", time.Now(), []byte("panic"))
	if err != nil {
		t.Fatal(err)
	}
	if r := Reports(folder); len(r) != keepReports || r[0] != path {
		t.Errorf("kept %v", r)
	}
}
