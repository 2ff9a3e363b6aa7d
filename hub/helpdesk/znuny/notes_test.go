package znuny_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
)

func TestArticlesOfNotes(t *testing.T) {
	s := newServer(t)
	z := newDesk(t, options(s.URL))
	ticket, err := z.Create(t.Context(), helpdesktest.NewDraft("articles"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []helpdesk.Note{
		{Key: "1", Subject: "a", Body: "b"},
		{Key: "2", Subject: "a", Body: "b", Talk: 200 * time.Second},
		{Key: "3", Subject: "a", Body: "b", Talk: time.Second},
		{Key: "4", Subject: "a", Body: "b", Internal: true},
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
		"agent PhoneCallAgent Phone 0 0.1", "agent AddNote Internal 0 <nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAppendToUnreachableHelpDesk(t *testing.T) {
	s := newServer(t)
	z := newDesk(t, options(s.URL))
	ticket, err := z.Create(t.Context(), helpdesktest.NewDraft("faults"))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	err = z.Append(t.Context(), helpdesk.Note{Ticket: ticket, Key: "1", Subject: "a", Body: "b"})
	wantError(t, err, true, false, "cannot be reached")
}
