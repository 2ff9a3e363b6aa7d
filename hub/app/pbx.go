package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"traybell/hub/ami"
	"traybell/hub/calls"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/shared/protocol"
)

func amiConfig(p config.PBX, log *slog.Logger) ami.Config {
	return ami.Config{Name: p.ID, Address: p.Address, Username: p.Username, Password: p.Password.Reveal(), MD5: p.MD5, Log: log}
}

// newWatcher makes what follows one PBX and tells the desk. run is the context that the desk's loop lives with.
func newWatcher(run context.Context, p config.PBX, d *desk.Desk, agents []desk.Agent, log *slog.Logger) *calls.Watcher {
	log = log.With("part", "calls")
	return calls.NewWatcher(calls.WatchConfig{
		PBX: p.ID, AMI: amiConfig(p, log), Log: log, Now: time.Now,
		IsExtension: func(endpoint string) bool {
			return calls.ShortDigits(endpoint) || slices.ContainsFunc(agents, func(a desk.Agent) bool { return slices.Contains(a.Extensions, endpoint) })
		},
		// A desk that refuses is stopping; there is nothing left to tell it.
		OnChange: func(c calls.Change) { _ = d.Change(run, c) },
		OnState: func(s protocol.PBX) {
			log.Info("the PBX is", "pbx", s.ID, "state", s.State, "reason", s.Reason)
			_ = d.PBX(run, s)
		},
	})
}
