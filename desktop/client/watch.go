package client

import (
	"context"
	"net"
	"slices"
	"time"
)

const (
	watchEvery = 3 * time.Second
	sleptAfter = 10 * time.Second // a tick this late by the wall clock means that the computer slept
)

// watch wakes the client after a sleep of the computer and when its addresses change. now returns
// the wall clock: on some systems the monotonic clock stops during sleep.
func (c *Client) watch(ctx context.Context, addresses func() []string, now func() time.Time) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last, had := now().Round(0), addresses()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		t, have := now().Round(0), addresses()
		slept := t.Sub(last) > sleptAfter
		moved := !slices.Equal(have, had)
		last, had = t, have
		if slept || moved {
			c.log.Info("network may have changed", "slept", slept, "addresses_changed", moved)
			c.networkChanged(have)
		}
	}
}

// networkChanged dials again at once if the client is waiting or dialling, and pings an open
// connection. A connection whose local address is lost is closed: it gets no packets.
func (c *Client) networkChanged(addresses []string) {
	c.mu.Lock()
	k, undial := c.carrier, c.undial
	c.mu.Unlock()
	switch {
	case k == nil:
		c.Wake() // first, so that no pause follows
		if undial != nil {
			undial()
		}
	case k.local != nil && len(addresses) > 0 && !slices.Contains(addresses, k.local.String()):
		k.cut(errMoved)
	default:
		k.checkNow()
	}
}

// checkNow requests a ping.
func (k *connection) checkNow() {
	select {
	case k.check <- struct{}{}:
	default:
	}
}

// addresses lists this computer's addresses, sorted, or nil on an error.
func addresses() []string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			out = append(out, n.IP.String())
		}
	}
	slices.Sort(out)
	return out
}
