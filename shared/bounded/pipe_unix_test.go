//go:build unix

package bounded

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// A file that becomes a pipe between the look at it and its opening does not block the reader.
func TestPipeInsteadOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := open(path); !errors.Is(err, ErrNoFile) || f != nil {
		t.Errorf("%v, %v", f, err)
	}
}
