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

// reloads is how the last reading of hub.yml went. Any goroutine may ask.
type reloads struct {
	mu      sync.Mutex
	taken   time.Time // when a configuration was put into force last
	waiting []string  // keys that wait for a restart
	bad     error     // why the last reading was not taken; nil where it was
	badAt   time.Time
	good    int
	failed  int
}

// follow looks after hub.yml and what it names until ctx ends, and puts into force what is new.
func (a *App) follow(ctx context.Context) {
	files, sum := a.cfg.Load().Files()
	config.Watch{Log: a.log.With("part", "config")}.Run(ctx, files, sum, a.options.Again, func() ([]string, func()) {
		cfg, files, err := config.LoadFiles(a.options.File, badTexts)
		return files, func() { a.take(cfg, err) }
	})
}

// take puts a configuration into force, or says why not.
func (a *App) take(cfg *config.Config, err error) {
	a.notify("RELOADING=1\n" + daemon.SdNotifyMonotonicUsec())
	defer func() { a.notify("READY=1\nSTATUS=" + a.standing()) }()
	before := a.cfg.Load()
	var done Reloaded
	if err == nil {
		done, err = a.Reload(cfg)
	}
	if errors.Is(err, errNotRunning) {
		return
	}
	if err != nil {
		a.reloads.refused(time.Now(), err)
		tellProblems(a.log, err)
		return
	}
	a.reloads.took(time.Now(), done.Waiting, false)
	for _, w := range cfg.Warnings() {
		w.Excerpt = ""
		a.log.Warn("hub.yml", "warning", w)
	}
	if len(done.Changed) == 0 && len(done.Waiting) == 0 {
		a.log.Info("hub.yml was read again: nothing has changed")
		return
	}
	if len(done.Changed) > 0 {
		a.log.Info("hub.yml was read again and is in force", "changed", strings.Join(done.Changed, ", "))
	}
	tellAgents(a.log, before, cfg)
	if len(done.Waiting) > 0 {
		a.log.Warn("hub.yml: these keys wait for a restart of the hub; until then their old values are in force",
			"keys", strings.Join(done.Waiting, ", "))
	}
}

// problemsOf are the mistakes of the file; nil where it is something else that is wrong.
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

func problemsIn(err error) int { return max(1, len(problemsOf(err))) }

// notify tells whoever started the hub.
func (a *App) notify(text string) {
	if a.options.Notify != nil {
		a.options.Notify(text)
	}
}

// standing is the hub's state in a line.
func (a *App) standing() string {
	a.reloads.mu.Lock()
	bad := a.reloads.bad
	a.reloads.mu.Unlock()
	cfg := a.cfg.Load()
	text := fmt.Sprintf("%d PBX, %d agents, at %s", len(cfg.PBX), len(cfg.Agents), a.Addr())
	if bad != nil {
		text += fmt.Sprintf("; hub.yml has %d problems and is not taken", problemsIn(bad))
	}
	return text
}

func (r *reloads) took(now time.Time, waiting []string, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken, r.waiting, r.bad = now, waiting, nil
	if !first {
		r.good++
	}
}

func (r *reloads) refused(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad, r.badAt = err, now
	r.failed++
}

// notices are what administrators are to see on every page.
func (r *reloads) notices() []web.Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []web.Notice
	if r.bad != nil {
		list = append(list, web.Notice{
			Title: "hub.yml is not taken: the hub goes on with what was in force before.", At: r.badAt,
			Text: r.bad.Error(),
		})
	}
	if len(r.waiting) > 0 {
		list = append(list, web.Notice{
			Title: "Changes in hub.yml wait for a restart of the hub.", At: r.taken,
			Text: strings.Join(r.waiting, "\n"),
		})
	}
	return list
}
