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
