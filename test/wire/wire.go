// Package wire stands between two programs and breaks their connections, for tests.
package wire

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Wire passes TCP connections on. All methods may be called from any goroutine.
type Wire struct {
	to string
	l  net.Listener

	mu      sync.Mutex
	conns   []net.Conn
	dead    chan struct{} // closed: nothing passes, and connections stay open
	held    chan struct{} // closed: connections pass; open: they wait
	refuses bool
	work    sync.WaitGroup
}

// Lay listens on a free address and passes connections to another one until the test ends.
func Lay(t testing.TB, to string) *Wire {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{to: to, l: l, dead: make(chan struct{}), held: make(chan struct{})}
	close(w.held)
	w.work.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.Release()
		w.HangUp()
		w.work.Wait()
	})
	return w
}

// Address is where the wire listens.
func (w *Wire) Address() string { return w.l.Addr().String() }

func (w *Wire) accept() {
	for {
		in, err := w.l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		refuses := w.refuses
		w.mu.Unlock()
		if refuses {
			in.Close()
			continue
		}
		out, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", w.to)
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, in, out)
		dead := w.dead
		w.mu.Unlock()
		w.work.Go(func() { w.pass(in, out, dead) })
		w.work.Go(func() { w.pass(out, in, dead) })
	}
}

// pass copies until one side closes; after Cut it discards.
func (w *Wire) pass(from, to net.Conn, dead chan struct{}) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		held := w.held
		w.mu.Unlock()
		<-held
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

// Cut discards everything without closing connections, like a cable unplugged behind a switch.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.dead)
}

// Refuse resets all connections and closes new ones at once.
func (w *Wire) Refuse() {
	w.mu.Lock()
	w.refuses = true
	w.mu.Unlock()
	w.HangUp()
}

// Restore lets new connections pass after Cut or Refuse.
func (w *Wire) Restore() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.refuses = make(chan struct{}), false
}

// Hold delays everything until Release.
func (w *Wire) Hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = make(chan struct{})
}

// Release ends Hold; without it, it does nothing.
func (w *Wire) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.held:
	default:
		close(w.held)
	}
}

// HangUp resets all connections: what is on the way is lost, which a regular end would deny.
func (w *Wire) HangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	w.conns = nil
}
