// Package stories tells what happens between a hub's sessions and a desktop's connection, over real TLS sockets.
package stories

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"go.uber.org/goleak"

	"traybell/desktop/client"
	"traybell/hub/agents"
	"traybell/hub/desk"
	"traybell/shared/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a story waits for something that must come.
const patience = 30 * time.Second

// front is the desk of these stories: it keeps calls and remembers actions. Its lock stands for the desk's loop.
type front struct {
	mu      sync.Mutex
	moved   *sync.Cond
	server  *agents.Server
	calls   []protocol.Call
	actions []protocol.Message
	do      func(action protocol.Message, nth int) protocol.Message // nth time that this id came, from 1
}

func newFront() *front {
	f := &front{}
	f.moved = sync.NewCond(&f.mu)
	return f
}

func (f *front) Join(_ context.Context, a desk.Agent, join func(protocol.OpenedSession)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	join(protocol.OpenedSession{
		Agent: protocol.Agent{Login: a.Login, Name: a.Name, Extensions: a.Extensions, Rights: a.Rights},
		Calls: slices.Clone(f.calls), Hub: "test",
	})
	return nil
}

func (f *front) Do(_ context.Context, _ desk.Agent, m protocol.Message) protocol.Message {
	f.mu.Lock()
	f.actions = append(f.actions, m)
	nth := 0
	for _, a := range f.actions {
		if a.ID == m.ID {
			nth++
		}
	}
	do := f.do
	f.moved.Broadcast()
	f.mu.Unlock()
	if do != nil {
		return do(m, nth)
	}
	answer, _ := protocol.New(protocol.Notification, protocol.Accepted, struct{}{})
	return answer
}

// change makes a call the state and tells those agents.
func (f *front) change(c protocol.Call, logins ...string) {
	m, _ := protocol.New(protocol.Event, protocol.CallEvent, c)
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.calls, func(o protocol.Call) bool { return o.ID == c.ID })
	if i < 0 {
		f.calls = append(f.calls, c)
	} else {
		f.calls[i] = c
	}
	f.server.Send(logins, m)
}

// hub is an agents.Server behind TLS.
type hub struct {
	t           *testing.T
	front       *front
	server      *agents.Server
	http        *http.Server
	address     string
	fingerprint string
	agents      []desk.Agent
}

var quiet = slog.New(slog.DiscardHandler)

// hash is an argon2id hash that costs little; a real one costs tens of MiB.
func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func people(t *testing.T) []desk.Agent {
	return []desk.Agent{
		{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"}, Password: hash(t, "anna's"), Rights: []string{"ticket"}},
		{Login: "boris", Name: "Boris", Extensions: []string{"102"}, Password: hash(t, "boris's")},
		{Login: "clara", Name: "Clara", Extensions: []string{"101"}, Password: hash(t, "clara's")},
	}
}

// open starts a hub at address; "127.0.0.1:0" for any port. dir keeps its certificate.
func open(t *testing.T, address, dir string, f *front, opts agents.Options) *hub {
	t.Helper()
	cert, fingerprint, err := agents.OwnCertificate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Agents == nil {
		opts.Agents = people(t)
	}
	opts.Log = quiet
	server, err := agents.New(opts, f)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.server = server
	f.mu.Unlock()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(protocol.Path, server)
	h := &hub{t: t, front: f, server: server, address: l.Addr().String(), fingerprint: fingerprint, agents: opts.Agents}
	h.http = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = h.http.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})) }()
	t.Cleanup(h.stop)
	return h
}

// stop may be called twice.
func (h *hub) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.server.Stop(ctx); err != nil {
		h.t.Error(err)
	}
	h.http.Close()
}

// desktop runs a client and remembers what it was told.
type desktop struct {
	t      *testing.T
	client *client.Client
	stop   func()

	mu       sync.Mutex
	moved    *sync.Cond
	states   []client.Status
	heard    []protocol.Message
	calls    map[string]protocol.Call // as a terminal should see them: a snapshot replaces all
	snaps    int
	hold     chan struct{} // when set, Message waits for it
	ended    bool
	endedBy  error
	passport int // how often the password was asked
}

// seat is a desktop's configuration for a hub, its certificate trusted.
func (h *hub) seat(extension, password string) client.Config {
	return seatAt(h.address, h.fingerprint, extension, password)
}

func seatAt(address, fingerprint, extension, password string) client.Config {
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return client.Config{
		Server: host, Port: n, Extension: extension, Fingerprint: fingerprint,
		Password: func(context.Context) (string, error) { return password, nil },
		Desktop:  "desk-of-" + extension, Version: "1.0", OS: "test", Language: "en",
		Pulse: 300 * time.Millisecond, Log: quiet,
	}
}

func sit(t *testing.T, cfg client.Config) *desktop {
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
	d.heard = append(d.heard, m)
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

// await waits until something holds; it is asked under the lock after each thing the desktop is told.
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

// working tells the last state; under the lock.
func (d *desktop) working() bool {
	return len(d.states) > 0 && d.states[len(d.states)-1].State == client.Working
}

// was finds a state with a problem; under the lock.
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

// wire stands between a desktop and its hub and can be cut.
type wire struct {
	t       *testing.T
	to      string
	address string
	l       net.Listener

	mu    sync.Mutex
	conns []net.Conn
	dead  chan struct{} // nothing passes any more once it is closed; connections stay open
	work  sync.WaitGroup
}

func lay(t *testing.T, to string) *wire {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, to: to, l: l, address: l.Addr().String(), dead: make(chan struct{})}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.mend()
		w.mu.Lock()
		for _, c := range w.conns {
			c.Close()
		}
		w.mu.Unlock()
		w.work.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		in, err := w.l.Accept()
		if err != nil {
			return
		}
		out, err := new(net.Dialer).DialContext(context.Background(), "tcp", w.to)
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, in, out)
		dead := w.dead
		w.mu.Unlock()
		w.work.Go(func() { pass(in, out, dead) })
		w.work.Go(func() { pass(out, in, dead) })
	}
}

// pass copies until an end closes; what comes after the cut is swallowed.
func pass(from, to net.Conn, dead chan struct{}) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		select {
		case <-dead:
			_, _ = io.Copy(io.Discard, from)
			return
		default:
		}
		if n > 0 {
			if _, e := to.Write(buf[:n]); e != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut lets nothing pass, and tells nobody: as when a plug is pulled behind a switch.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.dead)
}

// mend lets new connections pass.
func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = make(chan struct{})
}

// hangUp closes all connections.
func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

var _ client.Handler = (*desktop)(nil)

// asked is a Trust that remembers and answers.
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
