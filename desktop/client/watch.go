package client

import (
	"context"
	"net"
	"slices"
	"time"
)

const (
	watchEvery = 3 * time.Second
	sleptAfter = 10 * time.Second // a tick so late, by the wall clock, means that the computer slept
)

// watch notices that the computer slept or has other addresses, and wakes the client. now gives the
// wall clock: the monotonic one stands still during sleep on some systems.
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
			c.log.Info("the network may have changed", "slept", slept, "addresses", moved)
			c.stir(have)
		}
	}
}

// stir makes a waiting client try, a connected one ping, and drops a connection whose address is
// gone: no packet comes back to it.
func (c *Client) stir(addresses []string) {
	c.mu.Lock()
	k := c.carrier
	c.mu.Unlock()
	switch {
	case k == nil:
		c.Wake()
	case k.local != nil && len(addresses) > 0 && !slices.Contains(addresses, k.local.String()):
		k.cut(errMoved)
	default:
		k.makeSure()
	}
}

// makeSure has the wire tested now.
func (k *connection) makeSure() {
	select {
	case k.check <- struct{}{}:
	default:
	}
}

// addresses lists this computer's addresses in order; none when the system does not tell.
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
