package app

import (
	"context"

	"traybell/hub/desk"
	"traybell/hub/directory"
	"traybell/hub/metrics"
	"traybell/hub/signin"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"
)

// newMetrics returns the metrics of the hub's parts.
func newMetrics(a *App) *metrics.Metrics {
	return metrics.New(metrics.Sources{
		Version: a.options.Version,
		PBXs: func() (list []metrics.PBX) {
			for _, p := range a.cfg.Load().PBX {
				next := metrics.PBX{ID: p.ID, Enabled: p.Enabled, State: a.pbxs.status(p.ID).State}
				if running, ok := a.pbxs.PBX(p.ID); ok {
					stats := running.Stats()
					next.Stats = &stats
				}
				list = append(list, next)
			}
			return list
		},
		Desk: func(ctx context.Context) (desk.Stats, error) { return a.desk.Stats(ctx) }, // not there yet
		Terminals: func() metrics.Terminals {
			return metrics.Terminals{
				Counters: a.agents.Counters(), Sessions: a.agents.Sessions(), Most: a.cfg.Load().Limits.Clients,
			}
		},
		Pages:       func() signin.Counts { return a.pages.SignIns() },
		Tokens:      func() signin.Counts { return a.api.SignIns() },
		Directories: func() []directory.Status { return a.directories.now().Status() },
		Reloads:     a.reloads.metrics,
		Duty:        func() metrics.Duty { return metrics.Duty{Agents: a.duty.All(), Overs: a.duty.Overs()} },
		Queues:      func() ([]metrics.Queue, map[protocol.QueueAlarmKind]uint64) { return a.queues.Metrics() },
		Webhooks: func(ctx context.Context) ([]webhooks.Status, uint64, error) {
			list, err := a.hooks.Status(ctx)
			return list, a.hooks.Dropped(), err
		},
	})
}

func (r *reloads) metrics() metrics.Reloads {
	r.mu.Lock()
	defer r.mu.Unlock()
	return metrics.Reloads{
		OK: r.err == nil, Applied: r.appliedAt, Took: r.took, Waiting: len(r.waiting),
		Succeeded: r.succeeded, Failed: r.failed,
	}
}
