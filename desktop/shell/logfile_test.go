package shell

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Something goes wrong again and again, for months: the disk does not fill, and the last of it is
// there.
func TestTheLogDoesNotGrowWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "traybell.log")
	l, err := openLogFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entry := append(bytes.Repeat([]byte("x"), 1000), '\n')
	for range 5 * mostLog / len(entry) {
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
	for _, name := range []string{path, path + ".old"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > mostLog+2*mostLine || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	before, err := os.ReadFile(path + ".old")
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(path)
	if text := slices.Concat(before, now); err != nil || !bytes.HasSuffix(text, []byte("yyy…\nthe last\n")) {
		t.Errorf("it ends in %q, %v", text[max(0, len(text)-20):], err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
		t.Errorf("there are %v, %v", entries, err)
	}
}
