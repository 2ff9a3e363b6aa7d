package logfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The same error for months does not fill the disk, and its last entries are kept.
func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "traybell.log")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	entry := append(bytes.Repeat([]byte("x"), 1000), '\n')
	for range 5 * maxMegabytes << 20 / len(entry) {
		if n, err := l.Write(entry); n != len(entry) || err != nil {
			t.Fatal(n, err)
		}
	}
	vast := bytes.Repeat([]byte("y"), 30<<20)
	if n, err := l.Write(vast); n != len(vast) || err != nil {
		t.Fatal(n, err)
	}
	if n, err := l.Write([]byte("the last\n")); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(10 * time.Second); len(All(path)) > 2 && time.Now().Before(late); {
		time.Sleep(10 * time.Millisecond) // the oldest are removed in the background
	}
	files := All(path)
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 || len(files) != 2 {
		t.Fatalf("the folder has %v, %v; the log is %q", entries, err, files)
	}
	var all []byte
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || info.Size() > maxMegabytes<<20+2*maxEntry || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if !bytes.HasSuffix(all, []byte("yyy…\nthe last\n")) {
		t.Errorf("the log ends in %q", all[max(0, len(all)-20):])
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "traybell.log")); err == nil {
		t.Error("a log was opened below a file")
	}
}
