package app

import (
	"context"
	"errors"
	"fmt"

	"traybell/hub/config/document"
	"traybell/hub/health"
	"traybell/shared/protocol"
)

// ready answers /readyz.
func (a *App) ready() *health.Ready {
	return &health.Ready{
		Checks: []health.Check{
			{Name: "configuration", Do: func(context.Context) error {
				if a.reloads.metrics().Applied.IsZero() {
					return errors.New("not loaded yet")
				}
				return nil
			}},
			{Name: "sign-in", Do: func(context.Context) error { return a.agents.Admits() }},
			{Name: "desk", Do: a.deskTurns},
			{Name: "database", Do: a.store.Works},
		},
		PBXs:   func() []protocol.PBX { return a.pbxs.enabled(a.cfg.Load()) },
		Failed: func(name string, err error) { a.log.Warn("not ready", "check", name, "error", err) },
	}
}

// deskTurns returns an error unless the desk's loop turns.
func (a *App) deskTurns(ctx context.Context) error {
	_, err := a.desk.Stats(ctx)
	return err
}

// status is the hub's state in one line.
func (a *App) status() string {
	a.reloads.mu.Lock()
	err := a.reloads.err
	a.reloads.mu.Unlock()
	pbxs, working := a.pbxs.enabled(a.cfg.Load()), 0
	for _, p := range pbxs {
		if p.State == protocol.PBXWorking {
			working++
		}
	}
	text := fmt.Sprintf("%d of %d PBX connected, %d terminals, at %s", working, len(pbxs), a.agents.Count(), a.Addr())
	if err != nil {
		text += fmt.Sprintf("; hub.yml rejected, %d problems", max(1, len(document.ProblemsOf(err))))
	}
	return text
}
