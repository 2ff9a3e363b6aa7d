package listener

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// from is a connection from an address.
type from struct {
	net.Conn
	address string
	closed  bool
}

func (f *from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.address))
}

func (f *from) Close() error {
	f.closed = true
	return nil
}

func TestConnectionsAreBounded(t *testing.T) {
	c := NewConnections(0, slog.New(slog.DiscardHandler))
	c.ofOne, c.atOnce = 6, 10
	var all []*from
	open := func(address string) *from {
		one := &from{address: address}
		all = append(all, one)
		c.State(one, http.StateNew)
		return one
	}
	expect := func(what string, want int) {
		t.Helper()
		left, of := 0, map[string]int{}
		for _, one := range all {
			if !one.closed {
				left++
				of[one.address]++
			}
		}
		if left != want || len(c.places) != want {
			t.Errorf("%s: %d open, %d counted, want %d: %v", what, left, len(c.places), want, of)
		}
	}
	office := open("192.0.2.1:1")
	first := open("[2001:db8:0:1::1]:1")
	for i := range 20 { // from one /48
		open(fmt.Sprintf("[2001:db8:0:%x::1]:1", i+2))
	}
	expect("a flood from one site", 7)
	if !first.closed || all[len(all)-1].closed || office.closed {
		t.Error("not the oldest one of the flood was closed")
	}
	for i := range 20 {
		open(fmt.Sprintf("198.51.100.%d:1", i))
	}
	expect("from many sites", 10)
	if newest := all[len(all)-1]; newest.closed {
		t.Error("a newcomer has no place")
	}
	c.SetDesktops(1)
	for i := range 20 {
		open(fmt.Sprintf("203.0.113.%d:1", i))
	}
	expect("after a reload", 30)
	for _, one := range all { // closed ones are reported as well
		c.State(one, http.StateActive)
		c.State(one, http.StateHijacked)
		c.State(one, http.StateClosed)
	}
	if len(c.places)+len(c.sites) != 0 {
		t.Errorf("%d connections of %d sites are left", len(c.places), len(c.sites))
	}
}
