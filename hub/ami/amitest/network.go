package amitest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"traybell/hub/ami/wire"
)

// network is the PBX's port, with its connections.
type network struct {
	opts Options
	act  func(*client, wire.Message) bool // carries out an action; false ends the connection
	stop context.CancelFunc
	ctx  context.Context //nolint:containedctx // the PBX's lifetime: its connections outlive the calls that made them
	run  sync.WaitGroup

	mu       sync.Mutex // guards everything below and the PBX, and with it the order of events
	listener net.Listener
	addr     string
	clients  map[*client]struct{}
	received []Action
	changed  chan struct{} // closed and replaced when a client, an action or a login comes or goes
	lies     Lies
	stalled  chan struct{} // non-nil while the PBX is stalled; closed at the end
}

// Action is a received action.
type Action struct {
	User    string // empty before the login
	Message wire.Message
}

// Name is the action's name.
func (a Action) Name() string { return a.Message.Get("Action") }

// Addr is the PBX's host:port. It stays the same across Stop and Start.
func (n *network) Addr() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.addr
}

// Start listens again after Stop, on the same port.
func (n *network) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener != nil {
		return nil
	}
	if n.ctx.Err() != nil {
		return errors.New("the PBX is closed")
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(n.ctx, "tcp", n.addr)
	if err != nil {
		return fmt.Errorf("simulated PBX: %w", err)
	}
	n.addr = listener.Addr().String()
	n.listener = listener
	n.run.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if n.opts.TLS != nil {
				conn = tls.Server(conn, n.opts.TLS)
			}
			n.take(conn)
		}
	})
	return nil
}

// Stop takes the PBX off the network: it closes the listener and all connections. Calls go on.
func (n *network) Stop() error {
	n.mu.Lock()
	listener := n.listener
	n.listener = nil
	n.mu.Unlock()
	var err error
	if listener != nil {
		err = listener.Close()
	}
	n.Drop()
	return err
}

// Pipe makes a connection in memory and returns the client's end, for use as ami.Config.Dial.
func (n *network) Pipe(context.Context, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if !n.take(ours) {
		return nil, errors.New("the PBX is closed")
	}
	return theirs, nil
}

// take serves a connection.
func (n *network) take(conn net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		_ = conn.Close()
		return false
	}
	c := &client{net: n, conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	n.clients[c] = struct{}{}
	n.run.Go(c.write)
	n.run.Go(c.read)
	n.tellWaiting()
	return true
}

// tellWaiting wakes wait; n.mu is held.
func (n *network) tellWaiting() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// wait waits until ok, which is called with n.mu held, returns true.
func (n *network) wait(ctx context.Context, what string, ok func() bool) error {
	for {
		n.mu.Lock()
		fine, changed := ok(), n.changed
		n.mu.Unlock()
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

// WaitClients waits until exactly count clients are logged in.
func (n *network) WaitClients(ctx context.Context, count int) error {
	return n.wait(ctx, fmt.Sprintf("%d logged-in clients", count), func() bool {
		in := 0
		for c := range n.clients {
			if c.user != "" {
				in++
			}
		}
		return in == count
	})
}

// Received returns the actions received so far, in order.
func (n *network) Received() []Action {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.received)
}

// WaitAction waits until an action was received count times in total, and returns the last one.
func (n *network) WaitAction(ctx context.Context, name string, count int) (Action, error) {
	var last Action
	err := n.wait(ctx, fmt.Sprintf("%d times %s", count, name), func() bool {
		seen := 0
		for _, a := range n.received {
			if a.Name() == name {
				if seen++; seen == count {
					last = a
					return true
				}
			}
		}
		return false
	})
	return last, err
}

// tell sends bytes to all clients that get the class; n.mu is held.
func (n *network) tell(class string, message []byte) {
	for c := range n.clients {
		if c.receives(class) {
			c.send(message)
		}
	}
}

// SendRaw sends bytes to all logged-in clients.
func (n *network) SendRaw(b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.clients {
		if c.user != "" {
			c.send(b)
		}
	}
}

func (n *network) eol() string {
	if n.lies.BareLF {
		return "\n"
	}
	return "\r\n"
}

func (n *network) liesNow() Lies {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lies
}
