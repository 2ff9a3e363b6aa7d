package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/recordings"
	"traybell/hub/store"

	"github.com/google/go-cmp/cmp"
)

// What is known of recordings is kept, merged and forgotten.
func TestRecordings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	reopen := func() *store.Store {
		s, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	s := reopen()
	ctx := t.Context()
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first := recordings.Note{CallID: "main:1", Uniqueid: "1", Name: "/a.wav", Began: at(1)}
	second := recordings.Note{CallID: "main:2", Uniqueid: "2", Began: at(2)}
	for range 2 { // an event may come twice
		check(s.KeepRecording(ctx, first))
		check(s.KeepRecording(ctx, second))
		check(s.KeepTalkers(ctx, "main:1", []string{"boris", "anna"}, at(3)))
	}
	of := func(call string, want []recordings.Note, talked ...string) {
		t.Helper()
		for name, s := range map[string]*store.Store{"at once": s, "after a restart": reopen()} {
			notes, talkers, err := s.RecordingsOf(ctx, call)
			check(err)
			if diff := cmp.Diff(want, notes); diff != "" || !slices.Equal(talkers, talked) {
				t.Errorf("%s, %s: %q (-want +got):\n%s", call, name, talkers, diff)
			}
		}
	}
	of("main:1", []recordings.Note{first}, "anna", "boris")
	of("main:3", nil)
	check(s.MergeRecordings(ctx, "main:2", "main:1"))
	second.CallID = "main:1"
	of("main:1", []recordings.Note{first, second}, "anna", "boris")
	of("main:2", nil)

	if revoked, err := s.LinksRevoked(ctx, "main:1"); err != nil || !revoked.IsZero() {
		t.Errorf("%v, %v", revoked, err)
	}
	check(s.RevokeLinks(ctx, "main:1", at(4)))
	check(s.RevokeLinks(ctx, "main:1", at(5)))
	if revoked, err := reopen().LinksRevoked(ctx, "main:1"); err != nil || !revoked.Equal(at(5)) {
		t.Errorf("%v, %v", revoked, err)
	}
	check(s.ForgetRecordings(ctx, at(2)))
	of("main:1", []recordings.Note{second}, "anna", "boris")
	check(s.ForgetRecordings(ctx, at(10)))
	of("main:1", nil)
	if revoked, err := s.LinksRevoked(ctx, "main:1"); err != nil || !revoked.IsZero() {
		t.Errorf("forgotten: %v, %v", revoked, err)
	}

	r := cdr.Record{
		CallID: "main:9", PBX: "main", State: cdr.Final, Direction: "incoming", Number: "+74951234567",
		E164:    "+74951234567",
		Started: at(1), Ended: at(2),
	}
	check(s.Records(cdr.File{}).KeepRecords(ctx, []cdr.Record{r}, nil))
	if got, ok, err := s.CallRecord(ctx, "main:9"); err != nil || !ok || got.Number != r.Number {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	if _, ok, err := s.CallRecord(ctx, "main:8"); err != nil || ok {
		t.Errorf("a call without a record: %v, %v", ok, err)
	}
	if list, err := s.RecordsWith(ctx, r.Party()); err != nil || len(list) != 1 || list[0].CallID != "main:9" {
		t.Errorf("%+v, %v", list, err)
	}
}
