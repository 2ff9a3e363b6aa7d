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

// lab is a hub program with a simulated PBX and desktops.
type lab struct {
	dir     string
	pbx     *amitest.PBX
	hub     *exec.Cmd
	ready   []string // address and certificate fingerprint of the hub
	started time.Duration
	lines   chan string // log lines after the start; closed at the hub's end
}

// openLab starts a hub that ends with ctx; call close then.
func openLab(ctx context.Context, hub string) (*lab, error) {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, lines: make(chan string, 10000)}
	if l.pbx, err = amitest.New(amitest.Options{}); err != nil {
		return nil, err
	}
	hash, err := cheapHash()
	if err != nil {
		return nil, err
	}
	path, err := writeHub(dir, "127.0.0.1:0", l.pbx.Addr(), 10, func(int) string { return hash })
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
	pattern := regexp.MustCompile(`hub ready" address=(\S+) certificate=(\S+)`)
	for l.ready == nil && lines.Scan() {
		l.ready = pattern.FindStringSubmatch(lines.Text())
	}
	if l.ready == nil {
		return nil, fmt.Errorf("%s did not start", hub)
	}
	l.started = time.Since(began)
	go func() {
		defer close(l.lines)
		for lines.Scan() {
			select {
			case l.lines <- lines.Text():
			default: // no reader
			}
		}
	}()
	return l, nil
}

// desktop starts the first agent's desktop in a tray and waits until it has signed in. It ends with
// ctx.
func (l *lab) desktop(ctx context.Context, program string, stderr io.Writer, flags ...string) (*exec.Cmd, error) {
	bus, err := tray.Host(ctx)
	if err != nil {
		return nil, fmt.Errorf("start tray: %w", err)
	}
	d := exec.CommandContext(ctx, program, append([]string{
		"--config", filepath.Join(l.dir, "desktop"), "--hub", l.ready[1], "--extension", strconv.Itoa(firstExtension),
		"--trust", l.ready[2],
	}, flags...)...)
	d.Env = append(os.Environ(), "TRAYBELL_PASSWORD="+password, "DBUS_SESSION_BUS_ADDRESS="+bus)
	d.Stderr = stderr
	if err := d.Start(); err != nil {
		return nil, err
	}
	return d, l.await(ctx, "signed in")
}

// ring makes the desktop's phone ring and waits for the popup.
func (l *lab) ring(ctx context.Context, n int) (*amitest.Call, error) {
	c := l.pbx.Incoming(amitest.Incoming{
		Number: fmt.Sprintf("7916%07d", n), Name: fmt.Sprintf("Caller %d", n), DID: "74950000001",
	})
	c.Ring(strconv.Itoa(firstExtension))
	if err := l.await(ctx, "popup shown"); err != nil {
		return nil, fmt.Errorf("popup %d: %w", n, err)
	}
	return c, nil
}

// await waits for a log line of the hub.
func (l *lab) await(ctx context.Context, text string) error {
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	var last []string
	for {
		select {
		case line, ok := <-l.lines:
			if !ok {
				return errors.New("the hub has ended")
			}
			if strings.Contains(line, text) {
				return nil
			}
			last = append(last[max(0, len(last)-19):], line)
		case <-late.C:
			return fmt.Errorf("the hub did not log %q, but:\n%s", text, strings.Join(last, "\n"))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close cleans up after ctx has ended.
func (l *lab) close() {
	_ = l.hub.Process.Kill()
	_ = l.hub.Wait()
	_ = l.pbx.Close()
	_ = os.RemoveAll(l.dir)
}
