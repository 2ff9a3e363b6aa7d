package computer

import (
	"context"
	"net"

	"traybell/hub/config"
	"traybell/hub/listener"
)

// Listen opens the hub's port.
func Listen(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	l, err := listener.Listen(ctx, cfg.Listen)
	if err != nil {
		return nil, cfg.Problem("listen", err.Error())
	}
	return l, nil
}
