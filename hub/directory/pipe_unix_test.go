//go:build unix

package directory

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"traybell/shared/protocol"
)

// A pipe would block the read forever, and the next reload with it.
func TestPipeIsRejected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	err := NewCSV("customers", path).Read(t.Context(), func(protocol.Customer) {}, func(Problem) {})
	if err == nil || !strings.Contains(err.Error(), path+" is not a regular file") {
		t.Errorf("got %v", err)
	}
}
