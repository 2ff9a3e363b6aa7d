// Package lab starts real servers for tests and stops them: Asterisk, Znuny, databases, LDAP. It
// installs missing ones into LAB_ROOT, which takes some minutes and needs root.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The manager interface of the lab's Asterisk, with the users "otrs" (the hub's rights) and "full".
const (
	AMI         = "127.0.0.1:5038"
	AMIPassword = "SomePassword"
	AMISecond   = "127.0.0.1:5048" // of StartSecond
)

// Asterisk is a running Asterisk.
type Asterisk struct {
	Version string
	second  bool
}

// StartSecond starts a second version after StartAsterisk and stops it when the test ends. Its
// phones and trunk are at 127.0.2.… instead of 127.0.1.….
func StartSecond(t testing.TB, version string) *Asterisk {
	t.Helper()
	a := &Asterisk{Version: version, second: true}
	if out, err := a.script(t.Context(), "stop"); err != nil { // an interrupted test may have left it with other ports
		t.Fatalf("asterisk %s: %v\n%s", version, err, out)
	}
	if out, err := a.script(t.Context(), "up"); err != nil {
		t.Fatalf("second asterisk %s: %v\n%s", version, err, out)
	}
	t.Cleanup(func() {
		if out, err := a.script(context.Background(), "stop"); err != nil {
			t.Errorf("stop asterisk %s: %v\n%s", version, err, out)
		}
	})
	return a
}

// StartAsterisk starts version 22 or 16 and stops it when the test ends, unless it already runs. It
// waits until no other process uses the lab.
func StartAsterisk(t testing.TB, version string) *Asterisk {
	t.Helper()
	alone(t)
	a := &Asterisk{Version: version}
	if _, err := a.script(t.Context(), "status"); err == nil {
		// end calls of an interrupted test
		if out, err := a.CLI(t.Context(), "channel request hangup all"); err != nil {
			t.Fatalf("asterisk %s: %v\n%s", version, err, out)
		}
		return a
	}
	began := time.Now()
	if out, err := a.script(t.Context(), "up"); err != nil {
		t.Fatalf("asterisk %s: %v\n%s", version, err, out)
	}
	t.Logf("asterisk %s started in %v", version, time.Since(began).Round(100*time.Millisecond))
	t.Cleanup(func() {
		if out, err := a.script(context.Background(), "stop"); err != nil {
			t.Errorf("stop asterisk %s: %v\n%s", version, err, out)
		}
	})
	return a
}

// alone waits until no other process uses the lab. A bound UDP address is the lock, which the
// system releases when the process ends.
func alone(t testing.TB) {
	t.Helper()
	const lock = "127.0.1.254:5060"
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for logged := false; ; logged = true {
		l, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", lock)
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatalf("lock the lab: %v", err)
		}
		if !logged {
			t.Logf("waiting for another test in the lab (%s)", lock)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// Stop ends it regularly.
func (a *Asterisk) Stop(ctx context.Context) error { return a.must(ctx, "stop") }

// Kill kills it.
func (a *Asterisk) Kill(ctx context.Context) error { return a.must(ctx, "kill") }

// Pause stops its process (SIGSTOP) until Resume.
func (a *Asterisk) Pause(ctx context.Context) error { return a.must(ctx, "pause") }

// Resume continues it after Pause.
func (a *Asterisk) Resume(ctx context.Context) error { return a.must(ctx, "resume") }

// Start restarts it after Stop or Kill.
func (a *Asterisk) Start(ctx context.Context) error { return a.must(ctx, "start") }

// Configure changes one of its configuration files, until its next start.
func (a *Asterisk) Configure(ctx context.Context, name string, change func(text []byte) []byte) error {
	root, err := a.script(ctx, "root")
	if err != nil {
		return err
	}
	path := filepath.Join(root, "etc/asterisk", name)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(text), 0o644)
}

// CLI runs a command on Asterisk's console and returns what it prints.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	return a.script(ctx, "cli", command)
}

func (a *Asterisk) must(ctx context.Context, command string) error {
	if out, err := a.script(ctx, command); err != nil {
		return fmt.Errorf("asterisk %s, %s: %w: %s", a.Version, command, err, out)
	}
	return nil
}

func (a *Asterisk) script(ctx context.Context, command string, values ...string) (string, error) {
	var env []string
	if a.second {
		env = []string{"SECOND=1"}
	}
	return run(ctx, env, "asterisk.sh", append([]string{command, a.Version}, values...)...)
}

// run runs a script of this folder with env added to the environment. It does not wait for the
// output of servers that the script starts.
func run(ctx context.Context, env []string, script string, values ...string) (string, error) {
	c := exec.CommandContext(ctx, path(script), values...)
	c.Env = append(os.Environ(), env...)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// path is the path of a script of this folder.
func path(script string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), script)
}
