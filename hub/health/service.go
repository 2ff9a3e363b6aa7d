package health

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// statusEvery is how often the status is sent if it has changed.
const statusEvery = 5 * time.Second

// Service reports to the service manager. Without one it does nothing.
type Service struct {
	Status func() string // one line
	// Alive returns nil if the hub does its work; it is given half of the watchdog's time. While it
	// does not, the watchdog is not fed, and the service manager kills and restarts the hub.
	Alive func(context.Context) error
	Log   *slog.Logger
}

// Run says that the hub has started, and from then on feeds the watchdog and sends changes of the
// status, until ctx ends. Then it says that the hub stops.
func (s *Service) Run(ctx context.Context) {
	s.send(daemon.SdNotifyReady)
	defer s.send(daemon.SdNotifyStopping)
	every := statusEvery
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.Log.Error("cannot read the time of the watchdog; it is not fed", "error", err)
	}
	if watchdog > 0 {
		every = min(every, watchdog/2)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for sent := ""; ; {
		if now := s.Status(); now != sent {
			sent = now
			notify("STATUS=" + now)
		}
		if watchdog > 0 {
			s.feed(ctx, watchdog/2)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) feed(ctx context.Context, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	switch err := s.Alive(ctx); {
	case err == nil:
		notify(daemon.SdNotifyWatchdog)
	case context.Cause(ctx) == context.DeadlineExceeded: //nolint:errorlint // not wrapped
		s.Log.Error("the desk does not respond; the service manager restarts the hub if it stays so", "error", err)
	}
}

// Reloading says that a reload begins. The caller calls the function at its end.
func (s *Service) Reloading() (reloaded func()) {
	notify(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	return func() { s.send(daemon.SdNotifyReady) }
}

// send sends a state with the present status.
func (s *Service) send(state string) { notify(state + "\nSTATUS=" + s.Status()) }

// notify does nothing without a service manager.
func notify(state string) { _, _ = daemon.SdNotify(false, state) }
