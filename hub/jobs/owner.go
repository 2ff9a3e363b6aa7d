package jobs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ownerFile is a file in the data directory. Losing it costs one lease of waiting at the next
// start.
const ownerFile = "owner"

// LoadOwner returns the owner of a data directory and creates it on the first start, so that a
// restarted hub takes its own work at once. The caller holds the directory's lock.
func LoadOwner(dataDir string) (string, error) {
	path := filepath.Join(dataDir, ownerFile)
	text, err := os.ReadFile(path) //nolint:gosec // in the administrator's data_dir
	if owner := strings.TrimSpace(string(text)); owner != "" {
		return owner, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the hub's owner id: %w", err)
	}
	owner := rand.Text()
	if err := write(path, owner+"\n"); err != nil {
		return "", fmt.Errorf("write the hub's owner id: %w", err)
	}
	return owner, nil
}

// write writes a file so that it is there whole or not at all, also after a power cut.
func write(path, text string) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // in data_dir
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
