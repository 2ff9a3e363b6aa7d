package records

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"

	"github.com/pressly/goose/v3"
)

// Calls that were recorded before there was a search are found.
func TestSearchFindsRecordsOfEarlierVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traybell.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../internal/sqlite/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 12000)
		INSERT INTO call_record (call_id, pbx, state, direction, number, e164, name, did, line, extension, agent,
			started, answered, ended, seen, rang, cause, missed, end_unseen, customer, customer_name, ticket,
			ticket_url)
		SELECT 'main:' || i, 'main', 'final', CASE WHEN i = 3 THEN 'internal' ELSE 'incoming' END, '84951234567',
		'+74951234567', 'ИВАН', '', '', '101', 'anna', '2026-11-22T05:53:35.123456Z', '',
		'2026-11-22T05:53:36.123456Z', '', 0,
		16, 1, 0, '', '', CASE WHEN i = 12000 THEN 'OLD-7' ELSE '' END, '' FROM n`,
		`INSERT INTO call_record_agent (call_id, login, started) VALUES
			('main:1', 'anna', '2026-11-22T05:53:35.123456Z'),
			('main:3', 'anna', '2026-11-22T05:53:35.123456Z'), ('main:12000', 'anna', '2026-11-22T05:53:35.123456Z')`,
		`INSERT INTO ticket_request (call_id, action_id, agent, state, ticket_id, ticket_number, ticket_url, error, at)
			VALUES ('main:1', 'a', 'anna', 'made', '1', 'LATE-1', '', '', '2026-11-22T05:53:35.123456Z')`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, path)
	records := s.Records(cdr.File{})
	for text, want := range map[string]int{"иван": 3, "495 123-45-67": 3, "late-1": 1, "old-7": 1, "петр": 0} {
		found, err := records.RecordsOf(t.Context(), cdr.Search{
			Login: "anna", Before: time.Now().AddDate(100, 0, 0), Limit: 10, Text: text,
		})
		if err != nil || len(found.Records) != want {
			t.Errorf("%q finds %d calls, %v; want %d", text, len(found.Records), err, want)
		}
	}
	if r, ok, err := records.PreviousRecord(t.Context(), "+74951234567", time.Now().AddDate(100, 0, 0), ""); !ok ||
		err != nil || r.CallID == "main:3" {
		t.Errorf("the last call with that number: %+v, %t, %v", r, ok, err)
	}
}

// Searches may take a second each. They leave connections for the cards.
func TestSearchesLeaveConnectionsFree(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "traybell.db"))
	records := s.Records(cdr.File{})
	search := cdr.Search{Login: "anna", Before: time.Now(), Limit: 10, Text: "ivan"}
	for range searchesAtOnce {
		s.searches.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := records.RecordsOf(ctx, search); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one search too many: %v", err)
	}
	if _, err := records.RecordsOf(t.Context(), cdr.Search{Login: "anna", Before: time.Now(), Limit: 10}); err != nil {
		t.Errorf("a page that needs no search: %v", err)
	}
	if searchesAtOnce >= sqlite.Readers {
		t.Errorf("%d searches at once take all of %d connections", searchesAtOnce, sqlite.Readers)
	}
	<-s.searches.slots
	for range 3 { // each frees its slot
		if _, err := records.RecordsOf(t.Context(), search); err != nil {
			t.Errorf("the next search: %v", err)
		}
	}
}

// An agent's desktops may ask for a hundred searches at once.
func TestSearchesOfOneAgentDelayNoOthers(t *testing.T) {
	s := newSearches()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end, err := s.begin(ctx, "anna")
	if err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	for range 100 {
		waiting.Go(func() {
			if end, err := s.begin(ctx, "anna"); err == nil {
				end()
			}
		})
	}
	soon, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	other, err := s.begin(soon, "boris")
	if err != nil {
		t.Fatalf("the search of another agent: %v", err)
	}
	other()
	end()
	cancel()
	waiting.Wait()
	if len(s.own) != 0 || len(s.slots) != 0 {
		t.Errorf("%d agents and %d slots are left", len(s.own), len(s.slots))
	}
}
