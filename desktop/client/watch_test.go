package client

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/protocol"
)

// computer simulates what watch observes.
type computer struct {
	addresses atomic.Pointer[[]string]
	asleep    atomic.Int64 // how far the wall clock runs ahead
}

func (c *computer) has(addresses ...string) { c.addresses.Store(&addresses) }

func watched(t *testing.T, k *connection, story func(pc *computer, c *Client)) {
	synctest.Test(t, func(t *testing.T) {
		pc := &computer{}
		pc.has("192.0.2.1")
		c := New(Config{Log: slog.New(slog.DiscardHandler)}, nil)
		c.carrier = k
		ctx, cancel := context.WithCancel(t.Context())
		go c.watch(ctx, func() []string { return *pc.addresses.Load() }, func() time.Time {
			return time.Now().Add(time.Duration(pc.asleep.Load()))
		})
		time.Sleep(10 * watchEvery)
		synctest.Wait()
		if len(c.wake) != 0 {
			t.Error("woken without a reason")
		}
		story(pc, c)
		cancel()
		synctest.Wait()
	})
}

func TestSleepDetected(t *testing.T) {
	watched(t, nil, func(pc *computer, c *Client) {
		pc.asleep.Store(int64(time.Hour))
		time.Sleep(watchEvery)
		synctest.Wait()
		if len(c.wake) != 1 {
			t.Error("sleep was not detected")
		}
	})
}

func TestAddressChangeDetected(t *testing.T) {
	watched(t, nil, func(pc *computer, c *Client) {
		pc.has("198.51.100.1")
		time.Sleep(watchEvery)
		synctest.Wait()
		if len(c.wake) != 1 {
			t.Error("the new address was not detected")
		}
	})
}

func TestLostAddressClosesConnection(t *testing.T) {
	ctx, cut := context.WithCancelCause(context.Background())
	k := &connection{local: net.ParseIP("192.0.2.1"), cut: cut, check: make(chan struct{}, 1)}
	watched(t, k, func(pc *computer, _ *Client) {
		pc.has("192.0.2.1", "198.51.100.1") // Wi-Fi in addition to the cable
		time.Sleep(watchEvery)
		synctest.Wait()
		if ctx.Err() != nil || len(k.check) != 1 {
			t.Error("a new address must cause a ping, not a disconnect")
		}
		pc.has("198.51.100.1") // cable unplugged
		time.Sleep(watchEvery)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), errMoved) {
			t.Error("the connection is kept on a lost address")
		}
	})
}

// The network changes while a hub that answers nothing is dialled: the client does not wait for it.
func TestNetworkChangeDialsAgain(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	at := silent.Addr().(*net.TCPAddr) //nolint:forcetypeassert // of a TCP listener
	c := New(Config{
		Server: at.IP.String(), Port: at.Port, Extension: "101", Log: slog.New(slog.DiscardHandler),
		Password: func(context.Context) (string, error) { return "secret", nil },
	}, ignorant{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	late := time.AfterFunc(shakeWithin/2, func() { _ = silent.Close() })
	t.Cleanup(func() { late.Stop() })
	for range 2 {
		conn, err := silent.Accept()
		if err != nil {
			t.Fatalf("not dialled again: %v", err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := conn.Read(make([]byte, 1)); err != nil { // ClientHello: it waits now
			t.Fatal(err)
		}
		c.networkChanged([]string{"198.51.100.1"})
	}
}

type ignorant struct{}

func (ignorant) Status(Status)            {}
func (ignorant) Message(protocol.Message) {}
