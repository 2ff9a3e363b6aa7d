package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"traybell/hub/access"
	"traybell/hub/control"
)

// commandLine serves the command line over its socket.
type commandLine struct {
	server *http.Server // nil: there is no socket
}

// start opens the socket. The hub works without it.
func (c *commandLine) start(ctx context.Context, folder string, commands control.Commands, work *sync.WaitGroup,
	log *slog.Logger,
) {
	listener, err := control.Listen(ctx, folder)
	if err != nil {
		log.Warn("no socket for the command line: traybell-hub test-call, recordings and reload do not find this hub",
			"error", err)
		return
	}
	c.server = control.Server(commands)
	work.Go(func() {
		if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the socket for the command line failed", "error", err)
		}
	})
}

// commands are what the command line has the hub do.
func (a *App) commands() control.Commands {
	return control.Commands{
		Tests: a.admin.Tests, Recordings: a.recordings,
		Reload: func(ctx context.Context, p access.Principal) error {
			_, err := a.admin.Hub.Reload(ctx, p)
			return err
		},
	}
}

func (c *commandLine) stop(ctx context.Context) error {
	if c.server == nil {
		return nil
	}
	return c.server.Shutdown(ctx)
}
