package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"traybell/hub/store"
)

// The file belongs to the user of the test and is opened by another user, so that the test also
// works as root.
func TestReadOnlyFileSaysHowToFix(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "traybell.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, folder, filepath.Dir(folder)} { // readable by all, writable by none
		if err := os.Chmod(p, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(folder), 0o755); _ = os.Chmod(folder, 0o755) })

	opened := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its file system user with it
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				opened <- nil
				return
			}
		}
		s, err := store.Open(t.Context(), path)
		if err == nil {
			s.Close()
		}
		opened <- err
	}()
	err = <-opened
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{path, "may not", "user that the hub runs as"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}
