package app_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// Connections of which nothing comes do not use up the hub's memory and files, and keep no agent out.
func TestSilentConnectionsAreBounded(t *testing.T) {
	const most = 1 + 1024 // desktops, and handshakes that are repeated
	s := tell(t)
	s.yaml += "limits: {clients: 200}\n"
	s.start()
	s.reloaded(func() { s.replaced("clients: 200", "clients: 1") })
	var silent []net.Conn
	for range most + 100 {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.hub.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // the hub may have closed it
		silent = append(silent, c)
	}
	s.signIn("101")
	soon := time.Now().Add(3 * time.Second) // after 10 s silence ends them
	for _, c := range silent[:50] {         // the oldest ones
		if err := c.SetReadDeadline(soon); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("more than %d connections stay open: %v", most, err)
		}
	}
	last := silent[len(silent)-1]
	if err := last.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := last.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
		t.Error("the newest connection was closed")
	}
}
