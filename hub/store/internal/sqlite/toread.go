package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/pressly/goose/v3"
)

// OpenToRead opens the database of a hub, which may be running, for reading; writes fail. It
// refuses a database of another version and never migrates one: the running hub may be an older
// one.
func OpenToRead(ctx context.Context, path string, inGo ...*goose.Migration) (*Database, error) {
	db, err := openToRead(path)
	if err == nil {
		db.SetMaxOpenConns(Readers)
		if err = current(ctx, db, path, inGo); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, Explain(err))
	}
	both := prepare(db)
	return &Database{Write: both, Read: both, Now: time.Now}, nil
}

// Check returns the errors that Open would return, as far as a file that a hub may be using shows
// them. It changes nothing; a missing file is no error.
func Check(ctx context.Context, path string, inGo ...*goose.Migration) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		if err = f.Close(); err == nil {
			err = tryDatabase(ctx, path, inGo)
		}
	}
	if err != nil {
		return fmt.Errorf("database %s: %w", path, Explain(err))
	}
	return nil
}

func tryDatabase(ctx context.Context, path string, inGo []*goose.Migration) error {
	db, err := openToRead(path)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // only read
	if err := check(ctx, db, path); err != nil {
		return err
	}
	if created, err := created(ctx, db); err != nil || !created {
		return err
	}
	_, _, _, err = versions(ctx, db, inGo)
	return err
}

func openToRead(path string) (*sql.DB, error) {
	return sql.Open("sqlite", dsn(path, url.Values{"mode": {"rw"}, "_pragma": {"query_only(1)"}}))
}

// created reports whether the file has tables.
func created(ctx context.Context, db *sql.DB) (created bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = ?`,
		goose.DefaultTablename).Scan(&created)
	return created, err
}

// current returns an error if the file is damaged, or if its version is not that of this program.
func current(ctx context.Context, db *sql.DB, path string, inGo []*goose.Migration) error {
	if err := check(ctx, db, path); err != nil {
		return err
	}
	if created, err := created(ctx, db); err != nil {
		return err
	} else if !created {
		return errors.New("it has no tables yet: start the hub once")
	}
	steps, have, known, err := versions(ctx, db, inGo)
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
