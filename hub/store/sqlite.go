package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

const (
	busyTimeout = 5 * time.Second // another program, such as a backup, may lock the file
	readers     = 4
	maxChecked  = 64 << 20 // bytes
)

// Store is the database. Use Open.
type Store struct {
	write *prepared // one connection; its transactions begin as writers
	read  *prepared
	now   func() time.Time

	searches chan struct{} // a slot for each running search
}

// Open opens the SQLite database at path or creates it, readable by its owner only because it has
// personal data, and upgrades its tables. Errors say what is wrong with the file and how to fix it.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// Detect a damaged file before anything is changed in it.
	write, err := sql.Open("sqlite", dsn(path, url.Values{"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)"}}))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := check(ctx, write, path); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite", dsn(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	return &Store{
		write: prepare(write), read: prepare(read), now: time.Now, searches: make(chan struct{}, searchesAtOnce),
	}, nil
}

// Close closes all connections. The write-ahead log is merged into the file.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// dsn sets synchronous=FULL: a ticket request is on the disk before it is sent to the help desk.
func dsn(path string, more url.Values) string {
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"synchronous(FULL)", "foreign_keys(1)",
	}}
	for key, values := range more {
		for _, v := range values {
			q.Add(key, v)
		}
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// check checks the structure of the file, unless it is so large that this takes seconds; then
// damage is detected by the queries.
func check(ctx context.Context, db *sql.DB, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > maxChecked {
		return err
	}
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, result)
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	steps, have, known, err := versions(ctx, db)
	if err != nil {
		return err
	}
	if _, err := steps.Up(ctx); err != nil {
		return fmt.Errorf("upgrade from version %d to %d: %w", have, known, err)
	}
	return nil
}

// versions returns the migrations, the version of the database and that of this program. A newer
// database is an error.
func versions(ctx context.Context, db *sql.DB) (steps *goose.Provider, have, known int64, err error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, 0, 0, err
	}
	steps, err = goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithGoMigrations(describeRecords()),
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read migrations: %w", err)
	}
	have, known, err = steps.GetVersions(ctx)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read its version: %w", err)
	}
	if have > known {
		return nil, 0, 0,
			fmt.Errorf("it was created by a newer traybell-hub (its version is %d, this hub supports %d): install the "+
				"newer hub, or restore a backup of the older file",
				have, known)
	}
	return steps, have, known, nil
}

var errDamaged = errors.New("the file is damaged")

// explain adds a remedy to an error of the file.
func explain(err error) error {
	var se *sqlite.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its folder does not exist: create it, or correct data_dir: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the hub may not read and write it: give the file and its folder to the user that the hub "+
			"runs as: %w",
			err)
	case errors.Is(err, errDamaged):
		return fmt.Errorf("%w: stop the hub and restore a backup, or move the file away to start with an empty one",
			err)
	case errors.As(err, &se):
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%w or is not a SQLite database: stop the hub and restore a backup, or move the file "+
				"away to "+
				"start with an empty one: %w", errDamaged, err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return fmt.Errorf("the hub may not write it: give the file and its folder to the user that the hub runs "+
				"as, and check that the disk is not mounted read-only: %w",
				err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("the disk is full: %w", err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("another program has locked it, perhaps a second hub: %w", err)
		}
	}
	return err
}
