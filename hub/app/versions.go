package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"traybell/hub/access"
)

// versions implements live.Versions. It looks at counters, however many calls there are.
func (a *App) versions(ctx context.Context) map[string]uint64 {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found := map[string]uint64{}
	set := func(subject string, of ...any) {
		h := fnv.New64a()
		fmt.Fprintln(h, of...)
		found[subject] = h.Sum64()
	}
	if stats, err := a.desk.Stats(ctx); err == nil {
		stats.Longest, stats.Waiting.Turns, stats.Waiting.Steps, stats.Waiting.Records = 0, 0, 0, 0 // come and go
		set("calls", stats)
	}
	set("agents", a.duty.Version())
	set("announcements", a.announced.Version())
	set("listening", a.listening.Version())
	set("queues", a.queues.Screens.Version())
	set("terminals", a.agents.Counters().Opened, a.agents.Count())
	a.reloads.mu.Lock()
	set("configuration", a.reloads.succeeded, a.reloads.failed, a.reloads.appliedAt, a.reloads.waiting)
	a.reloads.mu.Unlock()
	var states []any
	for _, p := range a.cfg.Load().PBX {
		states = append(states, p.ID, p.Enabled, a.pbxs.status(p.ID))
	}
	set("pbx", states...)
	states = nil
	for _, d := range a.directories.now().Status() {
		states = append(states, d.Name, d.Read, d.LastError)
	}
	set("directories", states...)
	mode, _ := a.admin.Hub.Mode(ctx, access.Principal{Roles: access.Roles()})
	set("mode", mode)
	hooks, _ := a.hooks.Status(ctx) // without what waits if the database is away
	set("webhooks", hooks)
	kept, err := a.store.Versions(ctx)
	if err != nil {
		a.log.Debug("pages do not see changes", "error", err)
	}
	for subject, version := range kept {
		set(subject, version)
	}
	return found
}
