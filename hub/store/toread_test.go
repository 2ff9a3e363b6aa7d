package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/store"
	"traybell/shared/protocol"
)

func TestOpenToReadChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traybell.db")
	s := openAt(t, path)
	red := protocol.Category{Number: "+74951234567", Color: protocol.Red}
	if err := s.SetCategory(t.Context(), red); err != nil {
		t.Fatal(err)
	}
	asking, err := store.OpenToRead(t.Context(), path) // while the hub runs
	if err != nil {
		t.Fatal(err)
	}
	defer asking.Close()
	if c, err := asking.Category(t.Context(), red.Number); err != nil || c.Color != protocol.Red {
		t.Errorf("read %+v, %v", c, err)
	}
	red.Color = protocol.Green
	if err := asking.SetCategory(t.Context(), red); err == nil {
		t.Error("a write succeeded")
	}
	if err := s.SetCategory(t.Context(), red); err != nil {
		t.Errorf("the hub cannot write: %v", err)
	}
	if c, err := asking.Category(t.Context(), red.Number); err != nil || c.Color != protocol.Green {
		t.Errorf("read %+v, %v", c, err)
	}
}

// A newly installed program must not migrate the database of the hub that still runs, nor before it
// was backed up.
func TestOpenToReadRefusesOtherVersions(t *testing.T) {
	dump, err := os.ReadFile("testdata/version0.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"older", func(t *testing.T, path string) {
			openAt(t, path)
			run(t, path, "DELETE FROM goose_db_version WHERE version_id = 9")
		}, "older traybell-hub"},
		{"newer", func(t *testing.T, path string) {
			openAt(t, path)
			run(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
		}, "newer traybell-hub"},
		{"of the first version", func(t *testing.T, path string) { run(t, path, string(dump)) }, "traybell-hub"},
		{"empty", func(t *testing.T, path string) { write(t, path, "") }, "start the hub once"},
		{"nothing", func(*testing.T, string) {}, "traybell.db"},
		{"damaged", damaged, "restore a backup"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "traybell.db")
			test.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := store.OpenToRead(t.Context(), path)
			if err == nil {
				s.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%q lacks %q or its path", err, test.want)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}
