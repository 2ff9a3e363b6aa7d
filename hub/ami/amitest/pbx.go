package amitest

import (
	"context"
	"crypto/tls"
	"maps"
	"time"
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
	network
	Queues *Queues

	// Guarded by the network's lock.
	db      map[string]map[string]string // AstDB: family, key, value
	live    map[string]*row              // by Uniqueid
	order   []string                     // Uniqueids, oldest first
	boot    int64                        // the first half of Uniqueids
	serial  int                          // the second half
	names   int                          // in channel names
	bridges int
	steered steered
	states  map[string]Event // the last of each device and hint
}

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
		network: network{opts: opts, clients: map[*client]struct{}{}, changed: make(chan struct{}), addr: opts.Addr},
		db:      map[string]map[string]string{}, live: map[string]*row{}, boot: opts.Boot,
		steered: steered{calls: map[string]*Call{}}, states: map[string]Event{},
	}
	p.Queues = &Queues{p, map[string]*line{}}
	p.act = p.carryOut
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Close stops everything and waits for it.
func (p *PBX) Close() error {
	p.stop()
	p.Resume()
	err := p.Stop()
	p.run.Wait()
	return err
}

// Restart restarts Asterisk: connections and calls end, the port stays, Uniqueids start over.
func (p *PBX) Restart() error {
	if err := p.Stop(); err != nil {
		return err
	}
	p.mu.Lock()
	clear(p.live)
	clear(p.steered.calls)
	p.order = nil
	p.boot = max(p.boot+1, time.Now().Unix())
	p.serial, p.names = 0, 0
	p.Queues.restart()
	p.mu.Unlock()
	return p.Start()
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
