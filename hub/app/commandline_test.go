package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/store"
)

// The command reload returns when hub.yml is in use, or says why it is not.
func TestReloadCommand(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	before := s.metric(taken)
	write := func(yaml string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(s.yaml, "name: Support,", "name: Helpline,", 1))
	if said := s.must("reload"); !strings.Contains(said, "hub.yml was read and is in use.") {
		t.Error(said)
	}
	if now := s.metric(taken); now <= before {
		t.Errorf("the hub has read its files %v times", now)
	}
	write(s.yaml + "nonsense: 1\n")
	if said, err := s.command("reload"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("%v\n%s", err, said)
	}
	write(s.yaml)
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := s.command("reload"); err == nil || !strings.Contains(err.Error(), "no hub runs") {
		t.Errorf("%v\n%s", err, said)
	}
}

// The command backup copies the database of a running hub; the copy is complete and private.
func TestBackupCommand(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	copied := filepath.Join(s.dir, "a copy.db")
	said := s.must("backup", copied)
	if !strings.Contains(said, copied) {
		t.Error(said)
	}
	info, err := os.Stat(copied)
	if err != nil || info.Mode() != 0o600 {
		t.Fatal(fmt.Sprint(info.Mode()), err)
	}
	db, err := store.OpenToRead(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if said, err := s.command("backup", copied); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a copy was replaced: %v\n%s", err, said)
	}
	if said, err := s.command("backup", filepath.Join(s.dir, "none", "x.db")); err == nil {
		t.Error(said)
	}

	folder := filepath.Join(s.dir, "backups")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"05", "03", "04"} {
		if err := os.WriteFile(filepath.Join(folder, "traybell-202601"+day+"T000000Z.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.must("backup")
	kept, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(kept) != 3 || filepath.Base(kept[0]) != "traybell-20260104T000000Z.db" {
		t.Errorf("%q %v", kept, err)
	}
}
