package jobs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"traybell/shared/bounded"
	"traybell/shared/replace"
)

// ownerFile is a file in the data directory. Losing it costs one lease of waiting at the next
// start.
const (
	ownerFile = "owner"
	maxOwner  = 4 << 10 // bytes
)

// LoadOwner returns the owner of a data directory and creates it on the first start, so that a
// restarted hub takes its own work at once. The caller holds the directory's lock.
func LoadOwner(dataDir string) (string, error) {
	owner, err := ReadOwner(dataDir)
	if owner != "" || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return owner, err
	}
	owner = rand.Text()
	if err := replace.File(filepath.Join(dataDir, ownerFile), []byte(owner+"\n")); err != nil {
		return "", fmt.Errorf("write the hub's owner id: %w", err)
	}
	return owner, nil
}

// ReadOwner is LoadOwner without creating it: fs.ErrNotExist before the first start.
func ReadOwner(dataDir string) (string, error) {
	text, err := bounded.ReadFile(filepath.Join(dataDir, ownerFile), maxOwner)
	if err != nil {
		return "", fmt.Errorf("read the hub's owner id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
