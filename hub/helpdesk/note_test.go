package helpdesk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

func openTickets(t *testing.T, u underTest) {
	var made []helpdesk.Ticket
	for i, customer := range []string{"ivanov", "petrova", "ivanov"} {
		d := newDraft(fmt.Sprint("open", i))
		d.Customer = &protocol.Customer{Login: customer}
		d.Title = fmt.Sprint("Open ", i)
		ticket, err := u.Create(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, ticket)
	}
	open, err := u.OpenTickets(t.Context(), "ivanov")
	if err != nil || len(open.Newest) < 2 || len(open.Newest) > 5 || open.Count < len(open.Newest) {
		t.Fatalf("%+v, %v", open, err)
	}
	if newest := (helpdesk.OpenTicket{Ticket: made[2], Title: "Open 2"}); open.Newest[0] != newest {
		t.Errorf("the newest is %+v, made was %+v", open.Newest[0], newest)
	}
	for _, each := range open.Newest {
		if each.Ticket == made[1] {
			t.Error("a ticket of another customer is among them")
		}
	}
	for i := range 6 {
		d := newDraft(fmt.Sprint("open more", i))
		d.Customer = &protocol.Customer{Login: "ivanov"}
		if _, err := u.Create(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if more, err := u.OpenTickets(t.Context(), "ivanov"); err != nil || len(more.Newest) != 5 ||
		more.Count != open.Count+6 {
		t.Errorf("of %d open tickets and 6 more %d are shown and %d counted, %v", open.Count, len(more.Newest),
			more.Count, err)
	}
	for _, customer := range []string{"nobody-" + run, "", "*", "%"} {
		if got, err := u.OpenTickets(t.Context(), customer); err != nil || len(got.Newest) != 0 || got.Count != 0 {
			t.Errorf("customer %q has %+v, %v", customer, got, err)
		}
	}
}

func noteAdded(t *testing.T, u underTest) {
	d := newDraft("note")
	ticket, err := u.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{
		Ticket: ticket, Key: d.CallID + "1", Subject: "Звонок", Body: "He called again.\n", Agent: d.Agent,
	}
	noted := func(n helpdesk.Note, want bool) {
		t.Helper()
		if got, err := u.Noted(t.Context(), n); err != nil || got != want {
			t.Errorf("%q is noted: %v, %v", n.Key, got, err)
		}
	}
	noted(n, false)
	if err := u.Append(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	noted(n, true)
	for _, key := range []string{d.CallID, n.Key + "1", n.Key + " talk"} {
		other := n
		other.Key = key
		noted(other, false)
	}
	n.Ticket = helpdesk.Ticket{ID: "99999999", Number: "99999999"}
	err = u.Append(t.Context(), n)
	var e *helpdesk.Error
	if !errors.As(err, &e) || !e.Refused || e.Retry || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("a ticket that is not there: %v", err)
	}
}

func talkAdded(t *testing.T, u underTest) {
	ticket, err := u.Create(t.Context(), newDraft("talk"))
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{
		Ticket: ticket, Key: "main:1 talk", Subject: "Call ended", Body: "The call lasted 3 min 20 s.",
		Talk: 200 * time.Second,
	}
	if err := u.Append(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if ok, err := u.Noted(t.Context(), n); !ok || err != nil {
		t.Errorf("noted: %v, %v", ok, err)
	}
}

func TestAnArticleOfACallAndOneOfItsTalkTime(t *testing.T) {
	s := newZnunyServer(t)
	z := newZnuny(t, options(s.URL))
	ticket, err := z.Create(t.Context(), newDraft("articles"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []helpdesk.Note{
		{Key: "1", Subject: "a", Body: "b"},
		{Key: "2", Subject: "a", Body: "b", Talk: 200 * time.Second},
		{Key: "3", Subject: "a", Body: "b", Talk: time.Second},
	} {
		n.Ticket = ticket
		if err := z.Append(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, a := range s.articles[ticket.ID] {
		got = append(got,
			fmt.Sprintf("%v %v %v %v %v", a["SenderType"], a["HistoryType"], a["CommunicationChannel"],
				a["IsVisibleForCustomer"], a["TimeUnit"]))
	}
	want := []string{
		"customer PhoneCallCustomer Phone 1 <nil>", "agent PhoneCallAgent Phone 0 3.3",
		"agent PhoneCallAgent Phone 0 0.1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestANoteUnderFaults(t *testing.T) {
	s := newZnunyServer(t)
	z := newZnuny(t, options(s.URL))
	ticket, err := z.Create(t.Context(), newDraft("faults"))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	err = z.Append(t.Context(), helpdesk.Note{Ticket: ticket, Key: "1", Subject: "a", Body: "b"})
	wantError(t, err, true, false, "cannot be reached")
}
