package pbx_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
	rows              chan []wire.Message
	messages          chan wire.Message
}

func newRecorder(snapshots []string, events ...string) *recorder {
	return &recorder{
		events: events, snapshots: snapshots, epochs: make(chan uint64, 1000), rows: make(chan []wire.Message, 1000),
		messages: make(chan wire.Message, 1000),
	}
}

func (r *recorder) Events() []string       { return r.events }
func (r *recorder) Snapshots() []string    { return r.snapshots }
func (r *recorder) Connected(epoch uint64) { r.epochs <- epoch }
func (r *recorder) Resync(rows, since []wire.Message, _ time.Time) {
	r.rows <- rows
	for _, m := range since {
		r.messages <- m
	}
}
func (r *recorder) Event(m wire.Message, _ time.Time) { r.messages <- m }

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

func TestReconnectAfterACutAndARestart(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	first := r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Cut()
	if lost := r.state(t, protocol.PBXConnecting); !strings.Contains(lost.Reason, "read from the PBX") {
		t.Errorf("the reason of a cut is %q", lost.Reason)
	}
	if second := r.connected(t); second <= first {
		t.Errorf("epochs %d, then %d", first, second)
	}
	r.state(t, protocol.PBXWorking)
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Send(amitest.NewEvent("Hangup", "call", "Uniqueid", "3"))
	if m := take(t, "event after the restart", r.messages); m.Get("Uniqueid") != "3" {
		t.Errorf("got %v", m)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	for {
		if s := r.state(t, protocol.PBXConnecting); strings.Contains(s.Reason, "connect to the PBX at "+p.Addr()) {
			break
		}
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	if got := r.Stats(); got.Connects != 4 || got.Losses != 3 || got.Resyncs != 4 {
		t.Errorf("counted %+v", got)
	}
	r.stop()
	if s := r.state(t, protocol.PBXStopped); s.Reason != "" {
		t.Errorf("stopped with %+v", s)
	}
}

func TestOverflowReconnects(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.Queue = 10
	r := run(t, cfg)
	r.messages = make(chan wire.Message) // the tracker blocks
	r.state(t, protocol.PBXWorking)
	for range 12 {
		p.Send(amitest.NewEvent("Hangup", "call"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			select {
			case <-r.messages:
			case <-ctx.Done():
			}
		}
	}()
	if lost := r.state(t, protocol.PBXConnecting); !errors.Is(lost.Err, ami.ErrOverflow) {
		t.Errorf("the state says %v", lost.Err)
	}
	r.state(t, protocol.PBXWorking)
	if got := r.Stats(); got.Overflows != 1 || got.Queue != 10 {
		t.Errorf("counted %+v", got)
	}
}

func TestFailedSnapshotReconnects(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	cfg := configFor(p)
	cfg.ActionTimeout, cfg.Resync = 50*time.Millisecond, 10*time.Millisecond
	r := run(t, cfg)
	r.connected(t)
	r.state(t, protocol.PBXWorking)
	p.Lie(amitest.Lies{Mute: true})
	if s := r.state(t, protocol.PBXConnecting); !strings.Contains(s.Reason, "take a snapshot") ||
		!strings.Contains(s.Reason, "Status") {
		t.Errorf("%+v", s)
	}
	p.Lie(amitest.Lies{})
	r.connected(t)
	r.state(t, protocol.PBXWorking)
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

func TestPausesGrowAndDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		var log bytes.Buffer
		r := run(t, pbx.Config{Config: ami.Config{
			Address: "pbx", Username: "x", Password: "y", Log: slog.New(slog.NewTextHandler(&log, nil)),
			Dial: func(context.Context, string) (net.Conn, error) {
				attempts = append(attempts, time.Now())
				return nil, errors.New("no route to host")
			},
		}})
		time.Sleep(time.Hour)
		r.stop()
		if n := len(attempts); n < 80 || n > 300 {
			t.Errorf("%d attempts in an hour", n)
		}
		if early := attempts[1].Sub(attempts[0]); early > time.Second {
			t.Errorf("the second attempt came after %s", early)
		}
		pauses := map[time.Duration]bool{}
		for i := 20; i < len(attempts); i++ {
			pause := attempts[i].Sub(attempts[i-1])
			if pause < 10*time.Second || pause > 50*time.Second {
				t.Errorf("attempt %d came after %s", i, pause)
			}
			pauses[pause] = true
		}
		if len(pauses) < 10 {
			t.Errorf("only %d different pauses", len(pauses))
		}
		if lines := strings.Count(log.String(), "\n"); lines != 1 {
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
	})
}

func logins(p *amitest.PBX) (n int) {
	for _, a := range p.Received() {
		if a.Name() == "Login" {
			n++
		}
	}
	return n
}

func TestWrongPasswordIsRetriedOnlyOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{RefusalDelay: time.Second})
		p.Lie(amitest.Lies{Refuse: true})
		var log bytes.Buffer
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		r := run(t, cfg)
		refused := r.refused(t)
		var login *ami.LoginError
		if !errors.As(refused.Err, &login) || login.Answer != "Authentication failed" ||
			!strings.Contains(refused.Reason, `user "traybell"`) {
			t.Errorf("the state says %+v", refused)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := logins(p); n != 1 {
			t.Errorf("%d attempts in a day", n)
		}
		if n := len(r.states); n != 0 {
			t.Errorf("%d more states", n)
		}
		r.Reconnect()
		if s := r.state(t, protocol.PBXConnecting); !strings.Contains(s.Reason, "reconnecting; before: ") {
			t.Errorf("while it reconnects: %+v", s)
		}
		r.refused(t)
		if n := logins(p); n != 2 {
			t.Errorf("%d attempts after the request", n)
		}
		p.Lie(amitest.Lies{})
		r.Reconnect()
		r.connected(t)
		r.state(t, protocol.PBXWorking)
		r.stop()
		if lines := strings.Count(log.String(), "\n"); lines != 2 { // the first attempt and the request
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
		if strings.Contains(log.String()+refused.Reason, amitest.Secret) {
			t.Error("the password was shown")
		}
	})
}

func TestPBXThatWorkedBeforeGetsMoreAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		r := run(t, cfg)
		r.connected(t)
		p.Lie(amitest.Lies{Refuse: true})
		p.Drop()
		time.Sleep(15 * time.Second)
		p.Lie(amitest.Lies{})
		r.connected(t)

		p.Lie(amitest.Lies{Refuse: true})
		before := logins(p)
		p.Drop()
		time.Sleep(time.Minute)
		r.refused(t)
		time.Sleep(24 * time.Hour)
		if n := logins(p) - before; n != 3 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestReconnectDoesNotDisturbASession(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	r.state(t, protocol.PBXWorking)
	r.Reconnect()
	if err := r.DBPut(ctxOf(t), "x", "y", "z"); err != nil {
		t.Error(err)
	}
	if got := r.Status(); got.State != protocol.PBXWorking || r.Stats().Connects != 1 {
		t.Errorf("%+v, %+v", got, r.Stats())
	}
}

func TestAnotherServiceIsNotRetried(t *testing.T) {
	p := newPBX(t, amitest.Options{Banner: "SSH-2.0-OpenSSH_9.6"})
	if s := run(t, configFor(p)).refused(t); !strings.Contains(s.Reason, "an SSH server answers there") {
		t.Errorf("%+v", s)
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
