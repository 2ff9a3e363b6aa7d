package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/store"
	"traybell/shared/protocol"
)

// The hub reads the numbers of earlier versions in its region.
func TestCategoryOfAnEarlierVersionIsFound(t *testing.T) {
	s := tell(t)
	s.yaml = "region: MX\n" + s.yaml
	db, err := store.Open(t.Context(), filepath.Join(s.dir, "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetCategory(t.Context(), protocol.Category{
		Number: "0445512345678", Color: protocol.Red, Comment: "Shouts", Author: "Anna Petrova",
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s.start()
	for _, number := range []string{"55 1234 5678", "+52 1 55 1234 5678"} {
		if out := s.must("notes", number); !strings.Contains(out, "Shouts") {
			t.Errorf("%s:\n%s", number, out)
		}
	}
}
