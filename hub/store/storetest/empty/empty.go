// Package empty gives tests a new database. Under the race detector the migrations take most of the
// time that a hub needs to start.
package empty

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"traybell/hub/store"
)

// Database writes a database without rows, as store.Open creates it, to a new file.
func Database(t *testing.T, path string) {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "empty")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "traybell.db")
	s, err := store.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
