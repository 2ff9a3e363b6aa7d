package cmd

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/signin"

	"golang.org/x/sys/unix"
)

// answers waits for a question and answers it.
func (s *screen) answers(question, answer string) {
	s.t.Helper()
	s.await(question)
	if strings.Contains(strings.ToLower(question), "secret") || strings.HasPrefix(question, "Password") ||
		question == "Repeat: " {
		s.hidden()
	}
	s.mu.Lock()
	s.shown.Reset()
	s.mu.Unlock()
	if _, err := io.WriteString(s.ours, answer+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// setup starts setup at a terminal.
func (s *screen) setup(f *office) *exec.Cmd {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), os.Args[0], "setup", "--config", filepath.Join(f.dir, "hub.yml"),
		"--data-dir", f.dir)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LANG=de_DE.UTF-8", "LC_ALL=")
	cmd.Stdin, cmd.Stderr, cmd.Stdout = s.theirs, s.theirs, s.theirs
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return cmd
}

func TestSetupAsksAtATerminal(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	s := newScreen(t)
	cmd := s.setup(f)
	s.answers("as desktops reach it [", "hub.example.com")
	s.answers("or DE [DE]: ", "Germany")
	s.answers("two-letter country code, such as RU or DE\r\nCountry", "")
	s.answers("(AMI) [127.0.0.1:5038]: ", f.pbx.Addr())
	s.answers("Manager user [traybell]: ", "nobody")
	s.answers("Its secret (empty: generate one): ", "")
	s.answers("permit = 127.0.0.1/255.255.255.255\r\n", "") // and what to run
	s.answers("q: quit: ", "")                              // tried again
	s.answers("q: quit: ", "c")
	s.answers("(AMI) ["+f.pbx.Addr()+"]: ", "")
	s.answers("Manager user [nobody]: ", "traybell")
	s.answers("Its secret (empty: unchanged): ", amitest.Secret)
	s.answers(") [builtin]: ", "")
	s.answers("Login [admin]: ", "")
	s.answers("Password (empty: no administrator yet): ", "short")
	s.answers("Password (empty: no administrator yet): ", "long and secret")
	s.answers("Repeat: ", "long and secret")
	s.answers("Login, or a CSV file (empty: no more): ", "anna")
	s.answers("Name [anna]: ", "Anna Petrova")
	s.answers("Extensions: ", "101, 2/1")
	s.answers("Extensions: ", "101, 201")
	s.answers("Password (empty: generate one): ", "")
	s.answers("Login, or a CSV file (empty: no more): ", "")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, s.shown.String())
	}
	cfg := f.load()
	if cfg.Region != "DE" || cfg.PBX[0].Address != f.pbx.Addr() || cfg.PBX[0].Password.Reveal() != amitest.Secret ||
		!signin.Fits("long and secret", cfg.Admins[0].Password.Reveal()) || cfg.Agents[0].Extensions[1] != "201" ||
		len(files(t, f.dir, "agents-passwords-*.csv")) != 1 {
		t.Errorf("%s", f.content())
	}
}

// A set-up that is killed leaves the old hub.yml or the new one, with its secret.
func TestSetupIsKilled(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	args := append([]string{
		"setup", "--config", filepath.Join(f.dir, "hub.yml"), "--data-dir", f.dir, "--untried", "--region", "RU",
	}, f.account()...)
	run := func(secret string, within time.Duration) (ended bool) {
		f.file("pbx.txt", secret)
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if within > 0 {
			time.AfterFunc(within, func() { _ = cmd.Process.Kill() })
		}
		return cmd.Wait() == nil
	}
	began := time.Now()
	if !run("first", 0) {
		t.Fatal(f.content())
	}
	whole, now := time.Since(began), "first"
	const cuts = 16
	for n := range cuts {
		secret := fmt.Sprintf("secret %d", n)
		ended := run(secret, whole*time.Duration(n+1)/cuts)
		has := f.load().PBX[0].Password.Reveal()
		if has != secret && (has != now || ended) {
			t.Fatalf("%q, want %q or %q", has, now, secret)
		}
		now = has
	}
}

// A set-up that is cut leaves the terminal and the folder as they were.
func TestSetupIsStopped(t *testing.T) {
	f := newOffice(t, amitest.Options{})
	s := newScreen(t)
	before := f.content()
	cmd := s.setup(f)
	s.answers("as desktops reach it [", "")
	s.answers("or DE [DE]: ", "")
	s.answers("(AMI) [127.0.0.1:5038]: ", f.pbx.Addr())
	s.answers("Manager user [traybell]: ", "")
	s.await("Its secret (empty: generate one): ")
	s.hidden()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it succeeds")
	}
	s.await("nothing was written")
	if mode, err := unix.IoctlGetTermios(int(s.theirs.Fd()), unix.TCGETS); err != nil || mode.Lflag&unix.ECHO == 0 {
		t.Errorf("the terminal does not echo: %v", err)
	}
	if after := f.content(); after != before {
		t.Errorf("the folder has\n%s", after)
	}
}
