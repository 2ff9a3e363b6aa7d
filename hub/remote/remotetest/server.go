// Package remotetest has servers for the tests of those who read servers.
package remotetest

import (
	"io"
	"net"
	"testing"
)

// Serve starts a TCP server and returns its address. handle runs for each connection.
func Serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// Mute starts a server that accepts connections and sends nothing, and returns its address.
func Mute(t testing.TB) string {
	t.Helper()
	return Serve(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c); _ = c.Close() })
}
