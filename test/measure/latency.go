package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/test/terminal"
)

// load is the load on the hub.
type load struct {
	desktops  []int // each number is measured
	rate      int   // calls per second
	concerned int   // agents whose phones ring in each call
	span      time.Duration
	rounds    int
	profile   string // prefix of the files; empty: none
}

// firstExtension is the extension of the first desktop; the others follow.
const firstExtension = 2000

// latency measures the time from just before the PBX sends DialBegin until each agent concerned has
// the WebSocket frame, through a hub and through a bare relay with the same TLS WebSockets, which
// only finds the extension in the event. It also measures what a desktop and a call cost either of
// them. All runs alternate, so that other load on the machine is the same for all.
func latency(ctx context.Context, l load) error {
	if err := roomFor(slices.Max(l.desktops)); err != nil {
		return err
	}
	fmt.Printf("From the AMI bytes of DialBegin to the WebSocket frame at the agent: desktops over TLS, %d calls a "+
		"second, %d agents concerned, %s each. For each call: frames, CPU time, waits of threads, allocations.\n\n",
		l.rate, l.concerned, l.span)
	fmt.Printf("%-6s %8s %7s %9s %9s %9s %9s %12s %7s %6s %8s %6s %8s %6s %5s %10s   %s\n", "", "desktops", "times",
		"p50", "p95", "p99", "worst", "RSS/desktop", "idle", "frames", "CPU", "waits", "memory", "pieces", "GCs",
		"connected", "load")
	for range l.rounds {
		for _, desktops := range l.desktops {
			for _, child := range []string{"relay", "hub"} {
				r, err := run(ctx, child, desktops, l)
				if err != nil {
					return fmt.Errorf("measure %s: %w", child, err)
				}
				fmt.Printf("%-6s %8d %7d %9s %9s %9s %9s %9.1f KB %5.1f %% %6.1f %8s %6.1f %5.1f KB %6.0f %5d "+
					"%10s   %s\n", child, desktops, len(r.times), r.at(0.5), r.at(0.95), r.at(0.99), r.at(1),
					float64(r.memory)/1024/float64(desktops), 100*r.idle, r.call.frames,
					r.call.cpu.Round(time.Microsecond), r.call.waits, r.call.bytes/1024, r.call.objects, r.collections,
					r.connected.Round(time.Millisecond), loadAverage())
			}
		}
	}
	return nil
}

// result is what was measured while calls were placed.
type result struct {
	times       []time.Duration // sorted
	memory      int64           // resident memory that the desktops have added, bytes
	idle        float64         // of one core, with all desktops connected and no calls
	call        perCall
	collections uint64
	connected   time.Duration // until all desktops were signed in
}

// perCall is what one call costs the child, above its idle use.
type perCall struct {
	cpu            time.Duration
	bytes, objects float64 // allocated
	waits          float64 // of its threads
	frames         float64 // at all desktops
}

func (r result) at(quantile float64) time.Duration {
	if len(r.times) == 0 {
		return 0
	}
	return r.times[min(int(quantile*float64(len(r.times))), len(r.times)-1)].Round(time.Microsecond)
}

// run measures a new child.
func run(ctx context.Context, child string, desktops int, l load) (r result, err error) {
	s, err := openStage(ctx, desktops, child, "-profile", l.profile)
	if err != nil {
		return r, err
	}
	defer s.close()
	before, err := residentMemory(s.pid())
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := s.connect(ctx); err != nil {
		return r, err
	}
	connected := time.Since(began)
	pause(ctx, 5*time.Second) // what the sign-ins left behind
	idle, err := s.use(func() { pause(ctx, l.span) })
	if err != nil {
		return r, err
	}
	if _, err := s.ask("profile"); err != nil {
		return r, err
	}
	if r, err = s.measure(ctx, l, idle); err != nil {
		return r, err
	}
	if _, err := s.ask("write"); err != nil {
		return r, err
	}
	after, err := residentMemory(s.pid())
	r.memory, r.idle, r.connected = after-before, idle.share(), connected
	return r, errors.Join(err, ctx.Err())
}

// clock measures the time from sending a call to its first arrival at each agent concerned.
type clock struct {
	mu     sync.Mutex
	sent   map[string]time.Time // by Linkedid and extension
	times  []time.Duration
	frames int // about calls
}

func (c *clock) begin(linkedid string, extensions []string, ring func()) {
	c.mu.Lock()
	now := time.Now()
	for _, extension := range extensions {
		c.sent[linkedid+" "+extension] = now
	}
	c.mu.Unlock()
	ring()
}

func (c *clock) arrived(linkedid, extension string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if linkedid != "" {
		c.frames++
	}
	key := linkedid + " " + extension
	if sent, ok := c.sent[key]; ok {
		c.times = append(c.times, at.Sub(sent))
		delete(c.sent, key)
	}
}

// take returns the sorted times since the last take, the number of all frames about calls, and how
// many frames did not arrive.
func (c *clock) take() (times []time.Duration, frames, missing int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	times, frames, missing = c.times, c.frames, len(c.sent)
	slices.Sort(times)
	c.times, c.frames = nil, 0
	clear(c.sent)
	return times, frames, missing
}

// dialplan is the time between the first channel of a call and the first phone that rings: the
// median of the recorded calls. The dialplans of FreePBX take longer.
const dialplan = 2 * time.Millisecond

// place generates calls at the load's rate and returns their number; each rings several extensions
// for a second.
func (s *stage) place(ctx context.Context, l load) int {
	var calls sync.WaitGroup
	defer calls.Wait()
	tick := time.NewTicker(time.Second / time.Duration(l.rate))
	defer tick.Stop()
	n := s.placed
	for until := time.Now().Add(l.span); time.Now().Before(until); n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return n - s.placed
		}
		extensions := make([]string, min(l.concerned, s.desktops))
		for i := range extensions {
			extensions[i] = strconv.Itoa(firstExtension + (n*7+i)%s.desktops)
		}
		calls.Go(func() {
			call := s.pbx.Incoming(amitest.Incoming{
				Number: fmt.Sprintf("7916%07d", n), Name: "Caller", DID: "74950000001",
			})
			pause(ctx, dialplan)
			s.clock.begin(call.Linkedid(), extensions, func() { call.Ring(extensions...) })
			pause(ctx, time.Second)
			call.GiveUp()
		})
	}
	placed := n - s.placed
	s.placed = n
	return placed
}

// connect signs in all desktops, which record arriving calls.
func (s *stage) connect(ctx context.Context) error {
	failed := make(chan error, s.desktops)
	limit := make(chan struct{}, 8)
	var signed sync.WaitGroup
	for i := range s.desktops {
		signed.Add(1)
		limit <- struct{}{}
		go func() {
			var once sync.Once
			done := func() { once.Do(func() { <-limit; signed.Done() }) }
			defer done()
			if err := desktop(ctx, s.address, strconv.Itoa(firstExtension+i), s.clock, done); err != nil &&
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
	beginning := make([]byte, 512) // the call's id comes first
	for {
		_, r, err := desktop.Reader(ctx)
		if err != nil {
			return err
		}
		n, err := io.ReadFull(r, beginning)
		if at := time.Now(); n > 0 {
			clock.arrived(linkedid(beginning[:n]), extension, at)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
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

// roomFor prepares this process for that many desktops. It shares the cores with the hub: its
// collections would be measured too.
func roomFor(desktops int) error {
	debug.SetGCPercent(400)
	return allowFiles(uint64(desktops) + 1000) //nolint:gosec // a small number above 0
}

// allowFiles raises the limit of open files of this process and its children.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	if err == nil && limit.Cur < n {
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: max(n, limit.Max)})
	}
	if err != nil {
		return fmt.Errorf("allow %d open files: %w", n, err)
	}
	return nil
}

// loadAverage is the machine's, for one, five and fifteen minutes; empty where it cannot be read.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}
