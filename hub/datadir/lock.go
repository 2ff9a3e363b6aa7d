// Package datadir owns the folder data_dir: the names of the hub's files in it, the lock of a running
// hub, and who may read the files. It starts no goroutines.
package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"traybell/hub/config"
	"traybell/shared/bounded"

	"github.com/gofrs/flock"
)

// What is in data_dir.
const (
	Database = "traybell.db"
	Journal  = "calls.journal"
	Desktops = "desktops" // folder with the programs that the hub hands out
)

// DatabaseFile is the path of the database.
func DatabaseFile(cfg *config.Config) string { return filepath.Join(cfg.DataDir, Database) }

// LockFile is a file in data_dir that a running hub holds locked. It stays when the hub ends.
const LockFile = "hub.lock"

const maxLock = 4 << 10 // bytes

// LockedError means that a hub runs with the folder.
type LockedError struct {
	Folder  string
	Process int    // 0: unknown
	Address string // its listen address; empty: unknown
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("another hub%s uses %s; stop it first, or set another data_dir", e.Owner(), e.Folder)
}

// Owner is the process, if known: " (process 1234)".
func (e *LockedError) Owner() string {
	if e.Process == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %d)", e.Process)
}

// Lock locks a folder for this process: two hubs on one database would ring and record
// every call twice. The system releases the lock when the process ends.
func Lock(folder string) (*flock.Flock, error) {
	path := filepath.Join(folder, LockFile)
	lock := flock.New(path)
	locked, err := lock.TryLock()
	var openErr *fs.PathError
	switch {
	case errors.As(err, &openErr):
		return nil, Unwritable(folder, err)
	case err != nil:
		return nil, fmt.Errorf("cannot lock %s: %w; data_dir must be on a local disk", path, err)
	case !locked:
		return nil, lockedBy(folder)
	}
	return lock, nil
}

// NameOwner writes this process and its address into the lock file, for messages and `check` only.
// On Windows the lock covers the content, so others cannot read it.
func NameOwner(lock *flock.Flock, address string) {
	_ = os.WriteFile(lock.Path(), fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), address), 0o600)
}

func lockedBy(folder string) *LockedError {
	e := &LockedError{Folder: folder}
	if text, err := bounded.ReadFile(filepath.Join(folder, LockFile), maxLock); err == nil {
		process, address, _ := strings.Cut(string(text), "\n")
		e.Process, _ = strconv.Atoi(strings.TrimSpace(process))
		e.Address = strings.TrimSpace(address)
	}
	return e
}

// Unwritable adds the fix to the error of a folder in which a file cannot be written.
func Unwritable(folder string, err error) error {
	info, statErr := os.Stat(folder)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		return fmt.Errorf("not writable: the folder %s does not exist; create it and make the hub's user its owner",
			folder)
	case statErr == nil && !info.IsDir(), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("not writable: %s is a file, not a folder; remove it or use another folder", folder)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("not writable: the disk of %s is full: %w", folder, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("not writable: the disk of %s is mounted read-only, or the service may not write there "+
			"(systemd: ReadWritePaths=%[1]s): %w", folder, err)
	}
	return fmt.Errorf("not writable: %w; make the hub's user the owner of %s", err, folder)
}

// Try creates and locks a file in a folder, as a hub will, and removes it.
func Try(folder string) error {
	f, err := os.CreateTemp(folder, ".check-*")
	if err != nil {
		return Unwritable(folder, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // reported below
	lock := flock.New(f.Name())
	if _, err := lock.TryLock(); err != nil {
		return errors.Join(fmt.Errorf("cannot lock a file in %s: %w; data_dir must be on a local disk", folder, err),
			f.Close())
	}
	_, err = f.WriteString("traybell-hub check\n")
	if err = errors.Join(err, f.Sync(), f.Close(), lock.Unlock()); err != nil {
		return Unwritable(folder, err)
	}
	return nil
}
