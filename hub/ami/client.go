package ami

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Client keeps a connection to one PBX for as long as Run runs.
type Client struct {
	cfg Config

	mu      sync.Mutex // guards what follows
	session *Session
	status  Status
	stats   Stats // sums of sessions that are over
	epoch   uint64

	again chan struct{} // somebody asks for an attempt at once

	told    string // the last trouble that was logged; Run's own
	worked  bool   // there was a session; Run's own
	refused int    // attempts in a row that were refused; Run's own
}

// NewClient makes a client. Nothing happens before Run.
func NewClient(cfg Config) *Client {
	c := &Client{cfg: cfg.withDefaults(), again: make(chan struct{}, 1)}
	c.status = Status{State: Stopped, Since: time.Now()}
	return c
}

// Session is the session of the moment, for actions; ok is false while there is no connection. What
// is consumed from it is Run's serve's alone.
func (c *Client) Session() (s *Session, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session, c.session != nil
}

// Status is how things stand at the moment.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Again asks for an attempt now: of a client that was refused, which makes none by itself, or that
// waits before its next. It does nothing while there is a session.
func (c *Client) Again() {
	select {
	case c.again <- struct{}{}:
	default:
	}
}

// Stats counts what has happened so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := c.stats
	stats.Queue = c.cfg.Queue
	if s := c.session; s != nil {
		kept, skipped := s.rd.Counts()
		stats.Kept += kept
		stats.Skipped += skipped
		stats.Waiting = len(s.events)
	}
	return stats
}

// Run connects, logs in and calls serve with the session, in which events are on and being queued
// already; when the session is over it connects again, for ever. The context of serve is cancelled
// when the connection is lost, with the reason as its cause; serve then has to return. If serve
// returns while the connection is good, the connection is given up and made anew: that is how a
// consumer asks for a fresh start. Run returns when ctx is done, with nil.
//
// The waits between attempts grow exponentially and are jittered, so that many hubs do not fall
// upon a PBX that restarts. What only somebody can mend (a refused login, another service, a
// certificate that nobody vouches for) is not tried again until Again asks for it: each attempt
// would be one more line in the PBX's log, and some firewalls count them. Only a PBX that let us in
// before is asked a few times more, since it may be in the middle of being set up anew.
func (c *Client) Run(ctx context.Context, serve func(ctx context.Context, s *Session) error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = c.cfg.RetryMin
	wait.MaxInterval = c.cfg.RetryMax
	wait.Reset()

	c.become(Status{State: Connecting})
	defer c.become(Status{State: Stopped})
	for {
		s, err := open(ctx, c.cfg)
		if err == nil {
			began := time.Now()
			err = c.attend(ctx, s, serve)
			if time.Since(began) >= c.cfg.RetryMax {
				wait.Reset() // a session that lasted shows that the trouble is a new one
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		pause := c.judge(err, wait)
		c.tell(err, pause)
		if !c.rest(ctx, pause) {
			return nil
		}
	}
}

// judge tells the state that an attempt's error makes, and how long to wait before the next
// attempt; 0: until somebody asks for one.
func (c *Client) judge(err error, wait *backoff.ExponentialBackOff) time.Duration {
	if !needsSomebody(err) {
		c.refused = 0
		c.become(Status{State: Connecting, Reason: err.Error(), Err: err})
		return wait.NextBackOff()
	}
	c.refused++
	if c.worked && c.refused < refusals {
		c.become(Status{State: Connecting, Reason: err.Error(), Err: err})
		return c.cfg.RefusedRetry
	}
	c.become(Status{State: Refused, Reason: err.Error(), Err: err})
	return 0
}

// rest waits, and tells whether there is to be another attempt.
func (c *Client) rest(ctx context.Context, pause time.Duration) bool {
	var over <-chan time.Time
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-c.again:
		c.told = "" // whoever asks wants to read the answer
		before := c.Status()
		c.become(Status{State: Connecting, Reason: "it is being tried again. Before: " +
			before.Reason, Err: before.Err})
		return true
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

// attend lets the consumer work with a session until it is over, and returns the reason.
func (c *Client) attend(ctx context.Context, s *Session, serve func(context.Context, *Session) error) error {
	c.mu.Lock()
	c.epoch = max(c.epoch+1, uint64(time.Now().UnixMilli()))
	s.epoch = c.epoch
	c.session = s
	c.stats.Connects++
	c.mu.Unlock()
	c.told, c.worked, c.refused = "", true, 0
	select {
	case <-c.again: // it was meant for the attempt that succeeded
	default:
	}
	c.cfg.Log.Info("connected to the PBX", "pbx", c.cfg.Name, "address", c.cfg.Address, "manager", s.version)
	c.become(Status{State: Working, Version: s.version, Epoch: s.epoch})

	inner, cancel := context.WithCancelCause(ctx)
	go func() {
		<-s.done
		cancel(s.Err())
	}()
	stop := context.AfterFunc(ctx, func() { s.end(context.Cause(ctx)) })
	err := serve(inner, s)
	stop()
	if err == nil {
		err = errors.New("the session was ended from our side")
	} else {
		err = fmt.Errorf("the session was given up: %w", err)
	}
	s.end(err) // no effect if the connection was lost before
	<-s.gone
	cancel(nil)

	reason := s.Err()
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, skipped := s.rd.Counts()
	c.stats.Kept += kept
	c.stats.Skipped += skipped
	if ctx.Err() == nil {
		c.stats.Losses++
	}
	if errors.Is(reason, ErrOverflow) {
		c.stats.Overflows++
	}
	c.session = nil
	return reason
}

// become changes the state and tells so, unless nothing changed.
func (c *Client) become(status Status) {
	status.Since = time.Now()
	c.mu.Lock()
	same := c.status.State == status.State && c.status.Reason == status.Reason && c.status.Epoch == status.Epoch
	if !same {
		c.status = status
	}
	c.mu.Unlock()
	if !same {
		c.cfg.OnState(status)
	}
}

// tell logs trouble once, not once for every attempt.
func (c *Client) tell(err error, pause time.Duration) {
	if reason := err.Error(); reason != c.told {
		c.told = reason
		next := "when hub.yml or its secret changes, or an administrator asks for it"
		if pause > 0 {
			next = "in " + pause.Round(time.Millisecond).String()
		}
		c.cfg.Log.Warn("no connection to the PBX", "pbx", c.cfg.Name, "address", c.cfg.Address, "reason", reason,
			"next_attempt", next)
	}
}
