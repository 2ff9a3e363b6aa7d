//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Windows program without a console cannot write to stderr.
func TestLogWithoutConsole(t *testing.T) {
	was, folder := os.Stderr, t.TempDir()
	broken, err := os.Open(os.DevNull) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	_ = broken.Close()
	os.Stderr = broken
	defer func() { os.Stderr = was }()
	log, path, closeLog, err := Options{Folder: folder}.openLog()
	if err != nil || path != filepath.Join(folder, "traybell.log") {
		t.Fatal(path, err)
	}
	log.Warn("something to remember")
	closeLog()
	text, err := os.ReadFile(filepath.Join(folder, "traybell.log"))
	if err != nil || !strings.Contains(string(text), "something to remember") {
		t.Errorf("%q, %v", text, err)
	}
}
