package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/audit"
	"traybell/hub/batch"
)

func aChange(action, object string, after time.Duration) audit.Entry {
	return audit.Entry{
		At: at.Add(after), Kind: "administrator", Who: "root", From: "192.0.2.7", Action: action, Object: object,
		Detail: "Очередь: Жалобы '\"%", Error: "",
	}
}

// audited returns the objects of a page, newest first.
func audited(t *testing.T, s Store, search audit.Search) (objects []string, next int64) {
	t.Helper()
	if search.Limit == 0 {
		search.Limit = 100
	}
	found, err := s.SearchAudit(t.Context(), search)
	must(t, err)
	for _, e := range found.Entries {
		objects = append(objects, e.Object)
	}
	return objects, found.Next
}

func auditFields(t *testing.T, s Store, reopen func() Store) {
	failed := aChange("ticket.edit", "2026112210000431", 0)
	failed.Kind, failed.Who, failed.From, failed.Error = "token", "Wallboard", "2001:db8::7", "not allowed"
	want := []audit.Entry{aChange("pbx.reconnect", "main", time.Second), failed}
	must(t, s.KeepAudit(t.Context(), []audit.Entry{failed, want[0]}))
	found, err := reopen().SearchAudit(t.Context(), audit.Search{Limit: 2})
	must(t, err)
	equal(t, found.Next, int64(0))
	for i := range want {
		want[i].ID = found.Entries[i].ID
	}
	equal(t, found.Entries, want)
	if want[0].ID <= want[1].ID || want[1].ID <= 0 {
		t.Errorf("the ids are %d and %d", want[0].ID, want[1].ID)
	}
	if _, err := s.SearchAudit(t.Context(), audit.Search{}); err == nil {
		t.Error("a page without a limit")
	}
	err = s.KeepAudit(t.Context(), []audit.Entry{aChange("a", "x", 0), {Who: "root", At: at}})
	var refused *batch.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("an entry without an action: %v", err)
	}
	if objects, _ := audited(t, s, audit.Search{}); len(objects) != 2 {
		t.Errorf("half of a batch was kept: %v", objects)
	}
}

func auditSearched(t *testing.T, s Store, _ func() Store) {
	list := []audit.Entry{
		aChange("ticket.edit", "2026112210000431", 0), aChange("directory.read", "crm", time.Minute),
		aChange("number.block", "+74951234567", 2*time.Minute), aChange("session.end", "anna", 3*time.Minute),
	}
	list[3].Who, list[3].From, list[3].Error = "Пётр", "198.51.100.23", "no such session"
	must(t, s.KeepAudit(t.Context(), list))
	for text, want := range map[string]string{
		"": "[anna +74951234567 crm 2026112210000431]", "ПЕТР": "[anna]", "no SUCH": "[anna]",
		"ticket":      "[2026112210000431]",
		"жалобы root": "[+74951234567 crm 2026112210000431]", "8 (495) 123-45-67": "[+74951234567]",
		"2026112210000431": "[2026112210000431]", "198.51.100.23": "[anna]",
		"%": "[anna +74951234567 crm 2026112210000431]",
		"_": "[]", "stranger": "[]", "' OR 1=1 --": "[]",
	} {
		if got, _ := audited(t, s, audit.Search{Text: text}); fmt.Sprint(got) != want {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	got, _ := audited(t, s, audit.Search{From: at.Add(time.Minute), Until: at.Add(3 * time.Minute)})
	equal(t, got, []string{"+74951234567", "crm"})
}

func auditPaged(t *testing.T, s Store, _ func() Store) {
	var list []audit.Entry
	for i := range 7 { // of the same time
		list = append(list, aChange("test", fmt.Sprint(i), 0))
	}
	must(t, s.KeepAudit(t.Context(), list))
	var all []string
	for next := int64(0); ; {
		var page []string
		page, next = audited(t, s, audit.Search{Limit: 3, Before: next})
		all = append(all, page...)
		if len(all) == 3 { // newer entries do not move the pages
			must(t, s.KeepAudit(t.Context(), []audit.Entry{aChange("test", "later", 0)}))
		}
		if next == 0 {
			break
		}
	}
	equal(t, strings.Join(all, " "), "6 5 4 3 2 1 0")
}

func auditForgotten(t *testing.T, s Store, _ func() Store) {
	var list []audit.Entry
	for i := range 6 {
		list = append(list, aChange("test", fmt.Sprint(i), time.Duration(i)*time.Hour))
	}
	must(t, s.KeepAudit(t.Context(), list))
	left := func(before time.Time, most int) []string {
		must(t, s.ForgetAudit(t.Context(), before, most, 100))
		objects, _ := audited(t, s, audit.Search{})
		slices.Reverse(objects)
		return objects
	}
	equal(t, left(time.Time{}, 6), []string{"0", "1", "2", "3", "4", "5"})
	equal(t, left(at.Add(2*time.Hour), 6), []string{"2", "3", "4", "5"})
	equal(t, left(time.Time{}, 3), []string{"3", "4", "5"})
	flood := []audit.Entry{aChange("test", "6", 6*time.Hour)}
	for i := range 20 {
		e := aChange("test", fmt.Sprint("flood ", i), 7*time.Hour)
		e.Who = "somebody"
		flood = append(flood, e)
	}
	must(t, s.KeepAudit(t.Context(), flood))
	must(t, s.ForgetAudit(t.Context(), time.Time{}, 6, 2))
	equal(t, left(time.Time{}, 6), []string{"5", "6", "flood 18", "flood 19"})
}
