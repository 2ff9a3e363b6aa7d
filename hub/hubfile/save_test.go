package hubfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReplaceKeepsTheOldFileAndItsRights(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.yml")
	if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(path), "link.yml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	if _, err := Replace(link, []byte("what it was before\n"), []byte("new\n"), now); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that somebody changed: %v", err)
	}
	backup, err := Replace(link, []byte("old\n"), []byte("new\n"), now)
	if err != nil {
		t.Fatal(err)
	}
	is, _ := os.ReadFile(path)
	was, _ := os.ReadFile(backup)
	info, err := os.Stat(path)
	if err != nil || string(is) != "new\n" || string(was) != "old\n" || info.Mode().Perm() != 0o640 {
		t.Errorf("%q, %q, %v, %v", is, was, info.Mode(), err)
	}
	if at, err := os.Readlink(link); err != nil || at != path {
		t.Errorf("the link was replaced by a file: %v", err)
	}
	for _, step := range [][2]string{{"new\n", "newer\n"}, {"newer\n", "newest\n"}} {
		second, err := Replace(link, []byte(step[0]), []byte(step[1]), now)
		kept, _ := os.ReadFile(second)
		if err != nil || second == backup || string(kept) != step[0] {
			t.Errorf("a backup of the same second: %s has %q, %v", second, kept, err)
		}
	}
	if was, _ := os.ReadFile(backup); string(was) != "old\n" {
		t.Errorf("the first backup was overwritten: %q", was)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".hub.yml.*"))
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 || len(left) > 0 {
		t.Errorf("the backup %v %v; left behind: %v", info.Mode(), err, left)
	}
}
