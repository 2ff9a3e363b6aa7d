//go:build e2e

package faults

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/test/accounts"
	"traybell/test/lab"
	"traybell/test/wire"
)

// TestCallsWhileAllFails places real calls while the hub, Asterisk and the network fail, and judges
// the hub's records, tickets and desktops by what Asterisk says of each call. The environment sets
// how much: TRAYBELL_FAULTS_CALLS, TRAYBELL_FAULTS (how many), TRAYBELL_FAULTS_RATE (calls a
// second), TRAYBELL_FAULTS_SEED, and TRAYBELL_FAULTS_LOG (a file for the hub's log). With NO_TIMES
// the PBX does not say when events happened. Fewer faults than kinds are divided between the
// versions of Asterisk.
func TestCallsWhileAllFails(t *testing.T) {
	calls, faults := setting(t, "TRAYBELL_FAULTS_CALLS", 100), setting(t, "TRAYBELL_FAULTS", 5)
	first := 0
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			r := newRun(
				t,
				plan{version: version, calls: calls, faults: faults, first: first, last: lastPhone, user: "otrs"},
			)
			r.run(func(ctx context.Context) string {
				name, _ := r.office.play(ctx, r.seed, 0.35) // a fault may end it early
				return name
			}, func(context.Context) {})
		})
		if faults < len(kinds) {
			first += faults
		}
	}
}

func setting(t *testing.T, name string, or int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// plan is what a run does.
type plan struct {
	version       string // of Asterisk
	calls, faults int
	first         int    // kind of fault
	last          int    // phone that has an agent
	user          string // of the manager interface
	yaml          string // further sections of hub.yml
}

// run is one run at one Asterisk.
type run struct {
	*testing.T
	plan
	rate       int
	seed       uint64
	chance     *rand.Rand // of the faults
	pbx        *lab.Asterisk
	ledger     *lab.Ledger
	ami, desks *wire.Wire
	hub        *hub
	office     *office
	desktops   map[string]*desktop

	mu    sync.Mutex
	down  bool // Asterisk is: no calls
	past  []Span
	kills []accounts.Span
	life  weight // of the hub, at the start of its last life
}

func newRun(t *testing.T, p plan) *run {
	t.Helper()
	r := &run{
		T: t, plan: p, rate: setting(t, "TRAYBELL_FAULTS_RATE", 4),
		seed: uint64(setting(t, "TRAYBELL_FAULTS_SEED", int(time.Now().UnixNano()))), desktops: map[string]*desktop{},
	}
	r.chance = rand.New(rand.NewPCG(r.seed, 0))
	t.Logf("the seed is %d", r.seed)
	r.pbx = lab.StartAsterisk(t, p.version)
	ledger, err := r.pbx.Ledger(t.Context())
	r.must(err)
	r.ledger = ledger
	r.ami = wire.Lay(t, lab.AMI)
	var extensions []string
	for n := firstPhone; n <= p.last; n++ {
		extensions = append(extensions, strconv.Itoa(n))
	}
	r.hub = newHub(t, r.ami.Address(), p.user, p.yaml, extensions)
	r.desks = wire.Lay(t, r.hub.address)
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, extension := range extensions {
		d := newDesktop(extension, r.desks.Address())
		r.desktops[extension] = d
		work.Go(func() { d.run(ctx) })
	}
	t.Cleanup(func() { stop(); work.Wait() })
	r.office = newOffice(t, r.desktops)
	return r
}

func (r *run) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// kinds are the faults in their order. Each returns when all is whole again.
var kinds = []struct {
	name string
	do   func(*run, context.Context) error
}{
	{"hub killed", func(r *run, ctx context.Context) error {
		r.hub.blinded(time.Now(), "killed")
		r.hub.end(syscall.SIGKILL)
		r.pause(ctx, 200, 2000)
		r.hub.start()
		return nil
	}},
	{"connection to Asterisk cut twice", func(r *run, ctx context.Context) error {
		for range 2 {
			r.ami.Refuse()
			r.pause(ctx, 300, 800)
			r.ami.Restore()
			r.pause(ctx, 1500, 2500)
		}
		return nil
	}},
	{"Asterisk killed", func(r *run, ctx context.Context) error {
		r.setDown(true)
		defer r.setDown(false)
		from := time.Now()
		if err := r.pbx.Kill(ctx); err != nil {
			return err
		}
		r.mu.Lock()
		r.kills = append(r.kills, accounts.Span{From: from, To: time.Now()})
		r.mu.Unlock()
		r.pause(ctx, 100, 3000)
		return r.pbx.Start(ctx)
	}},
	{"hub stopped", func(r *run, ctx context.Context) error {
		r.hub.signal(syscall.SIGSTOP)
		r.pause(ctx, 3000, 9000)
		r.hub.signal(syscall.SIGCONT)
		return nil
	}},
	{"Asterisk stopped", func(r *run, ctx context.Context) error {
		if err := r.pbx.Pause(ctx); err != nil {
			return err
		}
		r.pause(ctx, 2000, 7000)
		return r.pbx.Resume(ctx)
	}},
	{"connection to Asterisk dead, then reset", func(r *run, ctx context.Context) error {
		r.hub.blinded(time.Now(), "dead connection") // which it finds out later
		r.ami.Cut()
		r.pause(ctx, 2000, 6000)
		r.ami.Restore()
		r.ami.HangUp()
		return nil
	}},
	{"connection to Asterisk stalled", func(r *run, ctx context.Context) error {
		r.ami.Hold()
		r.pause(ctx, 2000, 8000)
		r.ami.Release()
		return nil
	}},
	{"desktops cut off", func(r *run, ctx context.Context) error {
		r.desks.Refuse()
		r.pause(ctx, 1000, 4000)
		r.desks.Restore()
		return nil
	}},
	{"hub restarted", func(r *run, _ context.Context) error {
		r.hub.blinded(time.Now(), "restarted")
		r.hub.end(syscall.SIGTERM)
		r.hub.start()
		return nil
	}},
	{"connection to Asterisk cut", func(r *run, ctx context.Context) error {
		r.ami.Refuse()
		r.pause(ctx, 1000, 5000)
		r.ami.Restore()
		return nil
	}},
	{"hub stopped for 25 s", func(r *run, ctx context.Context) error {
		r.hub.signal(syscall.SIGSTOP)
		pause(ctx, 25*time.Second)
		r.hub.signal(syscall.SIGCONT)
		return nil
	}},
}

func (r *run) pause(ctx context.Context, from, to int) {
	r.mu.Lock()
	d := time.Duration(from+r.chance.IntN(to-from)) * time.Millisecond
	r.mu.Unlock()
	pause(ctx, d)
}

func (r *run) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// run plays the calls and judges them. When they are over, it calls over.
func (r *run) run(play func(context.Context) string, over func(context.Context)) {
	r.Helper()
	began := time.Now()
	span := time.Duration(r.calls) * time.Second / time.Duration(r.rate)
	ctx, cancel := context.WithTimeout(r.Context(), 2*span+5*time.Minute)
	defer cancel()
	r.must(r.hub.waitSeeing(ctx))
	r.signedIn(ctx)
	r.weighLife(ctx)
	played := map[string]int{}
	var work sync.WaitGroup
	work.Go(func() { r.breakAll(ctx, span) })
	var count sync.Mutex
	tick := time.NewTicker(time.Second / time.Duration(r.rate))
	defer tick.Stop()
	for n := 0; n < r.calls && ctx.Err() == nil; {
		<-tick.C
		r.mu.Lock()
		down := r.down
		r.mu.Unlock()
		if down {
			continue
		}
		n++
		work.Go(func() {
			name := play(ctx)
			count.Lock()
			defer count.Unlock()
			played[name]++
		})
	}
	work.Wait()
	r.must(ctx.Err())
	last := time.Now()
	over(ctx)
	r.empty(ctx)
	r.must(r.hub.waitSeeing(ctx))
	after := r.settle(ctx)

	e := Evidence{Faults: r.past, Apart: map[string][]Span{}, Undated: os.Getenv("NO_TIMES") != ""}
	var err error
	e.Calls, err = r.ledger.Read(r.kills)
	r.must(err)
	r.must(r.hub.evidence(ctx, &e))
	r.hub.mu.Lock()
	e.Blind = slices.Clone(r.hub.blind)
	r.hub.mu.Unlock()
	for _, d := range r.desktops {
		d.evidence(&e)
	}
	v := Judge(e)
	r.report(v, e, played, last.Sub(began), after)
}

// signedIn waits until all desktops have a session.
func (r *run) signedIn(ctx context.Context) {
	r.Helper()
	for _, d := range r.desktops {
		for d.isApart() {
			if ctx.Err() != nil {
				r.Fatalf("the desktop of %s does not sign in", d.extension)
			}
			pause(ctx, 20*time.Millisecond)
		}
	}
}

// breakAll breaks things, evenly over the run.
func (r *run) breakAll(ctx context.Context, span time.Duration) {
	between := span / time.Duration(r.faults+1)
	for n := range r.faults {
		pause(ctx, between/2+time.Duration(r.chance.Int64N(int64(between))))
		kind := kinds[(r.first+n)%len(kinds)]
		from := time.Now()
		if err := kind.do(r, ctx); err != nil {
			r.Errorf("%s: %v", kind.name, err)
		}
		r.mu.Lock()
		r.past = append(r.past, Span{accounts.Span{From: from, To: time.Now()}, kind.name})
		r.mu.Unlock()
		if kind.name == "hub killed" || kind.name == "hub restarted" {
			r.weighLife(ctx)
		}
	}
}

// weighLife weighs the hub soon after its start.
func (r *run) weighLife(ctx context.Context) {
	pause(ctx, 3*time.Second)
	w, err := r.hub.weigh(ctx)
	if err != nil {
		r.Errorf("weigh the hub: %v", err)
	}
	r.mu.Lock()
	r.life = w
	r.mu.Unlock()
}

// empty waits until Asterisk has no channels.
func (r *run) empty(ctx context.Context) {
	r.Helper()
	for {
		out, err := r.pbx.CLI(ctx, "core show channels concise")
		r.must(err)
		if !strings.Contains(out, "!") {
			return
		}
		pause(ctx, 500*time.Millisecond)
	}
}

// settle waits until the hub has nothing left to do and returns what it weighs.
func (r *run) settle(ctx context.Context) weight {
	r.Helper()
	pause(ctx, GhostTime)
	w, err := r.hub.weigh(ctx)
	r.must(err)
	if w.calls > 0 {
		r.Errorf("%d calls are left at the hub", w.calls)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		n, err := r.hub.unfinished(ctx)
		for _, d := range r.desktops {
			n += d.unanswered()
		}
		if err == nil && n == 0 || ctx.Err() != nil {
			break
		}
		pause(ctx, 200*time.Millisecond)
	}
	return w
}

func (r *run) report(v Verdict, e Evidence, played map[string]int, took time.Duration, after weight) {
	r.Helper()
	out, err := r.pbx.CLI(r.Context(), "core show version")
	r.must(err)
	var broke []string
	faults := map[string]int{}
	for _, f := range e.Faults {
		r.Logf("fault: %s–%s %s", clock(f.From), clock(f.To), f.What)
		faults[f.What]++
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		broke = append(broke, fmt.Sprintf("%d × %s", faults[name], name))
	}
	for _, s := range e.Blind {
		r.Logf("%s–%s %s", clock(s.From), clock(s.To), s.What)
	}
	transfers := 0
	for _, c := range e.Calls {
		if len(c.Linkedids) > 1 {
			transfers++
		}
	}
	for _, d := range v.Differences {
		r.Errorf("%s: %s: %s", d.Kind, d.Call, d.Why)
	}
	r.weigh(after)
	var table strings.Builder
	row := func(what, value string, args ...any) {
		fmt.Fprintf(&table, "| %s | %s |\n", what, fmt.Sprintf(value, args...))
	}
	row("Asterisk", "%s", strings.Fields(out)[1])
	row("Placed", "%d in %v: %s", r.calls, took.Round(time.Second), strings.Join(listed(played), ", "))
	row("Faults", "%d: %s", len(e.Faults), strings.Join(broke, ", "))
	row("Calls by Asterisk", "%d, %d of them after a transfer with consultation", len(e.Calls), transfers)
	row("… judged by the CDR, by queue_log, by the CEL alone (Asterisk was killed)", "%d, %d, %d", v.ByCDR,
		v.ByQueueLog, v.ByCEL)
	row("Records, lines in the monthly file", "%d, %d", len(e.Rows), len(e.Lines))
	row("Calls that began and ended while the hub was down or not connected", "%d", v.Unrecorded)
	row("… that were joined by a transfer and ended then", "%d", v.Unjoined)
	row("Records that say that the answer or the end was not seen", "%d", sum(v.Unseen))
	wrong := len(v.Differences) - v.of(badTicket) - v.of(ghost) - v.of(noCard) - v.of(toldMissed) - v.of(late)
	row("Calls lost, doubled, with another answerer, state or talk time", "**%d**", wrong)
	row("Presses of OK; tickets; lost or doubled", "%d; %d; **%d**", len(e.Presses), v.Tickets, v.of(badTicket))
	row("Cards on all desktops; left 5 s after the end", "%d; **%d**", len(e.Cards), v.of(ghost))
	row("Cards that did not come; agents told to have missed an answered call", "**%d**", v.of(noCard)+v.of(toldMissed))
	row("Longest time from the end of a fault until the hub sees calls", "%v", round(v.LongestBack))
	row("Hub after its last start", "%v", r.life)
	row("… after all calls", "%v", after)
	r.Logf("the column of docs/quality.md:\n%s", &table)
}

// listed says how many calls of each kind were placed.
func listed(count map[string]int) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(count)) {
		list = append(list, fmt.Sprintf("%d %s", count[name], name))
	}
	return list
}

// weigh checks that the hub has let go of what the calls took. It remembers ended calls for a
// quarter of an hour.
func (r *run) weigh(after weight) {
	r.Helper()
	const perCall = 8 << 10
	if after.goroutines > r.life.goroutines+10 || after.files > r.life.files+10 ||
		after.heap > r.life.heap+4<<20+int64(r.calls)*perCall {
		r.Errorf("the hub keeps what calls took: %v, then %v", r.life, after)
	}
}

func sum(counts map[string]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}

func (d *desktop) isApart() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session == nil
}
