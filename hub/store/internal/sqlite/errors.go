package sqlite

import (
	"errors"
	"fmt"
	"io/fs"

	"traybell/hub/batch"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Refusal marks an error that the database would return for the same item again. All others mean
// that the database is away.
func Refusal(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE:
			return &batch.RefusedError{Err: err}
		}
	}
	return err
}

var errDamaged = errors.New("the file is damaged")

// Explain adds a remedy to an error of the file.
func Explain(err error) error {
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
				"away to start with an empty one: %w", errDamaged, err)
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
