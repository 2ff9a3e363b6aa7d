package listener

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen opens a port. Its errors say how to fix them.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w; %s", err, advice(address, err))
	}
	return l, nil
}

// advice is how to fix an error of listen.
func advice(address string, err error) string {
	host, port, _ := net.SplitHostPort(address)
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("this computer cannot resolve the name %s; use one of its addresses, or :%s for all",
			name.Name,
			port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("this computer does not have the address %s; use one that it has, or :%s for all", host,
			port)
	case errors.Is(err, syscall.EACCES):
		return "use a port of 1024 or more, or give the hub the right for this one (systemd: " +
			"AmbientCapabilities=CAP_NET_BIND_SERVICE)"
	}
	return fmt.Sprintf("is another hub or program using the port? To find it, run: ss -ltnp 'sport = :%s'", port)
}
