package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/test/terminal"
)

// load is the load on the hub.
type load struct {
	desktops int
	rate     int
	span     time.Duration
	profile  string // file name; empty: none
}

// firstExtension is the extension of the first desktop; the others follow.
const firstExtension = 2000

// latency measures the time from just before the PBX sends DialBegin until the agent has the
// WebSocket frame, through a hub and through a bare relay with the same TLS WebSockets, which only
// finds the extension in the event.
func latency(ctx context.Context, l load) error {
	relay, err := run(ctx, "child-relay", l)
	if err != nil {
		return fmt.Errorf("measure relay: %w", err)
	}
	hub, err := run(ctx, "child-hub", l)
	if err != nil {
		return fmt.Errorf("measure hub: %w", err)
	}
	fmt.Printf("From the AMI bytes of DialBegin to the WebSocket frame at the agent: %d desktops over TLS, %d calls "+
		"a second, %s each, %d and %d calls\n\n",
		l.desktops, l.rate, l.span, len(relay.times), len(hub.times))
	fmt.Printf("%-12s %10s %10s %10s %10s %16s\n", "", "p50", "p95", "p99", "worst", "memory, all in")
	for _, r := range []result{relay, hub} {
		fmt.Printf("%-12s %10s %10s %10s %10s %13.1f MB\n", r.name, r.at(0.5), r.at(0.95), r.at(0.99), r.at(1),
			float64(r.memory)/(1<<20))
	}
	fmt.Printf("%-12s %10s %10s %10s\n", "hub − relay", hub.at(0.5)-relay.at(0.5), hub.at(0.95)-relay.at(0.95),
		hub.at(0.99)-relay.at(0.99))
	return nil
}

type result struct {
	name   string
	times  []time.Duration // sorted
	memory int64           // resident memory of the child with all desktops connected, bytes
}

func (r result) at(quantile float64) time.Duration {
	if len(r.times) == 0 {
		return 0
	}
	return r.times[min(int(quantile*float64(len(r.times))), len(r.times)-1)].Round(time.Microsecond)
}

// run starts a child between a simulated PBX and the desktops, places calls and measures each.
func run(ctx context.Context, child string, l load) (result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		return result{}, err
	}
	defer pbx.Close()
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, self, child, "-pbx", pbx.Addr(), "-desktops", strconv.Itoa(l.desktops),
		"-profile", l.profile)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that the profile is written
	cmd.WaitDelay = 20 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return result{}, fmt.Errorf("start child: %w", err)
	}
	clock := &clock{sent: map[string]time.Time{}}
	if err := connect(ctx, strings.TrimSpace(address), l.desktops, clock); err != nil {
		return result{}, err
	}
	if err := pbx.WaitClients(ctx, 1); err != nil {
		return result{}, err
	}
	memory, err := residentMemory(cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	place(ctx, pbx, l, clock)
	return result{strings.TrimPrefix(child, "child-"), clock.sorted(), memory}, ctx.Err()
}

// clock measures the time from sending a call to its first arrival.
type clock struct {
	mu    sync.Mutex
	sent  map[string]time.Time // by Linkedid
	times []time.Duration
}

func (c *clock) begin(linkedid string, ring func()) {
	c.mu.Lock()
	c.sent[linkedid] = time.Now()
	c.mu.Unlock()
	ring()
}

func (c *clock) arrived(linkedid string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sent, ok := c.sent[linkedid]; ok {
		c.times = append(c.times, at.Sub(sent))
		delete(c.sent, linkedid)
	}
}

func (c *clock) sorted() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.times)
	return c.times
}

// place generates calls at the load's rate; each rings an extension for a second.
func place(ctx context.Context, pbx *amitest.PBX, l load, clock *clock) {
	var calls sync.WaitGroup
	defer calls.Wait()
	tick := time.NewTicker(time.Second / time.Duration(l.rate))
	defer tick.Stop()
	for n, until := 0, time.Now().Add(l.span); time.Now().Before(until); n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		extension := strconv.Itoa(firstExtension + n*7%l.desktops)
		calls.Go(func() {
			call := pbx.Incoming(amitest.Incoming{
				Number: fmt.Sprintf("7916%07d", n), Name: "Caller", DID: "74950000001",
			})
			clock.begin(call.Linkedid(), func() { call.Ring(extension) })
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			call.GiveUp()
		})
	}
}

// connect signs in all desktops, which record arriving calls.
func connect(ctx context.Context, address string, desktops int, clock *clock) error {
	failed := make(chan error, desktops)
	limit := make(chan struct{}, 8)
	var signed sync.WaitGroup
	for i := range desktops {
		signed.Add(1)
		limit <- struct{}{}
		go func() {
			var once sync.Once
			done := func() { once.Do(func() { <-limit; signed.Done() }) }
			defer done()
			if err := desktop(ctx, address, strconv.Itoa(firstExtension+i), clock, done); err != nil &&
				ctx.Err() == nil {
				failed <- err
			}
		}()
	}
	signed.Wait()
	select {
	case err := <-failed:
		return fmt.Errorf("connect desktop: %w", err)
	default:
		return nil
	}
}

func desktop(ctx context.Context, address, extension string, clock *clock, signed func()) error {
	desktop, _, err := terminal.SignIn(ctx, address, extension, password)
	if err != nil {
		return err
	}
	defer desktop.CloseNow() //nolint:errcheck // the measurement is over
	signed()
	buffer := make([]byte, 64<<10)
	for {
		_, r, err := desktop.Reader(ctx)
		if err != nil {
			return err
		}
		n, err := io.ReadFull(r, buffer)
		at := time.Now()
		if err != nil && n == 0 {
			return err
		}
		clock.arrived(linkedid(buffer[:n]), at)
	}
}

// linkedid extracts the call's Linkedid from a frame: `"id":"main:1795319561.0"`.
func linkedid(frame []byte) string {
	_, rest, ok := strings.Cut(string(frame), `"id":"main:`)
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}
