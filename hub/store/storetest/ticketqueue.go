package storetest

import (
	"errors"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
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
	must(t, s.RetryTicket(t.Context(), tickets.Request{CallID: "main:1.0", Tries: 9}))
	again := request("main:1.0", "a2", "boris")
	again.Draft = draft("main:1.0")
	equal(t, begin(t, s, again), again)
}

func owed(t *testing.T, s Store, reopen func() Store) {
	for i, call := range []string{"main:1.0", "main:2.0", "main:3.0"} {
		r := request(call, "a", "anna")
		r.At = at.Add(-time.Duration(i) * time.Second)
		r = begin(t, s, r)
		r.State, r.Owed = tickets.Made, call != "main:2.0"
		must(t, s.EndTicket(t.Context(), r))
	}
	list := func() (calls []string) {
		requests, err := reopen().OwedTickets(t.Context())
		must(t, err)
		for _, r := range requests {
			calls = append(calls, r.CallID)
		}
		return calls
	}
	equal(t, list(), []string{"main:3.0", "main:1.0"})
	must(t, s.TicketTold(t.Context(), "main:3.0"))
	equal(t, list(), []string{"main:1.0"})
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
	_, err := s.CloseListed(t.Context(), numbers[2], true)
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
	for range 2 {
		ok, err := s.AppendListed(t.Context(), l.Number, "Позвонил ещё раз\n[mark]", "[mark]")
		must(t, err)
		if !ok {
			t.Error("the ticket is not there")
		}
	}
	got, _, err := reopen().ListedByNumber(t.Context(), l.Number)
	must(t, err)
	equal(t, got.Body, l.Body+"\n\nПозвонил ещё раз\n[mark]")
	if found, _ := search(t, s, "ПОЗВОНИЛ", 0, 5); len(found) != 1 {
		t.Errorf("the note is not found: %v", found)
	}
	if ok, err := s.AppendListed(t.Context(), "0", "x [mark]", "[mark]"); ok || err != nil {
		t.Errorf("to a ticket that is not there: %v, %v", ok, err)
	}
}
