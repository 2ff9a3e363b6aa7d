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

// LoadOwner returns the owner that belongs to a data directory. It makes one on the first start, so
// that a restarted hub takes its own work at once. The caller holds the directory's lock.
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
	if err := os.WriteFile(path, []byte(owner+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the hub's owner id: %w", err)
	}
	return owner, nil
}
