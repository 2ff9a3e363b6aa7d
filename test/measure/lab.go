package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/test/tray"
)

// lab is a hub's program on a simulated PBX, to which desktops can sign in.
type lab struct {
	dir     string
	pbx     *amitest.PBX
	hub     *exec.Cmd
	facts   []string // its address and its certificate's fingerprint
	started time.Duration
	lines   chan string // what the hub says after its start; closed at its end
}

// openLab ends with ctx; close it then.
func openLab(ctx context.Context, hub string) (*lab, error) {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, lines: make(chan string, 10000)}
	if l.pbx, err = amitest.New(amitest.Options{}); err != nil {
		return nil, err
	}
	path, err := writeHub(dir, l.pbx.Addr(), 10)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	l.hub = exec.CommandContext(ctx, hub, "serve", "--config", path)
	out, err := l.hub.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := l.hub.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	ready := regexp.MustCompile(`the hub is ready" address=(\S+) certificate=(\S+)`)
	for l.facts == nil && lines.Scan() {
		l.facts = ready.FindStringSubmatch(lines.Text())
	}
	if l.facts == nil {
		return nil, fmt.Errorf("%s did not start", hub)
	}
	l.started = time.Since(began)
	go func() {
		defer close(l.lines)
		for lines.Scan() {
			select {
			case l.lines <- lines.Text():
			default: // nobody listens
			}
		}
	}()
	return l, nil
}

// desktop starts the first agent's, in a tray, and waits until it is signed in. It ends with ctx.
func (l *lab) desktop(ctx context.Context, program string, stderr io.Writer, flags ...string) (*exec.Cmd, error) {
	bus, err := tray.Host(ctx)
	if err != nil {
		return nil, fmt.Errorf("a tray for the desktop: %w", err)
	}
	d := exec.CommandContext(ctx, program, append([]string{
		"--config", filepath.Join(l.dir, "desktop"), "--hub", l.facts[1], "--extension", strconv.Itoa(firstExtension),
		"--trust", l.facts[2],
	}, flags...)...)
	d.Env = append(os.Environ(), "TRAYBELL_PASSWORD="+password, "DBUS_SESSION_BUS_ADDRESS="+bus)
	d.Stderr = stderr
	if err := d.Start(); err != nil {
		return nil, err
	}
	return d, l.hear(ctx, "signed in")
}

// ring lets the desktop's phone ring and waits for the popup.
func (l *lab) ring(ctx context.Context, n int) (*amitest.Call, error) {
	c := l.pbx.Incoming(amitest.Incoming{
		Number: fmt.Sprintf("7916%07d", n), Name: fmt.Sprintf("Caller %d", n), DID: "74950000001",
	})
	c.Ring(strconv.Itoa(firstExtension))
	if err := l.hear(ctx, "a popup is on the screen"); err != nil {
		return nil, fmt.Errorf("popup %d: %w", n, err)
	}
	return c, nil
}

// hear waits until the hub says something.
func (l *lab) hear(ctx context.Context, text string) error {
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	var heard []string
	for {
		select {
		case line, ok := <-l.lines:
			if !ok {
				return errors.New("the hub has ended")
			}
			if strings.Contains(line, text) {
				return nil
			}
			heard = append(heard[max(0, len(heard)-19):], line)
		case <-late.C:
			return fmt.Errorf("the hub did not say %q, but:\n%s", text, strings.Join(heard, "\n"))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close is called when ctx has ended.
func (l *lab) close() {
	_ = l.hub.Process.Kill()
	_ = l.hub.Wait()
	_ = l.pbx.Close()
	_ = os.RemoveAll(l.dir)
}
