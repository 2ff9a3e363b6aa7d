//go:build unix

package watch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Opening a pipe would block reloads and the end of the hub.
func TestPipeDoesNotBlock(t *testing.T) {
	for _, name := range []string{"pbx.secret", "hub.yml"} {
		dir := folder(t, map[string]string{
			"hub.yml":    "pbx:\n  - {id: main, address: \"127.0.0.1:5038\", username: a, password_file: pbx.secret}\n",
			"pbx.secret": "a\n",
		})
		path := filepath.Join(dir, "hub.yml")
		x := watch(t, dir, Files{
			Settle: 20 * time.Millisecond, Doubt: 20 * time.Millisecond, Poll: 50 * time.Millisecond,
		})
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		x.now <- os.Interrupt // wait until it watches
		x.takes(string(before))
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if want := string(before); name == "hub.yml" {
			x.takes("")
		} else {
			x.takes(want)
		}
	}
}
