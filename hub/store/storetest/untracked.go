package storetest

import (
	"fmt"
	"testing"
	"time"

	"traybell/hub/tracking"

	"github.com/google/go-cmp/cmp"
)

func untracked(t *testing.T, s Store, reopen func() Store) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	count := func(counts ...tracking.Untracked) {
		t.Helper()
		if err := s.CountUntracked(t.Context(), counts, 4); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, want ...tracking.Untracked) {
		t.Helper()
		for name, s := range map[string]Store{"at once": s, "after a restart": reopen()} {
			got, err := s.UntrackedNumbers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", when, name, diff)
			}
		}
	}
	want("at first")
	count()
	count(tracking.Untracked{PBX: "main", Number: "74950000009", Calls: 2, First: at(1), Last: at(2)},
		tracking.Untracked{
			PBX: "main", Number: "s", Calls: 1, First: at(2), Last: at(2),
		})
	count(tracking.Untracked{PBX: "branch", Number: "74950000009", Calls: 1, First: at(3), Last: at(3)},
		tracking.Untracked{
			PBX: "main", Number: "74950000009", Calls: 5, First: at(3), Last: at(4),
		})
	want("counted twice",
		tracking.Untracked{PBX: "main", Number: "74950000009", Calls: 7, First: at(1), Last: at(4)},
		tracking.Untracked{PBX: "branch", Number: "74950000009", Calls: 1, First: at(3), Last: at(3)},
		tracking.Untracked{PBX: "main", Number: "s", Calls: 1, First: at(2), Last: at(2)})

	// A robot calls many numbers: numbers that were called several times stay.
	for n := range 50 {
		count(tracking.Untracked{
			PBX: "main", Number: fmt.Sprint("robot ", n), Calls: 1, First: at(5).Add(time.Duration(n) * time.Second),
			Last: at(5).Add(time.Duration(n) * time.Second),
		})
	}
	got, err := s.UntrackedNumbers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0].Number != "74950000009" || got[0].Calls != 7 || got[1].Number != "robot 49" {
		t.Errorf("after many: %+v", got)
	}
	// A new number is kept even if all others were called often.
	for n := range 5 {
		count(tracking.Untracked{
			PBX: "main", Number: fmt.Sprint("often ", n), Calls: 3, First: at(10 + n), Last: at(10 +
				n),
		})
	}
	count(tracking.Untracked{PBX: "main", Number: "new", Calls: 1, First: at(20), Last: at(20)})
	if got, err = s.UntrackedNumbers(t.Context()); err != nil || len(got) != 4 || got[3].Number != "new" {
		t.Errorf("what is new: %+v, %v", got, err)
	}
}
