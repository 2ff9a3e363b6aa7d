package pbx_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/ami/wire"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// newPBX starts a PBX that ends with the test.
func newPBX(t *testing.T, opts amitest.Options) *amitest.PBX {
	t.Helper()
	p, err := amitest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func configFor(p *amitest.PBX) pbx.Config {
	return pbx.Config{
		Config: ami.Config{
			Name: "main", Address: p.Addr(), Username: amitest.Username, Password: amitest.Secret,
			Log: slog.New(slog.DiscardHandler),
		},
		RetryMin: time.Millisecond, RetryMax: 20 * time.Millisecond,
	}
}

// unplugged is a PBX that is reached in memory, for tests with a fake clock.
func unplugged(t *testing.T, opts amitest.Options) (*amitest.PBX, pbx.Config) {
	t.Helper()
	p := amitest.NewUnplugged(opts)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, pbx.Config{Config: ami.Config{
		Name: "main", Address: "pbx", Username: amitest.Username, Password: amitest.Secret, Dial: p.Pipe,
	}}
}

// recorder is a tracker that hands over all it gets.
type recorder struct {
	events, snapshots []string
	epochs            chan uint64
	heard             chan time.Time
	rows              chan []wire.Message
	messages          chan wire.Message
}

func newRecorder(snapshots []string, events ...string) *recorder {
	return &recorder{
		events: events, snapshots: snapshots, epochs: make(chan uint64, 1000),
		heard: make(chan time.Time, 1000), rows: make(chan []wire.Message, 1000),
		messages: make(chan wire.Message, 1000),
	}
}

func (r *recorder) Events() []string    { return r.events }
func (r *recorder) Snapshots() []string { return r.snapshots }
func (r *recorder) Connected(epoch uint64, heard time.Time) {
	r.heard <- heard
	r.epochs <- epoch
}
func (r *recorder) Resync(rows, _ []wire.Message, _ time.Time) { r.rows <- rows }
func (r *recorder) Late(time.Time)                             {}
func (r *recorder) Event(m wire.Message, _ time.Time)          { r.messages <- m }

// running is a PBX under test: its connections and states in the order in which they come.
type running struct {
	*pbx.PBX
	*recorder
	states chan pbx.Status
	stop   func()
}

func run(t *testing.T, cfg pbx.Config) *running {
	t.Helper()
	r := &running{recorder: newRecorder([]string{"Status"}, "Hangup"), states: make(chan pbx.Status, 1000)}
	cfg.OnState = func(s pbx.Status) { r.states <- s }
	if cfg.Trackers == nil {
		cfg.Trackers = []pbx.Tracker{r.recorder}
	}
	r.PBX = pbx.New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	r.stop = func() {
		cancel()
		done.Wait()
	}
	t.Cleanup(r.stop)
	return r
}

// take receives from a channel, or fails the test.
func take[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("timeout: no %s", what)
		panic("not reached")
	}
}

// connected waits for the next connection and returns its epoch.
func (r *running) connected(t *testing.T) uint64 {
	t.Helper()
	return take(t, "connection", r.epochs)
}

// state waits for the next status in the given state.
func (r *running) state(t *testing.T, want protocol.PBXState) pbx.Status {
	t.Helper()
	for {
		if s := take(t, "state "+string(want), r.states); s.State == want {
			return s
		}
	}
}

// refused waits for the status of a PBX that needs an administrator.
func (r *running) refused(t *testing.T) pbx.Status {
	t.Helper()
	s := r.state(t, protocol.PBXStopped)
	if s.Reason == "" || !ami.Permanent(s.Err) {
		t.Errorf("stopped with %+v", s)
	}
	return s
}

func ctxOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Each tracker gets only its events and the rows of its snapshots.
func TestSeveralTrackers(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001"})
	calls := newRecorder([]string{"Status"}, "Hangup", "Hold")
	queues := newRecorder(nil, "Hold", "QueueCallerJoin")
	cfg := configFor(p)
	cfg.Trackers = []pbx.Tracker{calls, queues}
	r := run(t, cfg)
	r.state(t, protocol.PBXWorking)
	for name, want := range map[*recorder]int{calls: 1, queues: 0} {
		if got := take(t, "snapshot", name.rows); len(got) != want {
			t.Errorf("%v: %d rows, want %d", name.events, len(got), want)
		}
	}
	if a, b := take(t, "epoch", calls.epochs), take(t, "epoch", queues.epochs); a != b {
		t.Errorf("epochs %d and %d", a, b)
	}
	p.Send(amitest.NewEvent("QueueCallerJoin", "agent"), amitest.NewEvent("Hold", "call"),
		amitest.NewEvent("Unhold", "call"), amitest.NewEvent("Hangup", "call"))
	for name, want := range map[*recorder][]string{calls: {"Hold", "Hangup"}, queues: {"QueueCallerJoin", "Hold"}} {
		var got []string
		for range want {
			got = append(got, take(t, "event", name.messages).Event())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestSet(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var set pbx.Set
	tracker := newRecorder([]string{"Status"}, "Hangup")
	main, branch := configFor(p), configFor(p)
	main.Trackers, branch.Name = []pbx.Tracker{tracker}, "branch"
	set.Start(ctx, main)
	set.Start(ctx, branch)
	first := take(t, "connection", tracker.epochs)

	moved := configFor(p)
	moved.MD5 = true
	set.Renew(ctx, moved)
	if second := take(t, "connection", tracker.epochs); second <= first { // the same tracker
		t.Errorf("epochs %d, then %d", first, second)
	}
	if got := set.IDs(); !slices.Equal(got, []string{"main", "branch"}) {
		t.Errorf("%v", got)
	}
	set.Remove("main")
	if _, ok := set.PBX("main"); ok || !slices.Equal(set.IDs(), []string{"branch"}) {
		t.Errorf("main is still there: %v", set.IDs())
	}
	set.StopAll()
	if b, ok := set.PBX("branch"); !ok || b.Status().State != protocol.PBXStopped {
		t.Errorf("branch runs on, or is gone")
	}
	if err := p.WaitClients(ctxOf(t), 0); err != nil {
		t.Error(err)
	}
}
