package listener

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/certificate"
)

// hub is an HTTP server behind TLS.
type hub struct {
	address string
	turns   *turns
	most    atomic.Int32 // handshakes that computed at once
}

func serve(t *testing.T, within time.Duration) *hub {
	t.Helper()
	own, err := certificate.Own(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	below, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{address: below.Addr().String()}
	var now atomic.Int32
	l := newTLS(below, 2, func() *tls.Certificate {
		n := now.Add(1)
		defer now.Add(-1)
		for before := h.most.Load(); n > before && !h.most.CompareAndSwap(before, n); before = h.most.Load() {
		}
		time.Sleep(time.Millisecond)
		return &own.Certificate
	})
	h.turns = l.turns
	server := &http.Server{
		Handler: http.NotFoundHandler(), ReadHeaderTimeout: within, ConnState: NewConnections(1, nil).State,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = server.Serve(l.secure()) }()
	t.Cleanup(func() { _ = server.Close() })
	return h
}

func (h *hub) shake(ctx context.Context) error {
	conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(ctx, "tcp", h.address)
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func TestFewHandshakesComputeAtOnce(t *testing.T) {
	h := serve(t, 10*time.Second)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := h.shake(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most := h.most.Load(); most < 1 || most > 2 {
		t.Errorf("%d handshakes computed at once", most)
	}
	left := func() bool { // a client is done before the hub
		h.turns.mu.Lock()
		defer h.turns.mu.Unlock()
		return h.turns.free != 2 || len(h.turns.sites)+len(h.turns.of) != 0
	}
	for late := time.Now().Add(10 * time.Second); left(); time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("turns are left")
		}
	}
}

// Clients that stop in the middle of a handshake, or leave while they wait, keep no turn.
func TestSilentClientsHaveNoTurn(t *testing.T) {
	h := serve(t, 10*time.Second)
	for range 20 {
		silent, err := new(net.Dialer).DialContext(t.Context(), "tcp", h.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = silent.Close() })
		half := tls.Client(mute{silent}, &tls.Config{InsecureSkipVerify: true})
		go func() { _ = half.HandshakeContext(t.Context()) }()
	}
	if err := h.shake(t.Context()); err != nil {
		t.Error(err)
	}
	h.turns.take("test")
	h.turns.take("test")
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		if err := h.shake(ctx); err == nil {
			t.Error("a handshake without a turn")
		}
		cancel()
	}
	h.turns.give()
	h.turns.give()
	if err := h.shake(t.Context()); err != nil {
		t.Error(err)
	}
}

// mute never reads: its peer gets a ClientHello and nothing more.
type mute struct{ net.Conn }

func (m mute) Read([]byte) (int, error) { select {} }

// A site with many connections delays those of other sites by one turn.
func TestSitesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		turns.take("flood")
		order := make(chan string, 100)
		wait := func(site, name string) {
			go func() { turns.take(site); order <- name }()
			synctest.Wait()
		}
		for i := range 50 {
			wait("flood", fmt.Sprint("flood ", i))
		}
		wait("office", "office 0")
		wait("office", "office 1")
		for _, want := range []string{"flood 0", "office 0", "flood 1", "office 1", "flood 2", "flood 3"} {
			turns.give()
			if got := <-order; got != want {
				t.Errorf("%s before %s", got, want)
			}
		}
		for range 46 {
			turns.give()
			<-order
		}
		turns.give()
		synctest.Wait()
		if turns.free != 1 || len(turns.sites)+len(turns.of) != 0 {
			t.Errorf("left: %+v", turns.of)
		}
	})
}

// The time for a handshake begins with its turn.
func TestWaitForATurnCostsNoTime(t *testing.T) {
	h := serve(t, 200*time.Millisecond)
	h.turns.take("test")
	h.turns.take("test")
	done := make(chan error, 1)
	go func() { done <- h.shake(t.Context()) }()
	time.Sleep(400 * time.Millisecond)
	h.turns.give()
	h.turns.give()
	if err := <-done; err != nil {
		t.Errorf("given up while it waited: %v", err)
	}
}
