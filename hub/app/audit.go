package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/user"
	"time"

	"traybell/hub/audit"
	"traybell/hub/config"
	"traybell/hub/datadir"
	"traybell/hub/store"
)

// newAudit returns the log of changes. Like call records it has personal data, and is kept as long.
func newAudit(a *App) *audit.Log {
	return audit.New(audit.Options{
		Store: a.store, Retain: func() time.Duration { return a.cfg.Load().CDR.Retention },
		Log: a.log.With("part", "audit"),
	})
}

// KeepChange adds a change that was made on the command line to the audit. The hub may be running.
// Before the first start of the hub there is no database, and nothing is kept.
func KeepChange(ctx context.Context, cfg *config.Config, e audit.Entry) (err error) {
	path := datadir.DatabaseFile(cfg)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s, err := store.OpenToRead(ctx, path) // does not upgrade a database that the hub uses
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return err
	}
	if s, err = store.Open(ctx, path); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e.At, e.Kind, e.Who = time.Now(), "local", os.Getenv("SUDO_USER")
	if u, err := user.Current(); err == nil {
		e.Who = cmp.Or(e.Who, u.Username)
	}
	return s.KeepAudit(ctx, []audit.Entry{e.Bounded()})
}
