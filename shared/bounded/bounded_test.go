package bounded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/shared/bounded"
)

func TestSizes(t *testing.T) {
	const most = 100
	for size, ok := range map[int]bool{0: true, most: true, most + 1: false, 1 << 20: false} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := bounded.ReadFile(path, most)
		var large *bounded.TooLargeError
		if ok != (err == nil) || ok && len(text) != size || !ok && (!errors.As(err, &large) || large.Name != path) {
			t.Errorf("%d bytes: %d read, %v", size, len(text), err)
		}
	}
}

type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	e.given += len(p)
	return len(p), nil
}

func TestEndlessTextIsNotReadToTheEnd(t *testing.T) {
	e := &endless{}
	if text, err := bounded.ReadAll(e, 1<<20); err == nil || text != nil || e.given > 4<<20 {
		t.Errorf("%d bytes, %v, after %d bytes", len(text), err, e.given)
	}
}

func TestOnlyRegularFiles(t *testing.T) {
	for _, path := range []string{t.TempDir(), os.DevNull} {
		if _, err := bounded.ReadFile(path, 100); !errors.Is(err, bounded.ErrNoFile) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := bounded.ReadFile(filepath.Join(t.TempDir(), "none"), 100); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
