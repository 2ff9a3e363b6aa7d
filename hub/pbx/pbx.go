package pbx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"traybell/hub/ami"
	"traybell/shared/protocol"
)

// refusals is the number of refusals in a row after which a PBX that worked before is left alone.
const refusals = 3

// Config is what a PBX is made of. Of the embedded connection, Name is the PBX's id in hub.yml, and
// Wanted is set from the trackers.
type Config struct {
	ami.Config
	Trackers []Tracker
	Queues   []string    // that hub.yml has of the PBX; none: their rights are not looked for
	Dialplan []Extension // that hub.yml needs; Rights says which are there

	// Resync is the time between snapshots while the connection lasts; 5 min. Without them a lost
	// Hangup would leave its call for ever.
	Resync time.Duration

	RetryMin     time.Duration // the first pause before a reconnect; 500 ms
	RetryNear    time.Duration // the longest pause while the PBX's machine answers; 5 s
	RetryMax     time.Duration // the longest pause while it does not; 30 s
	RefusedRetry time.Duration // the pause after a refusal by a PBX that worked before; 10 s

	// OnState gets every change of state, on the goroutine of Run. Reconnects wait for it.
	OnState func(Status)
	// OnRights gets what is known of the manager user's rights, on any goroutine, after each change.
	OnRights func([]Right)

	Now func() time.Time // time.Now
}

func (c Config) withDefaults() Config {
	c.Name = cmp.Or(c.Name, c.Address)
	c.Resync = cmp.Or(c.Resync, 5*time.Minute)
	c.RetryMin = cmp.Or(c.RetryMin, 500*time.Millisecond)
	c.RetryMax = cmp.Or(c.RetryMax, 30*time.Second)
	c.RetryNear = cmp.Or(c.RetryNear, min(5*time.Second, c.RetryMax))
	c.RefusedRetry = cmp.Or(c.RefusedRetry, 10*time.Second)
	if c.OnState == nil {
		c.OnState = func(Status) {}
	}
	if c.OnRights == nil {
		c.OnRights = func([]Right) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// PBX keeps the connection to one PBX while Run runs, and feeds the trackers. The goroutine of Run
// owns the trackers; the other methods may be called from any goroutine.
type PBX struct {
	cfg       Config
	wants     map[string][]Tracker // by event name
	reconnect chan struct{}

	// owned by the goroutine of Run
	logged     string    // the last failure in the log
	worked     bool      // there was a session
	refused    int       // refusals in a row
	noSnapshot bool      // the refusal of a snapshot is in the log
	tookStock  bool      // this session's first snapshot was taken
	dates      *dates    // of this session
	late       time.Time // what the trackers know from Late

	callEventSeen  atomic.Bool // an event of class call has come
	queueEventSeen atomic.Bool // an event of class agent has come
	reporting      sync.Mutex  // held during OnRights: the last report is the newest

	mu      sync.Mutex // guards what follows
	session *ami.Session
	status  Status
	stats   Stats // without the current session's messages
	epoch   uint64
	times   Verdict   // whether the first event of a call had its time
	heard   time.Time // when the PBX was last heard of, before the current session
}

// New makes a PBX. It connects in Run.
func New(cfg Config) *PBX {
	cfg = cfg.withDefaults()
	p := &PBX{cfg: cfg, wants: map[string][]Tracker{}, reconnect: make(chan struct{}, 1)}
	p.cfg.Wanted = nil
	for _, t := range cfg.Trackers {
		for _, name := range t.Events() {
			if p.wants[name] == nil {
				p.cfg.Wanted = append(p.cfg.Wanted, name)
			}
			p.wants[name] = append(p.wants[name], t)
		}
	}
	p.status.PBX = protocol.PBX{ID: cfg.Name, State: protocol.PBXStopped}
	p.status.Since = cfg.Now()
	return p
}

// Run connects, signs in and feeds the trackers; when the connection is lost it connects again. It
// returns nil when ctx is done. While there is no connection the trackers keep their state.
//
// The pauses between attempts grow exponentially and are jittered, so that many hubs do not hit a
// restarting PBX at once. They begin again with the first snapshot of a session, and stay short
// while the PBX's machine answers. What only an administrator can fix (a refused login, another
// service, an untrusted certificate) is not retried until Reconnect: each attempt is a line in the
// PBX's log, and some firewalls count them. Only a PBX that worked before gets a few more attempts,
// because it may be in the middle of a configuration change.
func (p *PBX) Run(ctx context.Context) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = p.cfg.RetryMin
	wait.MaxInterval = time.Duration(float64(p.cfg.RetryMax) / (1 + wait.RandomizationFactor))
	wait.Reset()

	p.setState(protocol.PBXConnecting, "", nil)
	defer p.setState(protocol.PBXStopped, "", nil)
	for {
		s, err := ami.Connect(ctx, p.cfg.Config)
		if p.tookStock = false; err == nil {
			err = p.attend(ctx, s)
		}
		if p.tookStock {
			wait.Reset()
		}
		if ctx.Err() != nil {
			return nil
		}
		pause := p.pauseAfter(err, wait)
		p.logFailure(err, pause)
		p.mu.Lock()
		p.stats.Pause = pause
		p.mu.Unlock()
		if !p.rest(ctx, pause) {
			return nil
		}
	}
}

// Reconnect asks for an attempt now, from a PBX that is stopped or pauses between attempts. It does
// nothing while there is a connection.
func (p *PBX) Reconnect() {
	select {
	case p.reconnect <- struct{}{}:
	default:
	}
}

// attend feeds the trackers from a session until it is over, and returns the reason.
func (p *PBX) attend(ctx context.Context, s *ami.Session) error {
	p.mu.Lock()
	// grows across restarts of the hub too, unless the clock goes back
	p.epoch = max(p.epoch+1, uint64(time.Now().UnixMilli()))
	epoch := p.epoch
	p.session = s
	p.stats.Connects++
	p.mu.Unlock()
	p.logged, p.worked, p.refused = "", true, 0
	select {
	case <-p.reconnect: // it was meant for the attempt that succeeded
	default:
	}
	p.cfg.Log.Info("PBX connected", "pbx", p.cfg.Name, "address", p.cfg.Address, "manager", s.Version())

	// no effect on the reason if the connection was lost before
	s.Close(fmt.Errorf("session ended by the hub: %w", p.serve(ctx, s, epoch)))

	reason := s.Err()
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, skipped := s.Counts()
	p.stats.Kept += kept
	p.stats.Skipped += skipped
	if ctx.Err() == nil {
		p.stats.Losses++
	}
	if errors.Is(reason, ami.ErrOverflow) {
		p.stats.Overflows++
	}
	p.session = nil
	return reason
}

// pauseAfter sets the state that follows from a failure and returns the pause before the next
// attempt; 0 means none before Reconnect.
func (p *PBX) pauseAfter(err error, wait backoff.BackOff) time.Duration {
	if !ami.Permanent(err) {
		p.refused = 0
		p.setState(protocol.PBXConnecting, err.Error(), err)
		pause := wait.NextBackOff()
		if near := p.cfg.RetryNear; pause > near && !ami.Unreachable(err) {
			pause = near/2 + rand.N(near/2+1)
		}
		return pause
	}
	p.refused++
	if p.worked && p.refused < refusals {
		p.setState(protocol.PBXConnecting, err.Error(), err)
		return p.cfg.RefusedRetry
	}
	p.setState(protocol.PBXStopped, err.Error(), err)
	return 0
}

// rest waits for the next attempt; false when ctx is done.
func (p *PBX) rest(ctx context.Context, pause time.Duration) bool {
	var over <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-p.reconnect:
		p.logged = "" // the log answers the request
		before := p.Status()
		p.setState(protocol.PBXConnecting, "reconnecting; before: "+before.Reason, before.Err)
		return true
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

// logFailure logs a failure once, not once per attempt.
func (p *PBX) logFailure(err error, pause time.Duration) {
	reason := err.Error()
	if reason == p.logged {
		return
	}
	p.logged = reason
	next := "when hub.yml or its secret changes, or an administrator reconnects"
	if pause > 0 {
		next = "in " + pause.Round(time.Millisecond).String()
	}
	p.cfg.Log.Warn("no connection to the PBX", "pbx", p.cfg.Name, "address", p.cfg.Address, "reason", reason,
		"next_attempt", next)
}

// connection returns the current session; ok is false while there is none.
func (p *PBX) connection() (s *ami.Session, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session, p.session != nil
}

// Status returns the current status.
func (p *PBX) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	s.Rights = slices.Clone(s.Rights)
	return s
}

// Heard returns when the PBX was last heard of: until then all its events are known. It is zero
// before the first snapshot.
func (p *PBX) Heard() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

// noteHeard notes, at the end of a session, until when its events are known.
func (p *PBX) noteHeard(s *ami.Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = p.dates.heard(s.Heard())
}

// Stats returns the counters since New.
func (p *PBX) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	stats.Queue = cmp.Or(p.cfg.Queue, ami.DefaultQueue)
	if s := p.session; s != nil {
		stats.Pause = 0
		kept, skipped := s.Counts()
		stats.Kept += kept
		stats.Skipped += skipped
		stats.Waiting = len(s.Events())
	}
	return stats
}

// setState changes the state and reports it, unless nothing changed.
func (p *PBX) setState(state protocol.PBXState, reason string, err error) {
	next := protocol.PBX{ID: p.cfg.Name, State: state, Reason: reason}
	p.mu.Lock()
	same := p.status.PBX == next
	if p.status.State != state {
		p.status.Since = p.cfg.Now()
	}
	p.status.PBX, p.status.Err = next, err
	p.mu.Unlock()
	if !same {
		p.cfg.OnState(p.Status())
	}
}
