package amitest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"traybell/hub/ami/wire"
)

// User is a manager user, as in manager.conf.
type User struct {
	Secret      string
	Read, Write []string // classes; "all" is all of them
}

// Options configure a PBX. The zero value works.
type Options struct {
	Addr   string // default 127.0.0.1:0
	Banner string // default "Asterisk Call Manager/11.0.0", which is Asterisk 22
	// default: Username and Secret with the rights of the hub's guide, and to read agent and user
	// events
	Users map[string]User
	TLS   *tls.Config // nil: plain

	// RefusalDelay is the delay of the answer to a bad login; Asterisk waits a second.
	RefusalDelay time.Duration

	// Boot is the first half of Uniqueids, so that two PBXs can have the same ids; default: the
	// time. The second half counts from 0.
	Boot int64

	// WriteTimeout is how long a write may block before the client is cut off in mid-message;
	// default 10 s, Asterisk's is 100 ms.
	WriteTimeout time.Duration
}

// The default user.
const (
	Username = "traybell"
	Secret   = "ring the bell"
)

// backlog is how many bytes may wait for a client before it is cut off.
const backlog = 64 << 20

// PBX is a simulated PBX. All methods may be called from any goroutine.
type PBX struct {
	opts Options
	stop context.CancelFunc
	ctx  context.Context //nolint:containedctx // the PBX's lifetime: its connections outlive the calls that made them
	run  sync.WaitGroup

	mu       sync.Mutex // guards everything below, and with it the order of events
	listener net.Listener
	addr     string
	clients  map[*client]struct{}
	db       map[string]map[string]string // AstDB: family, key, value
	received []Action
	changed  chan struct{} // closed and replaced when a client, an action or a login comes or goes
	lies     Lies
	stalled  chan struct{} // non-nil while the PBX is stalled; closed at the end

	live    map[string]*row // by Uniqueid
	order   []string        // Uniqueids, oldest first
	boot    int64           // the first half of Uniqueids
	serial  int             // the second half
	names   int             // in channel names
	bridges int
	waiting map[string]int // callers per queue
}

// Action is a received action.
type Action struct {
	User    string // empty before the login
	Message wire.Message
}

// Name is the action's name.
func (a Action) Name() string { return a.Message.Get("Action") }

// New starts a PBX that listens. Close ends it.
func New(opts Options) (*PBX, error) {
	p := NewUnplugged(opts)
	if err := p.Start(); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// NewUnplugged makes a PBX that does not listen: connections come from Pipe, or later from Start.
// It is for tests with a fake clock.
func NewUnplugged(opts Options) *PBX {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Banner == "" {
		opts.Banner = "Asterisk Call Manager/11.0.0"
	}
	if opts.Users == nil {
		opts.Users = map[string]User{
			Username: {Secret: Secret, Read: []string{"system", "call", "agent", "user"}, Write: []string{"system"}},
		}
	}
	if opts.WriteTimeout <= 0 {
		opts.WriteTimeout = 10 * time.Second
	}
	if opts.Boot == 0 {
		opts.Boot = time.Now().Unix()
	}
	p := &PBX{
		opts: opts, clients: map[*client]struct{}{}, db: map[string]map[string]string{},
		changed: make(chan struct{}), live: map[string]*row{}, waiting: map[string]int{},
		boot: opts.Boot, addr: opts.Addr,
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Addr is the PBX's host:port. It stays the same across Stop and Start.
func (p *PBX) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// Close stops everything and waits for it.
func (p *PBX) Close() error {
	p.stop()
	p.Resume()
	err := p.Stop()
	p.run.Wait()
	return err
}

// Start listens again after Stop, on the same port.
func (p *PBX) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	if p.ctx.Err() != nil {
		return errors.New("the PBX is closed")
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(p.ctx, "tcp", p.addr)
	if err != nil {
		return fmt.Errorf("simulated PBX: %w", err)
	}
	p.addr = listener.Addr().String()
	p.listener = listener
	p.run.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if p.opts.TLS != nil {
				conn = tls.Server(conn, p.opts.TLS)
			}
			p.take(conn)
		}
	})
	return nil
}

// Stop takes the PBX off the network: it closes the listener and all connections. Calls go on.
func (p *PBX) Stop() error {
	p.mu.Lock()
	listener := p.listener
	p.listener = nil
	p.mu.Unlock()
	var err error
	if listener != nil {
		err = listener.Close()
	}
	p.Drop()
	return err
}

// Restart restarts Asterisk: connections and calls end, the port stays, Uniqueids start over.
func (p *PBX) Restart() error {
	if err := p.Stop(); err != nil {
		return err
	}
	p.mu.Lock()
	clear(p.live)
	clear(p.waiting)
	p.order = nil
	p.boot = max(p.boot+1, time.Now().Unix())
	p.serial, p.names = 0, 0
	p.mu.Unlock()
	return p.Start()
}

// Pipe makes a connection in memory and returns the client's end, for use as ami.Config.Dial.
func (p *PBX) Pipe(context.Context, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if !p.take(ours) {
		return nil, errors.New("the PBX is closed")
	}
	return theirs, nil
}

// take serves a connection.
func (p *PBX) take(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		_ = conn.Close()
		return false
	}
	c := &client{pbx: p, conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	p.clients[c] = struct{}{}
	p.run.Go(c.write)
	p.run.Go(c.read)
	p.tellWaiting()
	return true
}

// tellWaiting wakes wait; p.mu is held.
func (p *PBX) tellWaiting() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait waits until ok, which is called with p.mu held, returns true.
func (p *PBX) wait(ctx context.Context, what string, ok func() bool) error {
	for {
		p.mu.Lock()
		fine, changed := ok(), p.changed
		p.mu.Unlock()
		if fine {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// WaitClients waits until exactly n clients are logged in.
func (p *PBX) WaitClients(ctx context.Context, n int) error {
	return p.wait(ctx, fmt.Sprintf("%d logged-in clients", n), func() bool {
		in := 0
		for c := range p.clients {
			if c.user != "" {
				in++
			}
		}
		return in == n
	})
}

// Received returns the actions received so far, in order.
func (p *PBX) Received() []Action {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.received)
}

// WaitAction waits until an action was received n times in total, and returns the last one.
func (p *PBX) WaitAction(ctx context.Context, name string, n int) (Action, error) {
	var last Action
	err := p.wait(ctx, fmt.Sprintf("%d times %s", n, name), func() bool {
		seen := 0
		for _, a := range p.received {
			if a.Name() == name {
				if seen++; seen == n {
					last = a
					return true
				}
			}
		}
		return false
	})
	return last, err
}

// Send sends events to all clients that may read and want them, and updates the live channels.
func (p *PBX) Send(events ...Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.emit(events...)
}

// emit is Send with p.mu held.
func (p *PBX) emit(events ...Event) {
	for _, e := range events {
		p.observe(e)
		p.tell(e.Class, appendMessage(nil, e.all(), p.eol()))
	}
}

// tell sends bytes to all clients that get the class; p.mu is held.
func (p *PBX) tell(class string, message []byte) {
	for c := range p.clients {
		if c.receives(class) {
			c.send(message)
		}
	}
}

// SendRaw sends bytes to all logged-in clients.
func (p *PBX) SendRaw(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.clients {
		if c.user != "" {
			c.send(b)
		}
	}
}

// Set writes an entry of the AstDB.
func (p *PBX) Set(family, key, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(family, key, value)
}

// Family returns the values of an AstDB family by key.
func (p *PBX) Family(name string) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.db[name])
}

func (p *PBX) put(family, key, value string) {
	if p.db[family] == nil {
		p.db[family] = map[string]string{}
	}
	p.db[family][key] = value
}

func (p *PBX) eol() string {
	if p.lies.BareLF {
		return "\n"
	}
	return "\r\n"
}
