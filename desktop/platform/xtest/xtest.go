//go:build linux

// Package xtest runs an X server without a screen (Xvfb) and programs on it, for tests.
package xtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Display is a running X server.
type Display struct {
	t    testing.TB
	cmd  *exec.Cmd
	Name string // value of DISPLAY
}

// Stop kills the X server, as at the end of a session.
func (d *Display) Stop() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// Start runs Xvfb with a screen such as "1920x1080x24" until the test ends and sets DISPLAY.
// Without Xvfb it skips the test.
func Start(t testing.TB, screen string, args ...string) *Display {
	t.Helper()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed: this test needs a real X server (apt-get install xvfb)")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.CommandContext(t.Context(), path,
		append([]string{"-displayfd", "3", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"}, args...)...)
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var number int
	if _, err := fmt.Fscanln(r, &number); err != nil {
		t.Fatalf("cannot read the display of Xvfb: %v", err)
	}
	d := &Display{t: t, cmd: cmd, Name: fmt.Sprintf(":%d", number)}
	t.Setenv("DISPLAY", d.Name)
	t.Setenv("XAUTHORITY", os.DevNull)
	return d
}

// Spawn starts a program that runs until the test ends. If it is not installed, the test is
// skipped.
func (d *Display) Spawn(name string, args ...string) *exec.Cmd {
	d.t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		d.t.Skipf("%s is not installed: this test needs it (apt-get install %s)", name, name)
	}
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// Openbox starts the window manager and waits until it is ready.
func (d *Display) Openbox() {
	d.t.Helper()
	d.Spawn("openbox")
	c, err := xgb.NewConn()
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	root := xproto.Setup(c).DefaultScreen(c).Root
	// Windows mapped before it has listed those that exist are lost to it.
	for _, name := range []string{"_NET_SUPPORTING_WM_CHECK", "_NET_CLIENT_LIST"} {
		Until(d.t, "the window manager", func() bool {
			a, err := xproto.InternAtom(c, false, uint16(len(name)), name).Reply()
			if err != nil {
				return false
			}
			p, err := xproto.GetProperty(c, false, root, a.Atom, xproto.AtomWindow, 0, 1).Reply()
			return err == nil && p.Type == xproto.AtomWindow
		})
	}
}

// Run runs a program and returns its output.
func (d *Display) Run(name string, args ...string) string {
	d.t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		d.t.Skipf("%s is not installed: this test needs it (apt-get install %s)", name, name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// Until waits up to 20 s until the condition holds.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("timeout after 20 s: %s", what)
		case <-tick.C:
		}
	}
}
