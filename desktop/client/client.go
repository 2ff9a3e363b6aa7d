// Package client is the desktop's connection to the hub. It signs in, reconnects after every
// failure, and delivers the hub's messages: a snapshot first, then changes.
//
// Run owns the connection and reads from it. Further goroutines call the handler, send actions,
// ping the hub and watch the network. Pending actions are guarded by Client.mu.
package client

import (
	"context"
	crand "crypto/rand"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"traybell/shared/protocol"

	"github.com/cenkalti/backoff/v5"
)

// Config configures a Client. Comments name the defaults of zero values.
type Config struct {
	Server    string // host name or address of the hub
	Port      int    // protocol.DefaultPort
	Plain     bool   // no TLS; only for a hub on this computer
	Extension string
	// Password is called at every sign-in, once the hub's certificate is trusted.
	Password func(ctx context.Context) (string, error)
	// Token returns the last token of this desktop, for the first sign-in. KeepToken gets each new
	// one, from the client's goroutine, and must not block. Both may be nil.
	Token     func(ctx context.Context) string
	KeepToken func(token string)

	// A certificate that the system's authorities verify is trusted, and so is one with this
	// fingerprint. Without a fingerprint, Trust asks the agent, who compares it with the one in the
	// hub's log. The caller saves the accepted fingerprint for the next Config.
	Fingerprint string
	Trust       func(ctx context.Context, fingerprint string, certificate *x509.Certificate) bool
	Roots       *x509.CertPool // default: the system's

	// Proxy returns the HTTP proxy for the hub's URL (https://host:port/…), or nil for a direct
	// connection. It may be nil.
	Proxy func(to *url.URL) (*url.URL, error)

	Desktop  string // random ID of this installation; see NewID
	Version  string
	OS       string
	Language string

	Pulse time.Duration // between pings, default 2 s; a dead connection is detected within twice that
	Log   *slog.Logger  // default: slog.Default()
}

// Handler receives events in order, from one goroutine. It may block: up to 256 events are queued,
// then reading from the hub pauses.
type Handler interface {
	// Status is called when the state of the connection changes.
	Status(s Status)
	// Message is called for each message from the hub, including answers to actions. The first one
	// after Working is session.opened.
	Message(m protocol.Message)
}

// State is the state of the connection.
type State string

// The states.
const (
	Connecting State = "connecting"
	Working    State = "working"
	Offline    State = "offline" // retried at Status.Next
	Refused    State = "refused" // not retried until the user acts
)

// Status is the state of the connection and its reason.
type Status struct {
	State   State
	Problem *Problem  // for Offline and Refused, and for Connecting after them
	Next    time.Time // for Offline: time of the next attempt
}

const (
	inboxSize   = 256
	steadyAfter = 10 * time.Second // sessions that lasted this long reset the back-off
	openedPause = 5 * time.Second  // the longest pause after a session that was opened and then cut
)

// Client keeps a connection to the hub. Create it with New, start it with Run.
type Client struct {
	cfg     Config
	handler Handler
	log     *slog.Logger
	wake    chan struct{}

	mu      sync.Mutex
	running bool
	pin     string
	token   string // from the hub
	pending []*pending
	current *connection // nil unless signed in
	carrier *connection // the open connection, signed in or not
	undial  func()      // cancels the last dial; nil before the first one
	counter uint64
}

// New creates a client. It does nothing until Run.
func New(cfg Config, h Handler) *Client {
	if cfg.Port == 0 {
		cfg.Port = protocol.DefaultPort
	}
	if cfg.Pulse <= 0 {
		cfg.Pulse = 2 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Client{cfg: cfg, handler: h, log: cfg.Log, wake: make(chan struct{}, 1), pin: cfg.Fingerprint}
}

// NewID returns a random ID for an action or an installation.
func NewID() string { return crand.Text() }

// Wake retries at once if the client is waiting, or checks the open connection. It does not block.
func (c *Client) Wake() {
	c.mu.Lock()
	k := c.carrier
	c.mu.Unlock()
	if k != nil {
		k.checkNow()
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// event is an item in the handler's queue.
type event struct {
	status  *Status
	message protocol.Message
}

// Run connects and reconnects until ctx ends, then returns nil. If the hub refuses for good, Run
// returns the *Problem after the handler got it, and may be called again. Concurrent calls fail.
func (c *Client) Run(ctx context.Context) error {
	c.mu.Lock()
	if c.running {
		c.mu.Unlock()
		return errors.New("client is already running")
	}
	c.running = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.running = false
		c.mu.Unlock()
	}()

	var work sync.WaitGroup
	defer work.Wait()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	work.Go(func() { c.watch(inner, addresses, time.Now) })

	inbox := make(chan event, inboxSize)
	delivered := make(chan struct{})
	work.Go(func() {
		defer close(delivered)
		for {
			select {
			case <-ctx.Done():
				return
			case t, more := <-inbox:
				switch {
				case !more:
					return
				case t.status != nil:
					c.handler.Status(*t.status)
				default:
					c.handler.Message(t.message)
				}
			}
		}
	})
	problem := c.keep(ctx, func(t event) {
		select {
		case inbox <- t:
		case <-ctx.Done():
		}
	})
	close(inbox)
	<-delivered
	if ctx.Err() != nil {
		return nil
	}
	c.giveUp(problem)
	return problem
}

// keep reconnects until ctx ends or a problem is final, and returns the last problem.
func (c *Client) keep(ctx context.Context, emit func(event)) *Problem {
	pauses := newPauses()
	var last *Problem
	for {
		emit(event{status: &Status{State: Connecting, Problem: last}})
		lasted, problem := c.connect(ctx, emit)
		if ctx.Err() != nil {
			return problem
		}
		var unknown *certificateError
		if errors.As(problem, &unknown) {
			if c.trust(ctx, unknown) {
				continue
			}
			if ctx.Err() != nil {
				return problem
			}
			problem = unknown.refused()
		}
		last = problem
		c.log.Info("connection failed", "problem", problem.Kind, "text", problem.Text, "error", problem.Err)
		if problem.Final {
			emit(event{status: &Status{State: Refused, Problem: problem}})
			return problem
		}
		pause := pauseAfter(lasted, problem, pauses)
		if pause > 0 {
			emit(event{status: &Status{State: Offline, Problem: problem, Next: time.Now().Add(pause)}})
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-c.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// newPauses returns pauses of half a second to 30 s, jitter included.
func newPauses() *backoff.ExponentialBackOff {
	pauses := &backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2,
		MaxInterval: 20 * time.Second,
	}
	pauses.Reset()
	return pauses
}

// pauseAfter returns the pause after a session that lasted for that long; 0: it was not opened.
func pauseAfter(lasted time.Duration, problem *Problem, pauses *backoff.ExponentialBackOff) (pause time.Duration) {
	if lasted >= steadyAfter {
		pauses.Reset()
	}
	if lasted < steadyAfter || problem.Kind != ConnectionLost {
		pause = pauses.NextBackOff()
		if lasted > 0 && problem.Kind == ConnectionLost && pause > openedPause {
			pause = openedPause/2 + rand.N(openedPause/2) // the hub works, the network does not
		}
	}
	return pause + problem.wait // all desktops got the same wait; the pause adds jitter
}

// trust asks the agent about an unknown certificate. No connection is open meanwhile.
func (c *Client) trust(ctx context.Context, u *certificateError) bool {
	if u.changed || c.cfg.Trust == nil || !c.cfg.Trust(ctx, u.fingerprint, u.certificate) {
		return false
	}
	c.mu.Lock()
	c.pin = u.fingerprint
	c.mu.Unlock()
	return true
}
