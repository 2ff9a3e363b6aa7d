package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3"
)

// OpenToRead opens the database of a hub, which may be running, for reading; writes fail. It
// refuses a database of another version and never migrates one: the running hub may be an older
// one.
func OpenToRead(ctx context.Context, path string) (*Store, error) {
	db, err := sql.Open("sqlite", dsn(path, url.Values{"mode": {"rw"}, "_pragma": {"query_only(1)"}}))
	if err == nil {
		db.SetMaxOpenConns(readers)
		if err = current(ctx, db, path); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, explain(err))
	}
	both := prepare(db)
	return &Store{write: both, read: both, searches: make(chan struct{}, searchesAtOnce)}, nil
}

// current returns an error if the file is damaged, or if its version is not that of this program.
func current(ctx context.Context, db *sql.DB, path string) error {
	if err := check(ctx, db, path); err != nil {
		return err
	}
	var created bool
	if err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = ?`,
		goose.DefaultTablename).Scan(&created); err != nil {
		return err
	}
	if !created {
		return errors.New("it has no tables yet: start the hub once")
	}
	steps, have, known, err := versions(ctx, db)
	if err != nil {
		return err
	}
	older, err := steps.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read its version: %w", err)
	}
	if older {
		return fmt.Errorf("it was created by an older traybell-hub (its version is %d, this program needs %d): use "+
			"the program of the running hub, or restart the hub with this one, which upgrades the database",
			have, known)
	}
	return nil
}
