package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3"
)

// OpenToRead opens a database that a hub works on, or has worked on, for who only asks: it changes
// nothing in it, and what would write fails. A file whose tables are not those of this program is
// refused, since the hub that works on it may be an older one.
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

// current is an error where the file is damaged, or its tables are older or newer than this
// program's.
func current(ctx context.Context, db *sql.DB, path string) error {
	if err := check(ctx, db, path); err != nil {
		return err
	}
	var made bool
	if err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = ?`, goose.DefaultTablename).Scan(&made); err != nil {
		return err
	}
	if !made {
		return errors.New("no hub has begun it: start the hub once")
	}
	steps, have, known, err := versions(ctx, db)
	if err != nil {
		return err
	}
	older, err := steps.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("reading its version: %w", err)
	}
	if older {
		return fmt.Errorf("it was made by an older traybell-hub (its version is %d, this program knows %d): ask "+
			"with the program that the hub runs as, or restart the hub with this one, which brings it up to date",
			have, known)
	}
	return nil
}
