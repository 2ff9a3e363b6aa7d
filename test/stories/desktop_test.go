package stories

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"traybell/desktop/client"
	"traybell/shared/protocol"
)

// desktop runs a client and records what it gets.
type desktop struct {
	t      *testing.T
	client *client.Client
	stop   func()

	mu       sync.Mutex
	moved    *sync.Cond
	states   []client.Status
	received []protocol.Message
	calls    map[string]protocol.Call // as a desktop shows them: a snapshot replaces all
	snaps    int
	hold     chan struct{} // when set, Message waits for it
	ended    bool
	endedBy  error
	passport int // how often the password was read
}

// config returns a desktop's configuration for the hub, with its certificate pinned.
func (h *hub) config(extension, password string) client.Config {
	return configFor(h.address, h.fingerprint, extension, password)
}

func configFor(address, fingerprint, extension, password string) client.Config {
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return client.Config{
		Server: host, Port: n, Extension: extension, Fingerprint: fingerprint,
		Password: func(context.Context) (string, error) { return password, nil },
		Desktop:  "desk-of-" + extension, Version: "1.0", OS: "test", Language: "en",
		Pulse: 300 * time.Millisecond, Log: quiet,
	}
}

func connect(t *testing.T, cfg client.Config) *desktop {
	t.Helper()
	d := &desktop{t: t, calls: map[string]protocol.Call{}}
	d.moved = sync.NewCond(&d.mu)
	ask := cfg.Password
	cfg.Password = func(ctx context.Context) (string, error) {
		d.mu.Lock()
		d.passport++
		d.mu.Unlock()
		return ask(ctx)
	}
	d.client = client.New(cfg, d)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := d.client.Run(ctx)
		d.mu.Lock()
		d.ended, d.endedBy = true, err
		d.moved.Broadcast()
		d.mu.Unlock()
	}()
	d.stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(d.stop)
	return d
}

func (d *desktop) Status(s client.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.states = append(d.states, s)
	d.moved.Broadcast()
}

func (d *desktop) Message(m protocol.Message) {
	d.mu.Lock()
	hold := d.hold
	d.mu.Unlock()
	if hold != nil {
		<-hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received = append(d.received, m)
	switch m.Name {
	case protocol.SessionOpened:
		var s protocol.OpenedSession
		if err := m.Decode(&s); err != nil {
			d.t.Error(err)
		}
		d.snaps++
		clear(d.calls)
		for _, c := range s.Calls {
			d.calls[c.ID] = c
		}
	case protocol.CallEvent:
		var c protocol.Call
		if err := m.Decode(&c); err != nil {
			d.t.Error(err)
		}
		if d.snaps == 0 {
			d.t.Error("a change came before the snapshot")
		}
		d.calls[c.ID] = c
	}
	d.moved.Broadcast()
}

// await waits until holds returns true; it runs under the lock after each event.
func (d *desktop) await(what string, holds func() bool) {
	d.t.Helper()
	await(d.t, d.moved, what, holds, func() any { return d.states })
}

func await(t *testing.T, moved *sync.Cond, what string, holds func() bool, state func() any) {
	t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		moved.L.Lock()
		late = true
		moved.L.Unlock()
		moved.Broadcast()
	})
	defer timer.Stop()
	moved.L.Lock()
	defer moved.L.Unlock()
	for !holds() {
		if late {
			t.Fatalf("never: %s; %+v", what, state())
		}
		moved.Wait()
	}
}

// working reports whether the last state is Working. The lock is held.
func (d *desktop) working() bool {
	return len(d.states) > 0 && d.states[len(d.states)-1].State == client.Working
}

// was returns a past state with that problem. The lock is held.
func (d *desktop) was(s client.State, k client.Kind) *client.Status {
	for i := range d.states {
		if d.states[i].State == s && d.states[i].Problem != nil && d.states[i].Problem.Kind == k {
			return &d.states[i]
		}
	}
	return nil
}

func (d *desktop) works() {
	d.t.Helper()
	d.await("working, with a snapshot", func() bool { return d.working() && d.snaps > 0 })
}

func (d *desktop) refused(k client.Kind) *client.Problem {
	d.t.Helper()
	d.await("refused: "+string(k), func() bool { return d.ended && d.was(client.Refused, k) != nil })
	d.mu.Lock()
	defer d.mu.Unlock()
	var p *client.Problem
	if !errors.As(d.endedBy, &p) || p.Kind != k {
		d.t.Fatalf("Run returned %v", d.endedBy)
	}
	return p
}

// asked answers client.Config.Trust and records the questions.
type asked struct {
	mu     sync.Mutex
	prints []string
	answer bool
}

func (a *asked) trust(_ context.Context, fingerprint string, cert *x509.Certificate) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if protocol.Fingerprint(cert.Raw) != fingerprint {
		return false
	}
	a.prints = append(a.prints, fingerprint)
	return a.answer
}
