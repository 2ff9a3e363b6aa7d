package helpdesktest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"traybell/hub/helpdesk"
)

// Tickets, also closed ones, are found by the numbers that agents tell callers, with their customer. One
// of an unknown caller has no customer.
func findByNumber(t *testing.T, d Desk) {
	made := func(name string, change func(draft *helpdesk.Draft)) (helpdesk.Draft, helpdesk.Ticket) {
		draft := d.Draft(name)
		change(&draft)
		ticket, err := d.Create(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		return draft, ticket
	}
	draft, ticket := made("number", func(*helpdesk.Draft) {})
	if d.Cannot.Numbers {
		_, ok, err := helpdesk.ByNumber(t.Context(), d.Adapter, ticket.Number)
		if ok || !errors.Is(err, helpdesk.ErrCannotLookUp) {
			t.Errorf("ByNumber = %v, %v; want ErrCannotLookUp", ok, err)
		}
		t.Skip(cannot)
	}
	wantNumbered(t, d, ticket, draft.Title, "ivanov")
	draft, ticket = made("closed", func(draft *helpdesk.Draft) { draft.State = d.Closed })
	wantNumbered(t, d, ticket, draft.Title, "ivanov")
	draft, ticket = made("stranger", func(draft *helpdesk.Draft) { draft.Customer = nil })
	wantNumbered(t, d, ticket, draft.Title, "")
	for _, number := range []string{
		"", "0", "999999999", "2147483648", "99999999999999999999", ticket.Number + "9999", "-1", "1.5", "*", "%",
		"' OR 1=1 --", "../" + ticket.Number, strings.Repeat("9", 1000),
	} {
		if got, ok, err := helpdesk.ByNumber(t.Context(), d.Adapter, number); ok || err != nil {
			t.Errorf("ByNumber(%q) = %+v, %v, %v", number, got, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := helpdesk.ByNumber(ctx, d.Adapter, ticket.Number); err == nil {
		t.Error("a cancelled look-up has no error")
	}
}

func wantNumbered(t *testing.T, d Desk, want helpdesk.Ticket, title, customer string) {
	t.Helper()
	got, ok, err := helpdesk.ByNumber(t.Context(), d.Adapter, want.Number)
	if err != nil || !ok || got.Ticket != want || got.Title != title {
		t.Errorf("ByNumber(%q) = %+v, %v, %v; want %+v, %q", want.Number, got, ok, err, want, title)
	}
	if got.Others("ivanov") || got.Others("") || got.Others("petrova") != (customer != "") {
		t.Errorf("the customers of ticket %s are %q, want %q", want.Number, got.Customers, customer)
	}
}
