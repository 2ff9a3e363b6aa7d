//go:build unix

package platform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A session that begins starts the program, and so does its impatient owner.
func TestOfManyStartsAtOnceOneIsTheFirst(t *testing.T) {
	apart(t)
	for range 10 {
		var mu sync.Mutex
		var first []*Instance
		var starts sync.WaitGroup
		for range 8 {
			starts.Go(func() {
				one, err := BeTheOne(t.Context(), "test-settings", Request{}, func(Request) {})
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
			t.Errorf("%d of 8 take themselves for the first", len(first))
		}
		for _, one := range first {
			_ = one.Close()
		}
	}
}

// The folder for what is temporary is everybody's.
func TestNobodyElsesFolderIsTrusted(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	one, err := BeTheOne(t.Context(), "test-settings", Request{}, func(Request) {})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(tmp)
	if err != nil || len(entries) != 1 || one.Close() != nil {
		t.Fatalf("in the folder for what is temporary are %v (%v)", entries, err)
	}
	dir := filepath.Join(tmp, entries[0].Name())
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
	elsewhere := t.TempDir()
	for name, others := range map[string]func() error{
		"others may write to it": func() error { return os.Chmod(dir, 0o777) }, //nolint:gosec // that is the fault
		"it leads elsewhere":     func() error { return errors.Join(os.RemoveAll(dir), os.Symlink(elsewhere, dir)) },
		"it is a file":           func() error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)) },
	} {
		if err := others(); err != nil {
			t.Fatal(err)
		}
		if one, err := BeTheOne(t.Context(), "test-settings", Request{}, func(Request) {}); err == nil || errors.Is(err,
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
