//go:build unix

package directory

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"traybell/shared/protocol"
)

// A pipe would let the reading wait for ever, and with it the reload that wants to end it.
func TestAPipeIsNoCSVFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	err := NewCSV("customers", path).Read(t.Context(), func(protocol.Customer) {}, func(Problem) {})
	if err == nil || !strings.Contains(err.Error(), path+" is no file") {
		t.Errorf("it says %v", err)
	}
}
