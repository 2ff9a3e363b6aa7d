package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/res"
	"github.com/jezek/xgb/xproto"
)

// weight is the resources of the desktop program at a time.
type weight struct {
	popups     int
	rss, heap  int64 // bytes; the heap after a collection
	goroutines int
	files      int
	xresources int // windows, pixmaps and others on the X server
}

// Allowed growth for any number of popups.
const (
	mayRSS        = 6 << 20
	mayHeap       = 2 << 20
	mayGoroutines = 4
	mayFiles      = 3
	mayXResources = 8
)

// pace is the least time between calls: the hub accepts ten actions per second from a desktop,
// which sends two per call (call.shown and history.list).
const pace = 220 * time.Millisecond

// settleTime is how long the last popups take to disappear and release memory.
const settleTime = 12 * time.Second

// soak rings and misses calls, each with a popup, through a hub and a desktop program, and prints
// the desktop's resources on the way. It fails if they have grown at the end. The popups before the
// first row account for one-time allocations.
func soak(ctx context.Context, hub, desktop string, popups, rows int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := openLab(ctx, hub)
	if err != nil {
		return err
	}
	defer l.close()
	out, in := io.Pipe()
	defer in.Close()
	d, err := l.desktop(ctx, desktop, in)
	if err != nil {
		return err
	}
	defer func() { cancel(); _ = d.Wait() }()
	reports := make(chan string, 10)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "msg=weight") {
				reports <- lines.Text()
			}
		}
	}()
	ring := func(n int) error {
		c, err := l.ring(ctx, n)
		if err != nil {
			return err
		}
		c.GiveUp()
		pause(ctx, pace)
		return ctx.Err()
	}
	const before = 50
	for n := range before {
		if err := ring(n); err != nil {
			return err
		}
	}
	fmt.Printf("%-8s %12s %12s %12s %8s %12s\n", "popups", "memory (RSS)", "Go heap", "goroutines", "files",
		"X resources")
	var first, last weight
	for n := 0; ; n += popups / rows {
		pause(ctx, settleTime)
		if last, err = weigh(ctx, d.Process, n, reports); err != nil {
			return err
		}
		fmt.Printf("%-8d %9.1f MB %9.2f MB %12d %8d %12d\n", n, float64(last.rss)/(1<<20), float64(last.heap)/(1<<20),
			last.goroutines, last.files, last.xresources)
		if n == 0 {
			first = last
		}
		if n >= popups {
			break
		}
		for i := range popups / rows {
			if err := ring(before + n + i); err != nil {
				return err
			}
		}
	}
	return first.grown(last)
}

// grown returns an error if end exceeds w by more than allowed.
func (w weight) grown(end weight) error {
	var all error
	more := func(what string, was, is, may int64) {
		if is > was+may {
			all = errors.Join(all,
				fmt.Errorf("%s grew from %d to %d over %d popups, allowed growth %d", what, was, is, end.popups, may))
		}
	}
	more("memory", w.rss, end.rss, mayRSS)
	more("Go heap", w.heap, end.heap, mayHeap)
	more("goroutines", int64(w.goroutines), int64(end.goroutines), mayGoroutines)
	more("open files", int64(w.files), int64(end.files), mayFiles)
	more("X resources", int64(w.xresources), int64(end.xresources), mayXResources)
	return all
}

var weightLine = regexp.MustCompile(`heap=(\d+) goroutines=(\d+)`)

// weigh asks the program (SIGUSR1), the kernel and the X server.
func weigh(ctx context.Context, p *os.Process, popups int, reports <-chan string) (weight, error) {
	w := weight{popups: popups}
	if err := p.Signal(syscall.SIGUSR1); err != nil {
		return w, err
	}
	select {
	case line := <-reports:
		m := weightLine.FindStringSubmatch(line)
		if m == nil {
			return w, fmt.Errorf("cannot parse the desktop's resources: %s", line)
		}
		w.heap, _ = strconv.ParseInt(m[1], 10, 64)
		w.goroutines, _ = strconv.Atoi(m[2])
	case <-time.After(10 * time.Second):
		return w, errors.New("the desktop does not report its resources")
	case <-ctx.Done():
		return w, ctx.Err()
	}
	var err error
	if w.rss, err = residentMemory(p.Pid); err != nil {
		return w, err
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.Pid))
	if err != nil {
		return w, err
	}
	w.files = len(files)
	w.xresources, err = xResources()
	return w, err
}

// xResources counts the X server's resources of all clients except this one. The display is the
// desktop's alone.
func xResources() (int, error) {
	c, err := xgb.NewConn()
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := res.Init(c); err != nil {
		return 0, fmt.Errorf("query resources of the X server: %w", err)
	}
	clients, err := res.QueryClients(c).Reply()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, client := range clients.Clients {
		if client.ResourceBase == xproto.Setup(c).ResourceIdBase {
			continue
		}
		r, err := res.QueryClientResources(c, client.ResourceBase).Reply()
		if err != nil {
			continue // the client has ended
		}
		for _, t := range r.Types {
			n += int(t.Count)
		}
	}
	return n, nil
}
