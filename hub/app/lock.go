package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// lockName is a file in data_dir that a running hub holds locked. It stays when the hub ends.
const lockName = "hub.lock"

// lockFolder locks a folder for this process: two hubs on one database would ring and record
// every call twice. The system releases the lock when the process ends.
func lockFolder(folder string) (*flock.Flock, error) {
	path := filepath.Join(folder, lockName)
	lock := flock.New(path)
	locked, err := lock.TryLock()
	var openErr *fs.PathError
	switch {
	case errors.As(err, &openErr):
		return nil, fmt.Errorf("not writable: %w; create the folder and make the hub's user its owner", err)
	case err != nil:
		return nil, fmt.Errorf("cannot lock %s: %w; data_dir must be on a local disk", path, err)
	case !locked:
		return nil, fmt.Errorf("another hub%s uses %s; stop it first, or set another data_dir", owner(path), folder)
	}
	// For the message above only. On Windows the lock covers the content, and the number is
	// missing.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return lock, nil
}

// owner is the process that holds the lock, if the file names it.
func owner(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}
