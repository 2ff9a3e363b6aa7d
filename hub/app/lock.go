package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockName is a file in data_dir that a running hub holds locked. The system lets go of it when the
// hub ends, however it ends; the file stays.
const lockName = "hub.lock"

// lock is held while a hub works in a folder.
type lock struct{ file *os.File }

// errLocked is what lockFile says where another process holds the file.
var errLocked = errors.New("locked by another process")

// lockFolder takes a folder for this process alone: two hubs on one database would make every
// ticket twice.
func lockFolder(folder string) (*lock, error) {
	path := filepath.Join(folder, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil,
			fmt.Errorf("the hub cannot write there: %w; make the folder, and give it to the user that runs the hub",
				err)
	}
	if err := lockFile(file); err != nil {
		defer file.Close() //nolint:errcheck // nothing was written
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("%s cannot be locked: %w; data_dir must be on a disk of this computer", path, err)
		}
		who := "another hub"
		if text, err := io.ReadAll(io.LimitReader(file, 32)); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				who += fmt.Sprintf(" (process %d)", pid)
			}
		}
		return nil, fmt.Errorf("%s works in %s; stop it first, or give this one a folder of its own", who, folder)
	}
	_ = file.Truncate(0) // that the number cannot be written is no reason not to run
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &lock{file}, nil
}

func (l *lock) release() { _ = l.file.Close() }
