package sqlite

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
	_ "modernc.org/sqlite" // the driver
)

//go:embed migrations/*.sql
var migrations embed.FS

// Readers is the number of connections that read.
const Readers = 4

const (
	busyTimeout = 5 * time.Second // another program, such as a backup, may lock the file
	maxChecked  = 64 << 20        // bytes
)

// Database is the file, which all stores share.
type Database struct {
	Write *Prepared // one connection; its transactions begin as writers
	Read  *Prepared
	Now   func() time.Time
}

// Open opens the SQLite database at path or creates it, readable by its owner only because it has
// personal data, and upgrades its tables with the embedded migrations and inGo. Errors say what is
// wrong with the file and how to fix it.
func Open(ctx context.Context, path string, inGo ...*goose.Migration) (*Database, error) {
	db, err := open(ctx, path, inGo)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, Explain(err))
	}
	return db, nil
}

func open(ctx context.Context, path string, inGo []*goose.Migration) (*Database, error) {
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
	if err := migrate(ctx, write, inGo); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite", dsn(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(Readers)
	return &Database{Write: prepare(write), Read: prepare(read), Now: time.Now}, nil
}

// Works returns an error if no transaction can begin that writes.
func (s *Database) Works(ctx context.Context) error {
	tx, err := s.Write.BeginTx(ctx, nil)
	if err != nil {
		return Explain(err)
	}
	return tx.Rollback()
}

// Close closes all connections. The write-ahead log is merged into the file.
func (s *Database) Close() error {
	return errors.Join(s.Read.Close(), s.Write.Close())
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

func migrate(ctx context.Context, db *sql.DB, inGo []*goose.Migration) error {
	steps, have, known, err := versions(ctx, db, inGo)
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
func versions(ctx context.Context, db *sql.DB,
	inGo []*goose.Migration,
) (steps *goose.Provider, have, known int64, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, 0, 0, err
	}
	steps, err = goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithGoMigrations(inGo...),
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
