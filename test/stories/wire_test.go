package stories

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// wire stands between a desktop and its hub and can be cut.
type wire struct {
	t       *testing.T
	to      string
	address string
	l       net.Listener

	mu    sync.Mutex
	conns []net.Conn
	dead  chan struct{} // closed: nothing passes, and connections stay open
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
		w.restore()
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

// pass copies until one side closes; after the cut it discards.
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

// cut discards everything without closing connections, like a cable unplugged behind a switch.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.dead)
}

// restore lets new connections pass.
func (w *wire) restore() {
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
