package store_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"traybell/hub/store"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// An agent's own numbers are kept, up to a limit.
func TestPersonalNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := openAt(t, path)
	number := func(number, name string) protocol.PersonalNumber {
		return protocol.PersonalNumber{Number: number, Name: name}
	}
	save := func(login string, n protocol.PersonalNumber, want bool) {
		t.Helper()
		if saved, err := s.SavePersonalNumber(t.Context(), login, n, 2); err != nil || saved != want {
			t.Errorf("%s saves %+v: %t, %v", login, n, saved, err)
		}
	}
	remove := func(login, number string) {
		t.Helper()
		if err := s.RemovePersonalNumber(t.Context(), login, number); err != nil {
			t.Fatal(err)
		}
	}
	want := func(login string, want ...protocol.PersonalNumber) {
		t.Helper()
		for name, s := range map[string]*store.Store{"at once": s, "after a restart": openAt(t, path)} {
			got, err := s.PersonalNumbers(t.Context(), login)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(got, func(a, b protocol.PersonalNumber) int { return strings.Compare(a.Number, b.Number) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, of %s (-want +got):\n%s", name, login, diff)
			}
		}
	}
	want("anna")
	save("anna", number("*98", "Mail"), true)
	save("anna", number("+74951234567", "Курьер"), true)
	save("anna", number("101", "one too many"), false)
	save("anna", number("*98", "Voice mail"), true) // renamed, although the list is full
	save("boris", number("*98", "Почта"), true)
	remove("boris", "101") // which boris does not have
	want("anna", number("*98", "Voice mail"), number("+74951234567", "Курьер"))
	want("boris", number("*98", "Почта"))
	remove("anna", "*98")
	save("anna", number("101", "Now"), true)
	want("anna", number("+74951234567", "Курьер"), number("101", "Now"))
	want("boris", number("*98", "Почта"))
}
