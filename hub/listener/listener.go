// Package listener takes in connections to the hub's port: it bounds them, and lets TLS handshakes
// take turns.
package listener

import (
	"crypto/tls"
	"net"
	"runtime"
	"sync"
	"time"

	"traybell/hub/signin"
)

// handshakeWithin is the time for the client's answer. A computer with a hundred desktops is slow, too.
const handshakeWithin = 20 * time.Second

// TLS adds TLS to a listener. certificate returns the current certificate.
//
// After a restart thousands of desktops connect at once. If all handshakes progressed together, all
// would end late, and those given up meanwhile would be repeated and delay the others still more.
// So only as many as there are cores compute at once, first come, first served. A connection has
// its turn from its ClientHello to the first wait for the client's answer: silent clients have none.
func TLS(l net.Listener, certificate func() *tls.Certificate) net.Listener {
	return newTLS(l, min(runtime.GOMAXPROCS(0), runtime.NumCPU()), certificate).secure()
}

// listener accepts connections whose handshakes take turns.
type listener struct {
	net.Listener
	turns       *turns
	certificate func() *tls.Certificate
}

func newTLS(l net.Listener, atOnce int, certificate func() *tls.Certificate) *listener {
	return &listener{l, newTurns(atOnce), certificate}
}

func (l *listener) secure() net.Listener {
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			return nil, hello.Conn.(*conn).begin() //nolint:forcetypeassert // of Accept
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.certificate(), nil },
	})
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, turns: l.turns}, nil
}

// conn is a connection below TLS.
type conn struct {
	net.Conn
	turns *turns

	mu     sync.Mutex
	closed bool
	turn   bool // it has a turn
}

// begin waits for a turn.
func (c *conn) begin() error {
	c.turns.take(signin.Site(c.RemoteAddr().String()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.turn {
		c.turns.give()
		return net.ErrClosed
	}
	c.turn = true
	return c.SetDeadline(time.Now().Add(handshakeWithin))
}

// end gives the turn to the next connection, if this one has it.
func (c *conn) end(closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn {
		c.turns.give()
	}
	c.turn, c.closed = false, c.closed || closed
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.end(false)
	return c.Conn.Read(p)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.end(true)
	return c.Conn.Close()
}
