package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"traybell/hub/config"
	"traybell/hub/web"

	"github.com/coreos/go-systemd/v22/daemon"
)

// reloads is the result of the last reload. Any goroutine may use it.
type reloads struct {
	mu        sync.Mutex
	appliedAt time.Time // of the last valid configuration
	waiting   []string  // keys that need a restart
	err       error     // of the last reload
	failedAt  time.Time
	succeeded int
	failed    int
}

// watch reloads hub.yml when it or a file that it names changes, until ctx ends.
func (a *App) watch(ctx context.Context) {
	files, sum := a.cfg.Load().Files()
	config.Watch{Log: a.log.With("part", "config")}.Run(ctx, files, sum, a.options.ReloadNow,
		func() ([]string, func()) {
			cfg, files, err := config.LoadFiles(a.options.File, badTexts)
			return files, func() { a.apply(cfg, err) }
		})
}

// apply applies a configuration, or logs why it was rejected.
func (a *App) apply(cfg *config.Config, err error) {
	a.notify("RELOADING=1\n" + daemon.SdNotifyMonotonicUsec())
	defer func() { a.notify("READY=1\nSTATUS=" + a.status()) }()
	before := a.cfg.Load()
	var done Reloaded
	if err == nil {
		done, err = a.Reload(cfg)
	}
	if errors.Is(err, errNotRunning) {
		return
	}
	if err != nil {
		a.reloads.rejected(time.Now(), err)
		logProblems(a.log, err)
		return
	}
	a.reloads.applied(time.Now(), done.Waiting, false)
	for _, w := range cfg.Warnings() {
		w.Excerpt = ""
		a.log.Warn("hub.yml", "warning", w)
	}
	if len(done.Changed) == 0 && len(done.Waiting) == 0 {
		a.log.Info("configuration reloaded: no changes")
		return
	}
	if len(done.Changed) > 0 {
		a.log.Info("configuration reloaded", "changed", strings.Join(done.Changed, ", "))
	}
	logAgentChanges(a.log, before, cfg)
	if len(done.Waiting) > 0 {
		a.log.Warn("hub.yml: restart the hub to apply these keys", "keys", strings.Join(done.Waiting, ", "))
	}
}

// problemsOf returns the problems of the file; nil for any other error.
func problemsOf(err error) config.Problems {
	var problems config.Problems
	var one config.Problem
	switch {
	case errors.As(err, &problems):
		return problems
	case errors.As(err, &one):
		return config.Problems{one}
	}
	return nil
}

// notify sends the hub's state to the service manager.
func (a *App) notify(text string) {
	if a.options.Notify != nil {
		a.options.Notify(text)
	}
}

// status is the hub's state in one line.
func (a *App) status() string {
	a.reloads.mu.Lock()
	err := a.reloads.err
	a.reloads.mu.Unlock()
	cfg := a.cfg.Load()
	text := fmt.Sprintf("%d PBX, %d agents, at %s", len(cfg.PBX), len(cfg.Agents), a.Addr())
	if err != nil {
		text += fmt.Sprintf("; hub.yml rejected, %d problems", max(1, len(problemsOf(err))))
	}
	return text
}

func (r *reloads) applied(now time.Time, waiting []string, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.appliedAt, r.waiting, r.err = now, waiting, nil
	if !first {
		r.succeeded++
	}
}

func (r *reloads) rejected(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.failedAt = err, now
	r.failed++
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
