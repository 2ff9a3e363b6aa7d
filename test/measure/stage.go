package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/amitest"
)

// child is a hub or a relay in a separate process.
type child struct {
	address string
	cmd     *exec.Cmd
	in      io.Writer
	out     *bufio.Reader
}

// startChild starts a child, which ends with ctx, and waits until it listens.
func startChild(ctx context.Context, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if c.address, err = c.answer(); err != nil {
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	return c, nil
}

func (c *child) answer() (string, error) {
	line, err := c.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// ask gives the child a command; see obey.
func (c *child) ask(command string) (answer string, err error) {
	if _, err = fmt.Fprintln(c.in, command); err != nil {
		return "", err
	}
	return c.answer()
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stage is a child between a simulated PBX and desktops.
type stage struct {
	*child
	desktops int
	pbx      *amitest.PBX
	clock    *clock
	placed   int // calls
	cancel   context.CancelFunc
}

// openStage starts a child of that name with arguments in addition to those of the stage.
func openStage(ctx context.Context, desktops int, name string, args ...string) (*stage, error) {
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		return nil, err
	}
	s := &stage{desktops: desktops, pbx: pbx, clock: &clock{sent: map[string]time.Time{}}}
	ctx, s.cancel = context.WithCancel(ctx)
	s.child, err = startChild(ctx,
		append([]string{"child-" + name, "-pbx", pbx.Addr(), "-desktops", strconv.Itoa(desktops)}, args...)...)
	if err != nil {
		s.cancel()
		_ = pbx.Close()
		return nil, err
	}
	if err := pbx.WaitClients(ctx, 1); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the child.
func (s *stage) close() {
	s.cancel()
	_ = s.cmd.Wait() // interrupted
	_ = s.pbx.Close()
}

// usage is what a process has used since its start, or in a span of time.
type usage struct {
	cpu, span      time.Duration
	bytes, objects uint64 // allocated
	collections    uint64
	waits          uint64 // of its threads
}

// share is the part of one core.
func (u usage) share() float64 { return u.cpu.Seconds() / u.span.Seconds() }

func (u usage) since(earlier usage) usage {
	return usage{
		u.cpu - earlier.cpu, u.span - earlier.span, u.bytes - earlier.bytes, u.objects - earlier.objects,
		u.collections - earlier.collections, u.waits - earlier.waits,
	}
}

// use measures the child during f.
func (c *child) use(f func()) (usage, error) {
	before, err := c.used()
	if err != nil {
		return usage{}, err
	}
	f()
	after, err := c.used()
	return after.since(before), err
}

var started = time.Now()

func (c *child) used() (u usage, err error) {
	if u.cpu, err = cpuTime(c.pid()); err != nil {
		return u, err
	}
	if u.waits, err = waits(c.pid()); err != nil {
		return u, err
	}
	answer, err := c.ask("memory")
	if err != nil {
		return u, err
	}
	u.span = time.Since(started)
	_, err = fmt.Sscan(answer, &u.bytes, &u.objects, &u.collections)
	return u, err
}

// measure places calls and measures what each costs the child above its idle use.
func (s *stage) measure(ctx context.Context, l load, idle usage) (r result, err error) {
	calls := 0
	loaded, err := s.use(func() { calls = s.place(ctx, l) })
	if err != nil {
		return r, err
	}
	scale := loaded.span.Seconds() / idle.span.Seconds()
	above := func(all, idle uint64) float64 { return (float64(all) - scale*float64(idle)) / float64(max(1, calls)) }
	r.call = perCall{
		cpu:   time.Duration((float64(loaded.cpu) - scale*float64(idle.cpu)) / float64(max(1, calls))),
		bytes: above(loaded.bytes, idle.bytes), objects: above(loaded.objects, idle.objects),
		waits: above(loaded.waits, idle.waits),
	}
	r.collections = loaded.collections
	times, frames, missing := s.clock.take()
	r.times, r.call.frames = times, float64(frames)/float64(max(1, calls))
	if missing > 0 {
		err = fmt.Errorf("%d of %d frames did not arrive", missing, missing+len(r.times))
	}
	return r, err
}

// waits is how often the threads of a process went to sleep.
func waits(pid int) (all uint64, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return 0, err
	}
	for _, t := range threads {
		text, err := os.ReadFile(t)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
		number, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}
