package app

import (
	"context"
	"errors"
	"time"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/watch"
	"traybell/hub/hubfile"
)

// newEditor returns what changes hub.yml for administrators.
func newEditor(a *App) *hubfile.Editor {
	return &hubfile.Editor{File: a.options.File, Check: a.checkText, Reloads: hubReloads{a}, Now: time.Now}
}

// checkText checks a text of hub.yml as a reload does.
func (a *App) checkText(path string, text []byte) (*config.Config, error) {
	cfg, err := config.Parse(path, text, compile.Check)
	if err != nil {
		return nil, err
	}
	p, err := compile.Hub(cfg)
	if err == nil {
		err = a.deskRules(cfg, p).Check()
	}
	if err != nil && document.ProblemsOf(err) == nil {
		err = document.Problems{{File: path, Text: err.Error()}}
	}
	return cfg, err
}

// hubReloads implements hubfile.Reloads.
type hubReloads struct{ *App }

func (a hubReloads) Next() func(context.Context) (bool, error) {
	ended := a.reloads.next()
	return func(ctx context.Context) (bool, error) {
		for {
			select {
			case <-ctx.Done():
				return false, nil
			case <-a.run.Done():
				return false, nil
			case <-ended:
			}
			ended = a.reloads.next()
			if err := a.reloads.last(); err != nil || a.current() {
				return true, err
			}
		}
	}
}

// current reports whether the hub uses hub.yml as it is on the disk.
func (a hubReloads) current() bool {
	a.reloading.Lock()
	files, sum := a.loaded.Files()
	a.reloading.Unlock()
	return sum == watch.Sum(files)
}

// next returns a channel that is closed when the next reload ends.
func (r *reloads) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended == nil {
		r.ended = make(chan struct{})
	}
	return r.ended
}

// end reports the end of a reload. It is called with the lock held.
func (r *reloads) end() {
	if r.ended != nil {
		close(r.ended)
		r.ended = nil
	}
}

// last is the error of the last reload.
func (r *reloads) last() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var one document.Problem
	if errors.As(r.err, &one) {
		return document.Problems{one}
	}
	return r.err
}
