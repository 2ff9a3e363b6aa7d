package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// rest measures the idle resources of a hub on a simulated PBX and of a signed-in desktop. Linux
// only: it reads /proc.
func rest(ctx context.Context, hub, desktop string, span time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := openLab(ctx, hub)
	if err != nil {
		return err
	}
	defer l.close()
	fmt.Printf("%-10s %12s %14s %14s\n", "at rest", "started in", "memory (RSS)", "of one core")
	pause(ctx, 5*time.Second)
	if err := watch(ctx, "hub", l.hub.Process.Pid, l.started, span); err != nil {
		return err
	}
	if os.Getenv("DISPLAY") == "" {
		fmt.Println("desktop    not measured: DISPLAY is not set")
		return nil
	}
	d, err := l.desktop(ctx, desktop, io.Discard)
	if err != nil {
		return err
	}
	pause(ctx, 20*time.Second) // until memory of the start is released
	if err := watch(ctx, "desktop", d.Process.Pid, 0, span); err != nil {
		return err
	}
	for n := range 3 {
		if _, err := l.ring(ctx, n); err != nil {
			return err
		}
	}
	pause(ctx, 2*time.Second)
	memory, err := residentMemory(d.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Printf("%-10s %12s %11.1f MB\n", "with three popups", "", float64(memory)/(1<<20))
	return nil
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
	fmt.Printf("%-10s %12s %11.1f MB %12.2f %%\n", name, begin, float64(memory)/(1<<20),
		100*(after-before).Seconds()/span.Seconds())
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// residentMemory reads VmRSS (proc(5)) in bytes.
func residentMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, fmt.Errorf("process %d: no VmRSS", pid)
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10, err
}

// cpuTime is the CPU time of a process in nanoseconds (first field of each thread's schedstat).
func cpuTime(pid int) (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("process %d: no schedstat", pid)
	}
	var all time.Duration
	for _, t := range threads {
		text, err := os.ReadFile(t)
		if err != nil {
			continue // the thread has ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, err
		}
		all += time.Duration(ns)
	}
	return all, nil
}
