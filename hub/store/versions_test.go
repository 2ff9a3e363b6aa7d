package store_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"traybell/hub/audit"
	"traybell/hub/blocking"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/tracking"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// Open pages load themselves again after each of these changes, and only then.
func TestVersionsFollowChanges(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "traybell.db"))
	ctx, now := t.Context(), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	record := cdr.Record{
		CallID: "main:1", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Started: now,
	}
	number, block := "", int64(0)
	for _, step := range []struct {
		name, subject string
		change        func() error
	}{
		{"nothing", "", func() error { return nil }},
		{"a call begins", "records", func() error {
			return s.Records(cdr.File{}).KeepRecords(ctx, []cdr.Record{record}, nil)
		}},
		{"it ends", "records", func() error {
			record.State, record.Ended = cdr.Ended, now.Add(time.Minute)
			return s.Records(cdr.File{}).KeepRecords(ctx, []cdr.Record{record}, nil)
		}},
		{"its record is final", "records", func() error {
			record.State = cdr.Final
			return s.Records(cdr.File{}).KeepRecords(ctx, []cdr.Record{record}, nil)
		}},
		{"a ticket", "tickets", func() error {
			made, err := s.AddListed(ctx, helpdesk.Draft{CallID: "main:1", Title: "Printer"})
			number = made.Number
			return err
		}},
		{"a note", "tickets", func() error {
			_, err := s.EditListed(ctx, number, helpdesk.ListedEdit{By: "root", Note: "x"})
			return err
		}},
		{"a category", "callers", func() error {
			return s.SetCategory(ctx, protocol.Category{Number: "+74951234567", Color: protocol.Red, Changed: now})
		}},
		{"a block", "callers", func() (err error) {
			block, err = s.BeginBlock(ctx, blocking.Block{
				Number: "+74951234567", Blocked: true, At: now, State: blocking.Pending,
				Entries: []blocking.Entry{{PBX: "main", Form: "84951234567"}},
			})
			return err
		}},
		{"the PBX has it", "callers", func() error {
			return s.EndBlock(ctx, blocking.Block{
				ID: block, State: blocking.Done,
				Entries: []blocking.Entry{{PBX: "main", Form: "84951234567", Done: true}},
			})
		}},
		{"an untracked number", "numbers", func() error {
			return s.CountUntracked(ctx, []tracking.Untracked{{
				PBX: "main", Number: "84950000099", Calls: 1, First: now, Last: now,
			}}, 100)
		}},
		{"a change", "audit", func() error {
			return s.KeepAudit(ctx, []audit.Entry{{At: now, Kind: "local", Action: "hub.reload"}})
		}},
	} {
		before, err := s.Versions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := step.change(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		after, err := s.Versions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for _, subject := range slices.Sorted(maps.Keys(after)) {
			if before[subject] != after[subject] {
				changed = append(changed, subject)
			}
		}
		var want []string
		if step.subject != "" {
			want = []string{step.subject}
		}
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}
