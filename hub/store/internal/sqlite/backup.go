package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// Backup copies the database of a hub, which may be running, into a new file that only its owner may
// read. It works for databases of any version.
func Backup(ctx context.Context, path, to string) error {
	if err := backup(ctx, path, to); err != nil {
		return fmt.Errorf("copy the database %s: %w", path, Explain(err))
	}
	return nil
}

func backup(ctx context.Context, path, to string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	copied, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	// query_only would refuse VACUUM INTO, which writes the copy alone.
	db, err := sql.Open("sqlite", dsn(path, url.Values{"mode": {"rw"}}))
	if err == nil {
		// SQLite accepts an empty file.
		_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
		err = errors.Join(err, db.Close())
	}
	if err == nil {
		err = copied.Sync()
	}
	if err = errors.Join(err, copied.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}
