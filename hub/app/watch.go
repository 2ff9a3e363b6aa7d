package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/config/watch"
	"traybell/hub/web"
)

// reloads is the result of the last reload. Any goroutine may use it.
type reloads struct {
	mu        sync.Mutex
	appliedAt time.Time // of the last valid configuration
	waiting   []string  // keys that need a restart
	err       error     // of the last reload
	failedAt  time.Time
	took      time.Duration // the last reload
	succeeded int
	failed    int
	ended     chan struct{} // closed at the end of the next reload; nil: nothing waits
}

// watch reloads hub.yml when it or a file that it names changes, until ctx ends.
func (a *App) watch(ctx context.Context) {
	files, sum := a.cfg.Load().Files()
	watch.Files{Log: a.log.With("part", "config")}.Run(ctx, files, sum, a.options.ReloadNow,
		func() ([]string, func()) {
			cfg, files, err := config.LoadFiles(a.options.File, compile.Check)
			return files, func() { _ = a.apply(cfg, err) }
		})
}

// apply applies a configuration, or logs and returns why it was rejected.
func (a *App) apply(cfg *config.Config, err error) error {
	defer a.service.Reloading()()
	began, before := time.Now(), a.cfg.Load()
	var done Reloaded
	if err == nil {
		done, err = a.Reload(cfg)
	}
	if errors.Is(err, errNotRunning) {
		return err
	}
	a.reloads.lasted(time.Since(began))
	if err != nil {
		a.reloads.rejected(time.Now(), err)
		logProblems(a.log, err)
		return err
	}
	a.reloads.applied(time.Now(), done.Waiting, false)
	for _, w := range cfg.Warnings() {
		w.Excerpt = ""
		a.log.Warn("hub.yml", "warning", w)
	}
	if len(done.Changed) == 0 && len(done.Waiting) == 0 {
		a.log.Info("configuration reloaded: no changes")
		return nil
	}
	if len(done.Changed) > 0 {
		a.log.Info("configuration reloaded", "changed", strings.Join(done.Changed, ", "))
	}
	logAgentChanges(a.log, before, cfg)
	if len(done.Waiting) > 0 {
		a.log.Warn("hub.yml: restart the hub to apply these keys", "keys", strings.Join(done.Waiting, ", "))
	}
	return nil
}

func (r *reloads) applied(now time.Time, waiting []string, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.appliedAt, r.waiting, r.err = now, waiting, nil
	if !first {
		r.succeeded++
	}
	r.end()
}

func (r *reloads) lasted(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took = took
}

func (r *reloads) rejected(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.failedAt = err, now
	r.failed++
	r.end()
}

// notices are shown to administrators on every page.
func (r *reloads) notices() []web.Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []web.Notice
	if r.err != nil {
		list = append(list, web.Notice{
			Title: "hub.yml was rejected. The hub uses the previous configuration.", At: r.failedAt,
			Text: r.err.Error(),
		})
	}
	if len(r.waiting) > 0 {
		list = append(list, web.Notice{
			Title: "Restart the hub to apply these keys of hub.yml.", At: r.appliedAt,
			Text: strings.Join(r.waiting, "\n"),
		})
	}
	return list
}
