// Package client is the desktop's connection to the hub: it signs in, comes back after every break,
// and hands on what the hub says, a snapshot first and then the changes.
//
// Run owns the connection; it has one goroutine of its own that reads, and beside it one that calls
// the handler, one that sends, one that watches the wire and one that watches the network. What Do
// waits for is guarded by the client's lock.
package client

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"traybell/shared/protocol"

	"github.com/cenkalti/backoff/v5"
)

// Config is what a connection needs. Zero values stand for what is named.
type Config struct {
	Server    string // the hub's host name or address
	Port      int    // protocol.DefaultPort
	Plain     bool   // no TLS: for a hub on this computer only
	Extension string
	// Password is asked each time that somebody signs in, and only once the hub's certificate is
	// trusted.
	Password func(ctx context.Context) (string, error)

	// A certificate that the system's authorities vouch for is trusted. Another one is trusted when
	// it has this fingerprint; when there is no fingerprint yet, Trust asks the agent, who compares
	// it with the one that the hub's log shows. The caller keeps what was accepted for the next
	// Config.
	Fingerprint string
	Trust       func(ctx context.Context, fingerprint string, certificate *x509.Certificate) bool
	Roots       *x509.CertPool // the system's

	// Proxy tells which HTTP proxy leads to the hub's address (https://host:port/…); nil, and where
	// it returns nil: none.
	Proxy func(to *url.URL) (*url.URL, error)

	Desktop  string // a random name that this installation keeps; see NewID
	Version  string
	OS       string
	Language string

	Pulse time.Duration // between pings: 2 s; a cut wire is noticed after twice that at most
	Log   *slog.Logger  // slog.Default's
}

// Handler is told what happens, in order, from one goroutine. It may take its time: up to 256
// messages wait for it, then the hub does.
type Handler interface {
	// Status is called for each change of the connection's state.
	Status(s Status)
	// Message is called for each message from the hub, answers to actions included. After each
	// Working the first one is session.opened.
	Message(m protocol.Message)
}

// State is how the connection is.
type State string

// The states.
const (
	Connecting State = "connecting"
	Working    State = "working"
	Offline    State = "offline" // it is tried again by itself, at Status.Next
	Refused    State = "refused" // it is not: somebody has to do something first
)

// Status is the connection's state and why.
type Status struct {
	State   State
	Problem *Problem  // for Offline and Refused, and for Connecting after one of them
	Next    time.Time // for Offline: when it is tried again
}

const (
	inboxSize   = 256
	steadyAfter = 10 * time.Second // a session that lasted so long was a good one: begin with short waits again
)

// Client is a connection that is kept. Make it with New, run it with Run.
type Client struct {
	cfg     Config
	handler Handler
	log     *slog.Logger
	wake    chan struct{}

	mu      sync.Mutex
	running bool
	pin     string
	pending []*pending
	current *connection // nil unless signed in
	carrier *connection // the one that exists, signed in or not
	counter uint64
}

// New makes a client; it does nothing until Run.
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

// NewID makes a random name: for an action, or once for an installation.
func NewID() string { return rand.Text() }

// Wake tells that things may have changed: a waiting client tries at once, a connected one makes
// sure that its wire still holds. It never blocks.
func (c *Client) Wake() {
	c.mu.Lock()
	k := c.carrier
	c.mu.Unlock()
	if k != nil {
		k.makeSure()
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// told is one thing for the handler.
type told struct {
	status  *Status
	message protocol.Message
}

// Run connects and stays connected until ctx ends, and returns nil then. When the hub refuses for
// good it returns the *Problem, after the handler was told; Run may then be called again. It must
// not be called twice at once.
func (c *Client) Run(ctx context.Context) error {
	c.mu.Lock()
	if c.running {
		c.mu.Unlock()
		return errors.New("the client runs already")
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

	inbox := make(chan told, inboxSize)
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
	problem := c.keep(ctx, func(t told) {
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

// keep connects again and again. It returns when ctx ends or a problem is final, with the last
// problem.
func (c *Client) keep(ctx context.Context, tell func(told)) *Problem {
	pauses := &backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2,
		MaxInterval: 20 * time.Second,
	}
	pauses.Reset()
	var last *Problem
	for {
		tell(told{status: &Status{State: Connecting, Problem: last}})
		lasted, problem := c.connect(ctx, tell)
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
		c.log.Info("connection", "problem", problem.Kind, "text", problem.Text, "error", problem.Err)
		if problem.Final {
			tell(told{status: &Status{State: Refused, Problem: problem}})
			return problem
		}
		pause := time.Duration(0)
		if lasted >= steadyAfter {
			pauses.Reset()
		}
		if lasted < steadyAfter || problem.Kind != ConnectionLost {
			pause = pauses.NextBackOff()
		}
		if problem.wait > 0 { // everybody was told the same: spread out
			pause += problem.wait
		}
		if pause > 0 {
			tell(told{status: &Status{State: Offline, Problem: problem, Next: time.Now().Add(pause)}})
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

// trust asks the agent about a certificate that is seen for the first time, while no connection
// waits.
func (c *Client) trust(ctx context.Context, u *certificateError) bool {
	if u.changed || c.cfg.Trust == nil || !c.cfg.Trust(ctx, u.fingerprint, u.certificate) {
		return false
	}
	c.mu.Lock()
	c.pin = u.fingerprint
	c.mu.Unlock()
	return true
}
