package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/batch"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/store"
	"traybell/hub/store/storetest"
	"traybell/hub/store/storetest/empty"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func openAt(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	storetest.RunTests(t, func(t *testing.T) (storetest.Store, func() storetest.Store) {
		path := filepath.Join(t.TempDir(), "a folder, 100% ?#&", "traybell.db")
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		empty.Database(t, path)
		return openAt(t, path), func() storetest.Store { return openAt(t, path) }
	})
}

func TestVersionZeroIsUpgraded(t *testing.T) {
	dump, err := os.ReadFile("testdata/version0.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "traybell.db")
	run(t, path, string(dump))
	s := openAt(t, path)

	c, err := s.Category(t.Context(), "+74951234567")
	if err != nil {
		t.Fatal(err)
	}
	want := protocol.Category{
		Number: "+74951234567", Color: protocol.Red, Comment: "Ругается", Author: "anna",
		Changed: time.Date(2026, 11, 22, 5, 53, 35, 123456000, time.UTC),
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("the category (-want +got):\n%s", diff)
	}
	if history, err := s.Categories(t.Context(), want.Number); err != nil || len(history) != 1 || history[0] != want {
		t.Errorf("its history begins with %+v, %v", history, err)
	}
	r, ok, err := s.TicketOf(t.Context(), "main:1795319561.0")
	if err != nil || !ok || r.State != tickets.Made || r.Ticket.Number != "2026112210000431" {
		t.Errorf("the created ticket is %+v, %v, %v", r, ok, err)
	}
	pending, err := s.ClaimTickets(t.Context(), jobs.Claim{Owner: "one"})
	if err != nil || len(pending) != 1 || pending[0].CallID != "main:1795319570.4" {
		t.Errorf("pending are %+v, %v", pending, err)
	}
	if _, err := s.AddListed(t.Context(), helpdesk.Draft{CallID: "main:1.0", Title: "x"}); err != nil {
		t.Errorf("the list, which version 0 did not have: %v", err)
	}
}

func TestFileIsReadableByItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traybell.db")
	s := openAt(t, path)
	if err := s.SetCategory(t.Context(), protocol.Category{Number: "1", Color: protocol.Red}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("the files are %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}

func TestOpenErrorsSayHowToFix(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want []string
	}{
		{"not a database", func(t *testing.T, path string) {
			write(t, path, strings.Repeat("pbx: main\n", 1000))
		}, []string{"damaged or is not a SQLite database", "restore a backup"}},
		{"a page is overwritten", damaged, []string{"damaged", "restore a backup"}},
		{"from a newer hub", func(t *testing.T, path string) {
			openAt(t, path)
			run(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
		}, []string{"newer traybell-hub", "999"}},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"directory"}},
		{"its folder is missing", func(t *testing.T, path string) {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}, []string{"folder does not exist", "data_dir"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "traybell.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			test.make(t, path)
			s, err := store.Open(t.Context(), path)
			if err == nil {
				s.Close()
				t.Fatal("no error")
			}
			for _, want := range append(test.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

// damaged overwrites the middle of a database with many pages.
func damaged(t *testing.T, path string) {
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := s.SetCategory(t.Context(), protocol.Category{
			Number: fmt.Sprint(i), Color: protocol.Red, Comment: strings.Repeat("x", 500),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("\xde\xad", 8192)), info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// run executes SQL on a file, bypassing the store.
func run(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statements); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Records of earlier versions count the agents' own calls as missed.
func TestOwnCallsAreNoLongerMissed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traybell.db")
	old, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	call := func(id string, d protocol.Direction, told string) cdr.Record {
		return cdr.Record{
			CallID: id, PBX: "main", State: cdr.Final, Direction: d, Number: "1", Agent: "anna", Started: at, Ended: at,
			Missed: true, Told: told,
		}
	}
	if err := old.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{
		call("in", protocol.Incoming, "anna\n"), call("out", protocol.Outgoing, "anna\n"),
		call("mailbox", protocol.Internal, "anna\n"), call("colleague", protocol.Internal, "anna\nboris\n"),
	}, nil); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, path, `DELETE FROM goose_db_version WHERE version_id = 14; ALTER TABLE call_record DROP COLUMN blocked`)
	s := openAt(t, path)
	missed := map[string]bool{}
	if err := s.EachRecord(t.Context(), at, at.Add(time.Hour), func(r cdr.Record) error {
		missed[r.CallID] = r.Missed
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"in": true, "out": false, "mailbox": false, "colleague": true}
	if diff := cmp.Diff(want, missed); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
}

// A row that cannot be read, such as one that was edited by hand, hides no other.
func TestUnreadableRowsHideNoOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traybell.db")
	s := openAt(t, path)
	for _, call := range []string{"main:1", "main:2"} {
		if _, _, err := s.BeginTicket(t.Context(), tickets.Request{
			CallID: call, ActionID: call, Agent: "anna", State: tickets.Pending, At: time.Now(),
			Draft: helpdesk.Draft{CallID: call, Title: "Call"},
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{
			{CallID: call, PBX: "main", State: cdr.Open, Started: time.Now()},
		}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.KeepTraces(t.Context(), []trace.Trace{
			{CallID: call, PBX: "main", At: time.Now(), Steps: []trace.Step{{What: trace.Seen}, {What: trace.Ticket}}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	run(t, path, `UPDATE ticket_request SET draft = '{"CallID":' WHERE call_id = 'main:1';
		UPDATE call_record SET started = 'yesterday' WHERE call_id = 'main:1';
		UPDATE call_trace SET steps = '{' || char(10) || steps WHERE call_id = 'main:1'`)
	left, err := s.ClaimTickets(t.Context(), jobs.Claim{Owner: "hub", Until: time.Now().Add(time.Minute)})
	if err == nil || !strings.Contains(err.Error(), "main:1") || len(left) != 1 || left[0].CallID != "main:2" {
		t.Errorf("requests: %v, %v", left, err)
	}
	open, err := s.Records(cdr.File{}).UnfinishedRecords(t.Context())
	var refused *batch.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "main:1") || len(open) != 1 {
		t.Errorf("records: %v, %v", open, err)
	}
	got, _, err := s.TraceOf(t.Context(), "main:1")
	if err != nil || len(got.Steps) != 3 {
		t.Errorf("the trace: %+v, %v", got, err)
	}
}
