package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/cdr"
	"traybell/hub/jobs"
	"traybell/hub/store"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// former opens a database of an earlier version, whose rows fill writes.
func former(t *testing.T, fill func(s *store.Store)) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "traybell.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	fill(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, path, `DROP TABLE once; DELETE FROM goose_db_version WHERE version_id = 21`)
	return openAt(t, path)
}

func rekeyed(t *testing.T, s *store.Store, region string) int {
	t.Helper()
	numbers, err := phone.NewReader(region, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Rekey(t.Context(), numbers)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Keys as earlier versions stored them: E.164, or what was dialled if it was not valid.
func TestStoredNumbersAreRekeyed(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct{ region, old, now string }{
		{"AR", "+5491123456789", "+541123456789"},
		{"DE", "+5491123456789", "+541123456789"},
		{"AR", "0111523456789", "+541123456789"},
		{"MX", "+5215512345678", "+525512345678"},
		{"MX", "0445512345678", "+525512345678"},
		{"DE", "005215512345678", "+525512345678"},
		{"CI", "07123456", "+2250707123456"},
		{"IT", "3471234567", "+393471234567"},
		{"RU", "7495", ""},
		{"RU", "101", ""},
		{"RU", "reception", ""},
		{"RU", "+74951234567", ""},
	} {
		t.Run(test.region+" "+test.old, func(t *testing.T) {
			category := protocol.Category{
				Number: test.old, Color: protocol.Red, Comment: "x", Author: "Anna", Changed: at,
			}
			s := former(t, func(s *store.Store) {
				if err := s.SetCategory(t.Context(), category); err != nil {
					t.Fatal(err)
				}
				block := blocking.Block{Number: test.old, Blocked: true, At: at}
				if _, err := s.BeginBlock(t.Context(), block); err != nil {
					t.Fatal(err)
				}
				if err := s.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{{
					CallID: "main:1.0", PBX: "main", State: cdr.Final, Direction: protocol.Incoming, Number: test.old,
					Started: at, Answered: at, Ended: at, Told: "anna\n",
				}}, nil); err != nil {
					t.Fatal(err)
				}
				if err := s.KeepTraces(t.Context(), []trace.Trace{{
					CallID: "main:1.0", PBX: "main", Party: test.old, At: at,
				}}); err != nil {
					t.Fatal(err)
				}
			})
			want, count := test.now, 1
			if want == "" {
				want, count = test.old, 0
			}
			if n := rekeyed(t, s, test.region); n != count {
				t.Errorf("%d numbers, want %d", n, count)
			}
			category.Number = want
			if c, err := s.Category(t.Context(), want); err != nil || c != category {
				t.Errorf("the category %+v, %v", c, err)
			}
			if list, err := s.Categories(t.Context(), want); err != nil || len(list) != 1 {
				t.Errorf("its history %+v, %v", list, err)
			}
			if b, ok, err := s.LastBlock(t.Context(), want); err != nil || !ok || !b.Blocked {
				t.Errorf("the block %+v, %v, %v", b, ok, err)
			}
			records := s.Records(cdr.File{})
			r, ok, err := records.PreviousRecord(t.Context(), want, at, "")
			if err != nil || !ok || r.Party() != want {
				t.Errorf("the call %+v, %v, %v", r, ok, err)
			}
			found, err := records.RecordsOf(t.Context(), cdr.Search{
				Login: "anna", Before: at.Add(time.Hour), Limit: 1, Text: want,
			})
			if err != nil || len(found.Records) != 1 {
				t.Errorf("the search finds %+v, %v", found, err)
			}
			if list, err := s.TracesOf(t.Context(), want, 0, 9); err != nil || len(list) != 1 {
				t.Errorf("the traces %+v, %v", list, err)
			}
			if n := rekeyed(t, s, test.region); n != 0 {
				t.Errorf("%d numbers in the second call", n)
			}
		})
	}
}

func TestNewerCategoryStays(t *testing.T) {
	const mobile, plain = "+5491123456789", "+541123456789"
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, order := range [][]string{{mobile, plain}, {plain, mobile}} {
		s := former(t, func(s *store.Store) {
			for i, number := range order {
				if err := s.SetCategory(t.Context(), protocol.Category{
					Number: number, Color: protocol.Red, Comment: number, Changed: at.Add(time.Duration(i) * time.Hour),
				}); err != nil {
					t.Fatal(err)
				}
			}
		})
		rekeyed(t, s, "AR")
		if c, err := s.Category(t.Context(), plain); err != nil || c.Comment != order[1] {
			t.Errorf("%q: %+v, %v", order, c, err)
		}
		if list, err := s.Categories(t.Context(), plain); err != nil || len(list) != 2 || list[0].Comment != order[1] {
			t.Errorf("%q: the history %+v, %v", order, list, err)
		}
	}
}

// The PBXs have the entries of both numbers.
func TestBlocksOfOneSubscriberAreMerged(t *testing.T) {
	const mobile, plain = "+5491123456789", "+541123456789"
	block := func(number string, blocked, done bool) blocking.Block {
		b := blocking.Block{
			Number: number, Blocked: blocked, Reason: number, State: blocking.Done,
			Entries: []blocking.Entry{{PBX: "main", Form: number, Done: done}},
		}
		if !done {
			b.State = blocking.Pending
		}
		return b
	}
	for _, test := range []struct {
		name    string
		actions []blocking.Block
		want    blocking.Block // ID and Number are not compared
	}{
		{"both blocked", []blocking.Block{block(mobile, true, true), block(plain, true, true)}, blocking.Block{
			Blocked: true, Reason: plain, State: blocking.Done,
			Entries: []blocking.Entry{{PBX: "main", Form: plain, Done: true}, {PBX: "main", Form: mobile, Done: true}},
		}},
		{
			"the earlier is incomplete",
			[]blocking.Block{block(mobile, true, false), block(plain, true, true)},
			blocking.Block{
				Blocked: true, Reason: plain, State: blocking.Pending,
				Entries: []blocking.Entry{{PBX: "main", Form: plain, Done: true}, {PBX: "main", Form: mobile}},
			},
		},
		{
			"the other was unblocked later",
			[]blocking.Block{block(mobile, true, true), block(plain, false, true)},
			blocking.Block{
				Blocked: true, Reason: mobile, State: blocking.Done,
				Entries: []blocking.Entry{{PBX: "main", Form: mobile, Done: true}},
			},
		},
		{
			"a PBX was not unblocked",
			[]blocking.Block{block(plain, true, true), block(mobile, false, false)},
			blocking.Block{
				Blocked: true, Reason: plain, State: blocking.Done,
				Entries: []blocking.Entry{
					{PBX: "main", Form: plain, Done: true}, {PBX: "main", Form: mobile, Done: true},
				},
			},
		},
		{"both unblocked", []blocking.Block{block(mobile, false, false), block(plain, false, true)}, blocking.Block{
			Reason: plain, State: blocking.Pending,
			Entries: []blocking.Entry{{PBX: "main", Form: plain, Done: true}, {PBX: "main", Form: mobile}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := former(t, func(s *store.Store) {
				for _, b := range test.actions {
					var err error
					if b.ID, err = s.BeginBlock(t.Context(), b); err != nil {
						t.Fatal(err)
					}
					if err = s.EndBlock(t.Context(), b); err != nil {
						t.Fatal(err)
					}
				}
			})
			rekeyed(t, s, "AR")
			b, _, err := s.LastBlock(t.Context(), plain)
			if err != nil {
				t.Fatal(err)
			}
			test.want.ID, test.want.Number = b.ID, plain
			if diff := cmp.Diff(test.want, b); diff != "" {
				t.Errorf("the block (-want +got):\n%s", diff)
			}
			left, err := s.ClaimBlocks(t.Context(), "main", jobs.Claim{Owner: "hub"})
			open := slices.ContainsFunc(b.Entries, func(e blocking.Entry) bool { return !e.Done })
			if err != nil || (len(left) == 1) != open {
				t.Errorf("left to do %+v, %v", left, err)
			}
			if all, err := s.Blocks(t.Context(), plain); err != nil || len(all) != len(test.actions) {
				t.Errorf("%d actions, %v", len(all), err)
			}
		})
	}
}
