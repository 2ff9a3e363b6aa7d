package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/config/watch"
	"traybell/hub/people"
)

// company is the directory with people who may sign in besides those of hub.yml. It implements
// signin.Elsewhere. Reloads replace the directory.
type company struct {
	current atomic.Pointer[people.Directory] // nil: hub.yml names none

	// guarded by reloading
	of        config.LDAPSignIn
	authority string // checksum of the ca file
	stop      context.CancelFunc
}

// Verify implements signin.Elsewhere.
func (c *company) Verify(ctx context.Context, credential, password string) (bool, error) {
	if d := c.current.Load(); d != nil {
		return d.Verify(ctx, credential, password)
	}
	return false, nil
}

// next returns the directory of a configuration: the current one, if nothing of it has changed. It
// is called with the lock of reloads.
func (c *company) next(cfg *config.Config, changed func(), log *slog.Logger) *people.Directory {
	l := cfg.SignIn.LDAP
	if reflect.DeepEqual(c.of, l) && c.authority == watch.Sum([]string{l.CA}) {
		return c.current.Load()
	}
	source, err := compile.People(cfg)
	if source == nil || err != nil { // Compile reports the error
		return nil
	}
	return people.Open(people.Options{
		Source: source, Every: l.Refresh, Keep: l.Keep, File: filepath.Join(cfg.DataDir, "people.copy"),
		Changed: changed, Log: log.With("part", "people"),
	})
}

// joined returns a configuration with the people of a directory, which may be nil.
func joined(cfg *config.Config, d *people.Directory, log *slog.Logger) *config.Config {
	if d == nil {
		return cfg
	}
	all, doubts := compile.WithPeople(cfg, d.People())
	for _, doubt := range doubts {
		log.Warn("sign_in.ldap", "warning", doubt)
	}
	return all
}

// follow switches to a directory and reads it until ctx ends. It is called with the lock of reloads.
func (c *company) follow(ctx context.Context, cfg *config.Config, d *people.Directory, work *sync.WaitGroup) {
	if c.stop != nil && d == c.current.Load() {
		return
	}
	if c.stop != nil {
		c.stop()
	}
	c.of, c.authority = cfg.SignIn.LDAP, watch.Sum([]string{cfg.SignIn.LDAP.CA})
	c.current.Store(d)
	ctx, c.stop = context.WithCancel(ctx)
	if d != nil {
		work.Go(func() { d.Run(ctx) })
	}
}

// peopleChanged applies the configuration again, with the people as they are now.
func (a *App) peopleChanged() {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	before := a.cfg.Load()
	if _, err := a.reload(a.loaded); err != nil {
		if !errors.Is(err, errNotRunning) {
			a.log.Error("the people of the directory were not applied", "error", err)
		}
		return
	}
	logAgentChanges(a.log, before, a.cfg.Load())
}
