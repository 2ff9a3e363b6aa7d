package health

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// manager is a service manager's end of the socket.
type manager struct {
	t *testing.T
	*net.UnixConn
}

func newManager(t *testing.T) manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return manager{t, conn}
}

// next returns the next datagram.
func (m manager) next() string {
	m.t.Helper()
	_ = m.SetReadDeadline(time.Now().Add(20 * time.Second))
	buf := make([]byte, 4096)
	n, err := m.Read(buf)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(buf[:n])
}

func (m manager) await(want string) {
	m.t.Helper()
	for got := m.next(); got != want; got = m.next() {
		m.t.Logf("waiting for %q, got %q", want, got)
	}
}

// queued returns what has come already.
func (m manager) queued() (all []string) {
	buf := make([]byte, 4096)
	for {
		_ = m.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		n, err := m.Read(buf)
		if err != nil {
			return all
		}
		all = append(all, string(buf[:n]))
	}
}

func (m manager) run(s *Service) (stop func()) {
	ctx, cancel := context.WithCancel(m.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	return func() { cancel(); <-done }
}

func TestStatesOfTheService(t *testing.T) {
	m := newManager(t)
	s := &Service{Status: func() string { return "1 of 1 PBX" }, Log: slog.New(slog.DiscardHandler)}
	stop := m.run(s)
	if got := m.next(); got != "READY=1\nSTATUS=1 of 1 PBX" {
		t.Errorf("at the start: %q", got)
	}
	m.await("STATUS=1 of 1 PBX")
	reloaded := s.Reloading()
	state, usec, _ := strings.Cut(strings.TrimSpace(m.next()), "\nMONOTONIC_USEC=")
	if at, err := strconv.ParseInt(usec, 10, 64); state != "RELOADING=1" || err != nil || at <= 0 {
		t.Errorf("%q at %q", state, usec)
	}
	reloaded()
	if got := m.next(); got != "READY=1\nSTATUS=1 of 1 PBX" {
		t.Errorf("after the reload: %q", got)
	}
	stop()
	if got := m.next(); got != "STOPPING=1\nSTATUS=1 of 1 PBX" {
		t.Errorf("at the end: %q", got)
	}
}

// The watchdog is fed while the desk's loop turns, and not while it stands still.
func TestWatchdogIsFedWhileTheDeskTurns(t *testing.T) {
	m := newManager(t)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(int((100 * time.Millisecond).Microseconds())))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	var stands atomic.Bool
	asked := make(chan struct{}, 1000)
	s := &Service{
		Status: func() string { return "" }, Log: slog.New(slog.DiscardHandler),
		Alive: func(ctx context.Context) error {
			if stands.Load() {
				<-ctx.Done() // as a desk that does not take the question
				asked <- struct{}{}
				return errors.New("no answer")
			}
			return nil
		},
	}
	stop := m.run(s)
	m.await("WATCHDOG=1")
	m.await("WATCHDOG=1")
	stands.Store(true)
	<-asked
	m.queued() // of before
	for range 5 {
		<-asked
	}
	if got := m.queued(); len(got) > 0 {
		t.Errorf("a desk that stands still sends %q", got)
	}
	stands.Store(false)
	m.await("WATCHDOG=1")
	stop()
}

func TestNoWatchdogOfAnotherProcess(t *testing.T) {
	m := newManager(t)
	t.Setenv("WATCHDOG_USEC", "1000")
	t.Setenv("WATCHDOG_PID", "1")
	s := &Service{
		Status: func() string { return "" }, Log: slog.New(slog.DiscardHandler),
		Alive: func(context.Context) error { t.Error("asked"); return nil },
	}
	stop := m.run(s)
	m.next()
	stop()
	for _, got := range m.queued() {
		if strings.Contains(got, "WATCHDOG") {
			t.Errorf("%q", got)
		}
	}
}
