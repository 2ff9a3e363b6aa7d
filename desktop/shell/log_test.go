//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Windows program without a console has a stderr that cannot be written to.
func TestTheLogIsKeptWithoutAConsole(t *testing.T) {
	was, folder := os.Stderr, t.TempDir()
	broken, err := os.Open(os.DevNull) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	_ = broken.Close()
	os.Stderr = broken
	defer func() { os.Stderr = was }()
	s := &shell{opts: Options{Folder: folder}}
	closeLog, err := s.openLog(folder)
	if err != nil {
		t.Fatal(err)
	}
	s.log.Warn("something to remember")
	closeLog()
	text, err := os.ReadFile(filepath.Join(folder, "traybell.log"))
	if err != nil || !strings.Contains(string(text), "something to remember") {
		t.Errorf("%q, %v", text, err)
	}
}
