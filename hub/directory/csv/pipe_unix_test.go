//go:build unix

package csv

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe would block the read forever, and the next reload with it.
func TestPipeIsRejected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := readFile(t, path)
	if err == nil || !strings.Contains(err.Error(), path+" is not a regular file") {
		t.Errorf("got %v", err)
	}
}
