package replace

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFileIsReplacedAsAWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "state")
	for _, content := range []string{"the first, a long one", "second", ""} {
		if err := File(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != content || err != nil {
			t.Errorf("the file has %q, %v; want %q", got, err, content)
		}
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNothingIsLeftAfterAnError(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "state")
	if err := os.MkdirAll(filepath.Join(path, "a folder"), 0o700); err != nil { // where the file should be
		t.Fatal(err)
	}
	if err := File(path, []byte("x")); err == nil {
		t.Error("a folder is replaced")
	}
	if list, err := os.ReadDir(folder); err != nil || len(list) != 1 {
		t.Errorf("the folder has %v, %v", list, err)
	}
}

func TestOthersMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "entry")
	if err := Mode(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
