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
	busyTimeout = 5 * time.Second // another program, a backup for one, may hold the file
	readers     = 4
	wholeCheck  = 64 << 20 // bytes
)

// Store is the database. The zero value is not usable: see Open.
type Store struct {
	write *prepared // one connection; its transactions begin as writers
	read  *prepared
	now   func() time.Time

	searches chan struct{} // holds one for each search under way
}

// Open opens the SQLite database at path, makes it where there is none (readable by its owner
// alone: it holds personal data), and brings its tables up to date. Its errors say what is wrong
// with the file and how to mend it.
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
	// A damaged file is told before anything is changed in it.
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

// Close ends all connections; the write-ahead log is folded into the file.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// dsn asks for full synchronisation: a press that was kept is on the disk before the help desk
// hears of it.
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

// check reads the whole file's structure once, unless the calls of a long time have made it large:
// that would take seconds, and what is damaged there is told when it is read.
func check(ctx context.Context, db *sql.DB, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > wholeCheck {
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
		return fmt.Errorf("bringing it up to date from version %d to %d: %w", have, known, err)
	}
	return nil
}

// versions are the steps that bring a database up to date, the version that it has and the one that
// this program knows. A newer one is an error.
func versions(ctx context.Context, db *sql.DB) (steps *goose.Provider, have, known int64, err error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, 0, 0, err
	}
	steps, err = goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithGoMigrations(describeRecords()),
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("reading the migrations: %w", err)
	}
	have, known, err = steps.GetVersions(ctx)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("reading its version: %w", err)
	}
	if have > known {
		return nil, 0, 0,
			fmt.Errorf("it was made by a newer traybell-hub (its version is %d, this hub knows %d): install the "+
				"newer hub, or restore a backup of the older file",
				have, known)
	}
	return steps, have, known, nil
}

var errDamaged = errors.New("the file is damaged")

// explain adds what can be done about an error of the file itself.
func explain(err error) error {
	var se *sqlite.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its folder does not exist: make it, or correct data_dir: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the hub may not read and write it: give the file and its folder to the user that the hub "+
			"runs as: %w",
			err)
	case errors.Is(err, errDamaged):
		return fmt.Errorf("%w: stop the hub and restore a backup, or move the file away and the hub begins with an "+
			"empty one",
			err)
	case errors.As(err, &se):
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%w or is no SQLite database: stop the hub and restore a backup, or move the file "+
				"away and the hub begins with an empty one: %w",
				errDamaged, err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return fmt.Errorf("the hub may not write it: give the file and its folder to the user that the hub runs "+
				"as, and see that the disk is not mounted read-only: %w",
				err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("the disk is full: %w", err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("another program keeps it locked, perhaps a second hub: %w", err)
		}
	}
	return err
}
