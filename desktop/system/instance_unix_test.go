//go:build unix

package system

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The session starts the program, and so may the user at the same time.
func TestConcurrentStarts(t *testing.T) {
	isolate(t)
	for range 10 {
		var mu sync.Mutex
		var first []*Instance
		var starts sync.WaitGroup
		for range 8 {
			starts.Go(func() {
				one, err := Acquire(t.Context(), "test-settings", Request{}, func(Request) {})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					first = append(first, one)
				case !errors.Is(err, ErrRunning):
					t.Error(err)
				}
			})
		}
		starts.Wait()
		if len(first) != 1 {
			t.Errorf("%d of 8 became the instance", len(first))
		}
		for _, one := range first {
			_ = one.Close()
		}
	}
}

// The temporary folder is shared by all users.
func TestForeignFolderIsRejected(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	one, err := Acquire(t.Context(), "test-settings", Request{}, func(Request) {})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(tmp)
	if err != nil || len(entries) != 1 || one.Close() != nil {
		t.Fatalf("in the temporary folder: %v (%v)", entries, err)
	}
	dir := filepath.Join(tmp, entries[0].Name())
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder: %v, %v", info.Mode(), err)
	}
	elsewhere := t.TempDir()
	for name, others := range map[string]func() error{
		"writable by others": func() error { return os.Chmod(dir, 0o777) }, //nolint:gosec // unsafe on purpose
		"a symbolic link":    func() error { return errors.Join(os.RemoveAll(dir), os.Symlink(elsewhere, dir)) },
		"a file":             func() error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)) },
	} {
		if err := others(); err != nil {
			t.Fatal(err)
		}
		if one, err := Acquire(t.Context(), "test-settings", Request{}, func(Request) {}); err == nil || errors.Is(err,
			ErrRunning) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v, %v", name, one, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
