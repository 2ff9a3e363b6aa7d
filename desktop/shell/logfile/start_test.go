//go:build linux

package logfile

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
	log, path, closeLog, err := Start(folder, false)
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

// What a hub sends cannot be more than text in the log, and cannot fill it.
func TestLogIsPrintableAndBounded(t *testing.T) {
	folder := t.TempDir()
	log, path, closeLog, err := Start(folder, false)
	if err != nil {
		t.Fatal(err)
	}
	log.Warn("hub said\nlevel=ERROR msg=invented", "text", "\x1b[2J\u202e"+strings.Repeat("x", 1<<20))
	for range 2000 {
		log.Info("noise", "text", strings.Repeat("x", 1000))
	}
	log.Warn("the one that matters")
	closeLog()
	text, err := os.ReadFile(path)
	if err != nil || len(text) > 400<<10 || strings.ContainsAny(string(text), "\x1b\u202e") ||
		strings.Contains(string(text), "\nlevel=ERROR") || !strings.Contains(string(text), "the one that matters") ||
		!strings.Contains(string(text), "dropping it for up to a minute") {
		t.Errorf("%d bytes, %v: %.200q", len(text), err, text)
	}
}
