package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

func keptWhole(t *testing.T, s Store, reopen func() Store) {
	r := request("main:1.0", "a1", "anna")
	r.Draft, r.UncertainSince = draft("main:1.0"), at
	r.Draft.Into = &helpdesk.Ticket{ID: "7", Number: "77", URL: "https://desk.example.com/7"}
	r.Draft.Agent.Rights = []string{"ticket"}
	kept := begin(t, s, r)
	r.Draft.Agent = staff.Agent{Login: "anna", Name: "Anna Petrova"} // the rest is not stored
	equal(t, kept, r)
	r.Tries, r.Next, r.UncertainSince, r.Error = 3, at.Add(time.Minute), at.Add(time.Second), "no answer"
	r.Claim = claimOf("hub-1", time.Minute)
	must(t, s.RetryTicket(t.Context(), r))
	pending, err := reopen().ClaimTickets(t.Context(), r.Claim)
	must(t, err)
	equal(t, pending, []tickets.Request{r})

	r.State, r.Error = tickets.Failed, "no such queue"
	must(t, s.EndTicket(t.Context(), r))
	if err := s.RetryTicket(t.Context(), r); !errors.Is(err, jobs.ErrTaken) {
		t.Errorf("retried after its end: %v", err)
	}
	must(t, s.RetryTicket(t.Context(), tickets.Request{CallID: "main:1.0", Progress: jobs.Progress{Tries: 9}}))
	again := request("main:1.0", "a2", "boris")
	again.Draft = draft("main:1.0")
	equal(t, begin(t, s, again), again)
}

func owed(t *testing.T, s Store, reopen func() Store) {
	for i, call := range []string{"main:1.0", "main:2.0", "main:3.0"} {
		r := request(call, "a", "anna")
		r.At = at.Add(-time.Duration(i) * time.Second)
		r = begin(t, s, r)
		if r.State = tickets.Made; call != "main:2.0" {
			r.Owed = []string{"anna", "boris"}
		}
		must(t, s.EndTicket(t.Context(), r))
	}
	list := func() (calls []string) {
		requests, err := reopen().OwedTickets(t.Context())
		must(t, err)
		for _, r := range requests {
			calls = append(calls, r.CallID+" "+strings.Join(r.Owed, " "))
		}
		return calls
	}
	equal(t, list(), []string{"main:3.0 anna boris", "main:1.0 anna boris"})
	must(t, s.TicketTold(t.Context(), "main:3.0", "anna"))
	must(t, s.TicketTold(t.Context(), "main:1.0", "boris"))
	equal(t, list(), []string{"main:3.0 boris", "main:1.0 anna"})
	must(t, s.TicketTold(t.Context(), "main:3.0", "boris"))
	must(t, s.OweTicket(t.Context(), "main:3.0", "anna")) // it is told already
	equal(t, list(), []string{"main:1.0 anna"})
}

// owedMeanwhile: the agents who stopped waiting are known if the hub stops before the end.
func owedMeanwhile(t *testing.T, s Store, reopen func() Store) {
	r := begin(t, s, request("main:1.0", "a1", "anna"))
	for _, login := range []string{"boris", "anna", "boris"} {
		must(t, s.OweTicket(t.Context(), "main:1.0", login))
	}
	claimed, err := reopen().ClaimTickets(t.Context(), claimOf("hub-1", time.Minute))
	must(t, err)
	if len(claimed) != 1 {
		t.Fatalf("claimed %+v", claimed)
	}
	equal(t, claimed[0].Owed, []string{"anna", "boris"})
	r.State, r.Error = tickets.Failed, "no such queue"
	r.Problem, r.About, r.Claim = protocol.HelpDeskCustomer, "ivanov", claimed[0].Claim
	must(t, s.EndTicket(t.Context(), r))
	list, err := reopen().OwedTickets(t.Context())
	must(t, err)
	r.Owed, r.Claim = []string{"anna", "boris"}, jobs.Claim{}
	equal(t, list, []tickets.Request{r})

	again := begin(t, s, request("main:1.0", "a2", "anna")) // she hears the result of this one
	equal(t, again.Owed, []string{"boris"})
	equal(t, string(again.Problem)+again.About, "")
}

func talkTime(t *testing.T, s Store, reopen func() Store) {
	must(t, s.KeepTalk(t.Context(), "main:9.0", time.Minute)) // no request
	r := begin(t, s, request("main:1.0", "a1", "anna"))
	must(t, s.KeepTalk(t.Context(), "main:1.0", 200*time.Second))
	claim := claimOf("hub-1", time.Minute)
	open := func() []tickets.Request {
		list, err := reopen().ClaimTalks(t.Context(), claim)
		must(t, err)
		return list
	}
	if list := open(); len(list) != 0 {
		t.Errorf("there is no ticket yet: %+v", list)
	}
	r.State = tickets.Made
	must(t, s.EndTicket(t.Context(), r))
	r.Talk, r.Claim = 200*time.Second, claim
	equal(t, open(), []tickets.Request{r})
	must(t, s.EndTalk(t.Context(), "main:1.0"))
	if list := open(); len(list) != 0 {
		t.Errorf("it is noted: %+v", list)
	}
}

func openListed(t *testing.T, s Store, _ func() Store) {
	var numbers []string
	for _, call := range []string{"main:1.0", "main:2.0", "main:3.0", "main:4.0"} {
		numbers = append(numbers, add(t, s, draft(call)).Number)
	}
	other := draft("main:5.0")
	other.Customer = nil
	add(t, s, other)
	yes := true
	_, err := s.EditListed(t.Context(), numbers[2], helpdesk.ListedEdit{Closed: &yes})
	must(t, err)
	list, count, err := s.OpenListed(t.Context(), "ivanov", 2)
	must(t, err)
	var got []string
	for _, l := range list {
		got = append(got, l.Number)
	}
	equal(t, got, []string{numbers[3], numbers[1]})
	equal(t, count, 3)
}

func appendListed(t *testing.T, s Store, reopen func() Store) {
	l := add(t, s, draft("main:1.0"))
	before := time.Now().UTC().Truncate(time.Microsecond)
	for range 2 {
		ok, err := s.AppendListed(t.Context(), l.Number, helpdesk.ListedEvent{
			By: "Anna Petrova", Text: "Позвонил ещё раз", Mark: "[mark]",
		})
		must(t, err)
		if !ok {
			t.Error("the ticket is not there")
		}
	}
	got, _, err := reopen().ListedByNumber(t.Context(), l.Number)
	must(t, err)
	if len(got.Events) != 1 || got.Events[0].At.Before(before) {
		t.Fatalf("events %+v", got.Events)
	}
	equal(t, got.Events[0], helpdesk.ListedEvent{
		ID: got.Events[0].ID, Kind: helpdesk.ListedNote, At: got.Events[0].At, By: "Anna Petrova",
		Text: "Позвонил ещё раз", Mark: "[mark]",
	})
	if got.Body != l.Body || !got.Noted("[mark]") || got.Noted("[other]") {
		t.Errorf("the ticket is %+v", got)
	}
	if found := search(t, s, "ПОЗВОНИЛ"); len(found) != 1 {
		t.Errorf("the note is not found: %v", found)
	}
	if ok, err := s.AppendListed(t.Context(), "0", helpdesk.ListedEvent{Text: "x", Mark: "[mark]"}); ok || err != nil {
		t.Errorf("to a ticket that is not there: %v, %v", ok, err)
	}
	old := draft("main:2.0") // earlier versions wrote notes into the body
	old.Body = "Позвонил\n[traybell main:2.0]"
	l = add(t, s, old)
	_, err = s.AppendListed(t.Context(), l.Number, helpdesk.ListedEvent{Text: "again", Mark: "[traybell main:2.0]"})
	must(t, err)
	if got, _, err = s.ListedByNumber(t.Context(), l.Number); err != nil || len(got.Events) != 0 {
		t.Errorf("added although the body has it: %+v, %v", got.Events, err)
	}
}

func listedEdited(t *testing.T, s Store, reopen func() Store) {
	l := add(t, s, draft("main:1.0"))
	title, body, seen := "Принтер", "", int64(0)
	edit := helpdesk.ListedEdit{
		By: "root", Title: &title, Body: &body, Queue: &l.Queue, Seen: &seen, Note: "Paper ordered.",
		Assignee: &helpdesk.Assignee{Login: "boris", Name: "Boris Ivanov"},
	}
	ok, err := s.EditListed(t.Context(), l.Number, edit)
	must(t, err)
	got, _, err := reopen().ListedByNumber(t.Context(), l.Number)
	must(t, err)
	var events []string
	for _, e := range got.Events {
		events = append(events, fmt.Sprint(e.Kind, " ", e.By, " ", e.Text))
	}
	equal(t, events, []string{
		"edited root Title, before: " + l.Title + "\nText, before: " + l.Body, "assigned root Boris Ivanov",
		"note root Paper ordered.",
	})
	l.Title, l.Body, l.Assignee, l.AssigneeName, l.Events = title, "", "boris", "Boris Ivanov", got.Events
	equal(t, got, l)
	for text, want := range map[string]int{"принтер": 1, "paper ordered": 1, "boris": 1, "line one": 0} {
		if found := search(t, s, text); len(found) != want || !ok {
			t.Errorf("the search for %q finds %v", text, found)
		}
	}
	title = "lost"
	if _, err := s.EditListed(t.Context(), l.Number, edit); !errors.Is(err, helpdesk.ErrListedChanged) {
		t.Errorf("an edit of what another person changed: %v", err)
	}
	title, seen = l.Title, got.LastEvent()
	edit.Note, edit.Assignee = "", &helpdesk.Assignee{}
	ok, err = s.EditListed(t.Context(), l.Number, edit)
	must(t, err)
	if got, _, err = s.ListedByNumber(t.Context(), l.Number); err != nil || !ok ||
		got.Assignee+got.AssigneeName != "" ||
		len(got.Events) != 4 {
		t.Errorf("assigned to no agent: %+v, %v", got, err)
	}
}
