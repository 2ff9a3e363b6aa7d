package main

import (
	"bufio"
	"context"
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

// rest starts a hub on a simulated PBX and a desktop that is signed in to it, and tells what they need while nothing happens. Linux only: it reads /proc.
func rest(ctx context.Context, hub, desktop string, span time.Duration) error {
	dir, err := os.MkdirTemp("", "traybell-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		return err
	}
	defer pbx.Close()
	path, err := writeHub(dir, pbx.Addr(), 10)
	if err != nil {
		return err
	}
	began := time.Now()
	h := exec.CommandContext(ctx, hub, "serve", "--config", path)
	out, err := h.StderrPipe()
	if err != nil {
		return err
	}
	if err := h.Start(); err != nil {
		return err
	}
	defer func() { cancel(); _ = h.Wait() }()
	lines := bufio.NewScanner(out)
	ready := regexp.MustCompile(`the hub is ready" address=(\S+) certificate=(\S+)`)
	var facts []string
	for facts == nil && lines.Scan() {
		facts = ready.FindStringSubmatch(lines.Text())
	}
	if facts == nil {
		return fmt.Errorf("%s did not start", hub)
	}
	started := time.Since(began)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	fmt.Printf("%-10s %12s %14s %14s\n", "at rest", "started in", "memory (RSS)", "of one core")
	pause(ctx, 5*time.Second)
	if err := watch(ctx, "hub", h.Process.Pid, started, span); err != nil {
		return err
	}
	if os.Getenv("DISPLAY") == "" {
		fmt.Println("desktop    not measured: there is no display (DISPLAY)")
		return nil
	}
	d := exec.CommandContext(ctx, desktop, "--config", filepath.Join(dir, "desktop"), "--hub", facts[1], "--extension", strconv.Itoa(firstExtension), "--trust", facts[2])
	d.Env = append(os.Environ(), "TRAYBELL_PASSWORD="+password)
	bus, err := tray.Host(ctx)
	if err != nil {
		return fmt.Errorf("a tray for the desktop: %w", err)
	}
	d.Env = append(d.Env, "DBUS_SESSION_BUS_ADDRESS="+bus)
	if err := d.Start(); err != nil {
		return err
	}
	defer func() { cancel(); _ = d.Wait() }()
	pause(ctx, 10*time.Second)
	return watch(ctx, "desktop", d.Process.Pid, 0, span)
}

func watch(ctx context.Context, name string, pid int, started, span time.Duration) error {
	before, err := cpuTime(pid)
	if err != nil {
		return err
	}
	pause(ctx, span)
	after, err := cpuTime(pid)
	if err != nil {
		return err
	}
	memory, err := residentMemory(pid)
	if err != nil {
		return err
	}
	begin := ""
	if started > 0 {
		begin = started.Round(time.Millisecond).String()
	}
	fmt.Printf("%-10s %12s %11.1f MB %12.2f %%\n", name, begin, float64(memory)/(1<<20), 100*(after-before).Seconds()/span.Seconds())
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// residentMemory reads VmRSS (proc(5)), bytes.
func residentMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, fmt.Errorf("process %d tells no VmRSS", pid)
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10, err
}

// cpuTime reads user and system time (proc(5): the 14th and 15th field of stat, in ticks of 10 ms).
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d tells no times", pid)
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
