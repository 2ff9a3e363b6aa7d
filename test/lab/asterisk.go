// Package lab starts the real servers of test/lab for tests and stops them again. LAB_ROOT
// says where they are installed; what is missing is installed, which takes some minutes the first
// time and needs root.
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

// AMI is where the lab's Asterisk has its manager interface, with the users "otrs" (the hub's
// rights) and "full".
const (
	AMI         = "127.0.0.1:5038"
	AMIPassword = "SomePassword"
	AMIBeside   = "127.0.0.1:5048" // of the one that runs beside the other
)

// Asterisk is a running Asterisk.
type Asterisk struct {
	Version string
	beside  bool
}

// StartBeside starts a version beside the other, which StartAsterisk has started before, and stops
// it when the test ends. Its phones and trunk are at 127.0.2.… instead of 127.0.1.….
func StartBeside(t testing.TB, version string) *Asterisk {
	t.Helper()
	a := &Asterisk{Version: version, beside: true}
	if out, err := a.script(t.Context(), "stop"); err != nil { // what an interrupted test left has the wrong ports
		t.Fatalf("asterisk %s: %v\n%s", version, err, out)
	}
	if out, err := a.script(t.Context(), "up"); err != nil {
		t.Fatalf("asterisk %s beside the other: %v\n%s", version, err, out)
	}
	t.Cleanup(func() {
		if out, err := a.script(context.Background(), "stop"); err != nil {
			t.Errorf("stop asterisk %s: %v\n%s", version, err, out)
		}
	})
	return a
}

// StartAsterisk starts version 22 or 16 and stops it when the test ends; one that runs already is
// used and left running. There is one laboratory on a machine: it waits until no other test is in
// it.
func StartAsterisk(t testing.TB, version string) *Asterisk {
	t.Helper()
	alone(t)
	a := &Asterisk{Version: version}
	if _, err := a.script(t.Context(), "status"); err == nil {
		// What an interrupted test left behind must not disturb this one.
		if out, err := a.CLI(t.Context(), "channel request hangup all"); err != nil {
			t.Fatalf("asterisk %s: %v\n%s", version, err, out)
		}
		return a
	}
	began := time.Now()
	if out, err := a.script(t.Context(), "up"); err != nil {
		t.Fatalf("asterisk %s: %v\n%s", version, err, out)
	}
	t.Logf("asterisk %s came up in %v", version, time.Since(began).Round(100*time.Millisecond))
	t.Cleanup(func() {
		if out, err := a.script(context.Background(), "stop"); err != nil {
			t.Errorf("stop asterisk %s: %v\n%s", version, err, out)
		}
	})
	return a
}

// alone waits until no other process's test uses the PBX, its ports and its phones. Whoever listens
// at this address is in; the system shows everybody out who dies.
func alone(t testing.TB) {
	t.Helper()
	const door = "127.0.1.254:5060"
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for told := false; ; told = true {
		l, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", door)
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatalf("the laboratory's door: %v", err)
		}
		if !told {
			t.Logf("another test is in the laboratory (%s); waiting", door)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// Stop ends it as an administrator would, Kill like a crash; Start brings it back.
func (a *Asterisk) Stop(ctx context.Context) error { return a.must(ctx, "stop") }

// Kill ends it at once.
func (a *Asterisk) Kill(ctx context.Context) error { return a.must(ctx, "kill") }

// Start starts it again after Stop or Kill.
func (a *Asterisk) Start(ctx context.Context) error { return a.must(ctx, "start") }

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
	if a.beside {
		env = []string{"BESIDE=1"}
	}
	return run(ctx, env, "asterisk.sh", append([]string{command, a.Version}, values...)...)
}

// run runs a script of test/lab, with env added to the environment. A server that it starts
// lives on, so its output must not be waited for longer than the script.
func run(ctx context.Context, env []string, script string, values ...string) (string, error) {
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		return "", fmt.Errorf("where is %s?", script)
	}
	path := filepath.Join(filepath.Dir(here), script)
	c := exec.CommandContext(ctx, path, values...)
	c.Env = append(os.Environ(), env...)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
