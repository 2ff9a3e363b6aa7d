package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

func note(agent string) tickets.Note {
	return tickets.Note{
		CallID: "main:1.0", ActionID: "a1", Agent: agent, Text: "Бумага '\"\nкончилась", At: at, State: tickets.Pending,
		Progress: jobs.Progress{UncertainSince: at}, Claim: claimOf("hub-1", time.Minute),
	}
}

func beginNote(t *testing.T, s Store, n tickets.Note) (kept tickets.Note, first bool) {
	t.Helper()
	kept, first, err := s.BeginNote(t.Context(), n)
	must(t, err)
	return kept, first
}

func noteKept(t *testing.T, s Store, reopen func() Store) {
	want := note("anna")
	n, first := beginNote(t, s, want)
	want.ID = n.ID
	equal(t, n, want)
	again := note("anna")
	again.Text = "ignored"
	if kept, second := beginNote(t, reopen(), again); !first || second || kept.ID != n.ID || kept.Text != n.Text {
		t.Errorf("the same action again: %+v, %t", kept, second)
	}
	if other, first := beginNote(t, s, note("boris")); !first || other.ID == n.ID {
		t.Errorf("another agent's action: %+v, %t", other, first)
	}
	claim := claimOf("hub-1", time.Minute)
	ready := func(call string) []tickets.Note {
		list, err := reopen().ClaimNotes(t.Context(), claim, call)
		must(t, err)
		return list
	}
	if list := ready(""); len(list) != 0 {
		t.Errorf("without a ticket: %+v", list)
	}
	r := request("main:1.0", "p1", "anna")
	r.Draft = draft("main:1.0")
	r = begin(t, s, r)
	r.State, r.Ticket = tickets.Made, helpdesk.Ticket{ID: "7", Number: "77", URL: "https://desk.example.com/7"}
	must(t, s.EndTicket(t.Context(), r))
	n.Ticket, n.Caller = r.Ticket, r.Draft.Caller()
	if list := ready("main:2.0"); len(list) != 0 {
		t.Errorf("of another call: %+v", list)
	}
	list := ready("main:1.0")
	if len(list) != 2 {
		t.Fatalf("ready are %+v", list)
	}
	n.Claim = claim
	equal(t, list[0], n)

	n.Tries, n.Next, n.Error = 3, at.Add(time.Minute), "no answer"
	must(t, s.RetryNote(t.Context(), n))
	equal(t, ready("")[0], n)
	n.State, n.Error, n.Owed = tickets.Failed, "closed", true
	n.Problem, n.About = protocol.HelpDeskCustomer, "ivanov"
	must(t, s.EndNote(t.Context(), n))
	if err := s.RetryNote(t.Context(), n); !errors.Is(err, jobs.ErrTaken) {
		t.Errorf("retried after its end: %v", err)
	}
	owed := func() []tickets.Note {
		list, err := reopen().OwedNotes(t.Context())
		must(t, err)
		return list
	}
	if list := owed(); len(list) != 1 || list[0].ID != n.ID || list[0].Error != "closed" ||
		list[0].Ticket != r.Ticket ||
		list[0].Problem != n.Problem || list[0].About != n.About {
		t.Errorf("owed are %+v", list)
	}
	must(t, s.NoteTold(t.Context(), n.ID))
	if list := owed(); len(list) != 0 {
		t.Errorf("owed after they were told: %+v", list)
	}
	if _, _, err := s.BeginNote(t.Context(), tickets.Note{Agent: "anna"}); err == nil {
		t.Error("a note without a call was saved")
	}
}

func notesRefused(t *testing.T, s Store, reopen func() Store) {
	waiting, _ := beginNote(t, s, note("anna"))
	refuse := func(call string) (ids []int64) {
		list, err := reopen().RefuseNotes(t.Context(), call)
		must(t, err)
		for _, n := range list {
			if n.State != tickets.Failed || !n.Owed || n.Text != waiting.Text || n.Claim != (jobs.Claim{}) {
				t.Errorf("refused is %+v", n)
			}
			ids = append(ids, n.ID)
		}
		return ids
	}
	r := begin(t, s, request("main:1.0", "p1", "anna"))
	if ids := slices.Concat(refuse(""), refuse("main:1.0"), refuse("main:2.0")); len(ids) != 0 {
		t.Errorf("refused while the ticket is pending: %v", ids)
	}
	r.State, r.Error = tickets.Failed, "no such queue"
	must(t, s.EndTicket(t.Context(), r))
	if ids := refuse(""); len(ids) != 1 || ids[0] != waiting.ID {
		t.Errorf("refused are %v", ids)
	}
	owed, err := reopen().OwedNotes(t.Context())
	must(t, err)
	if len(owed) != 1 || owed[0].Error != "no such queue" {
		t.Errorf("owed are %+v", owed)
	}
	again := note("boris")
	again.CallID = "main:3.0" // its request could not be saved
	again, _ = beginNote(t, s, again)
	if ids := refuse(""); len(ids) != 0 {
		t.Errorf("refused without a request: %v", ids)
	}
	if ids := refuse("main:3.0"); len(ids) != 1 || ids[0] != again.ID {
		t.Errorf("refused are %v", ids)
	}
}

func notesClaimed(t *testing.T, s Store, reopen func() Store) {
	r := begin(t, s, request("main:1.0", "p1", "anna"))
	r.State = tickets.Made
	must(t, s.EndTicket(t.Context(), r))
	n := note("anna")
	n.Claim = jobs.Claim{}
	n, _ = beginNote(t, s, n)
	one, two := claimOf("hub-1", time.Minute), claimOf("hub-2", time.Minute)
	first, err := s.ClaimNotes(t.Context(), one, "")
	must(t, err)
	second, err := reopen().ClaimNotes(t.Context(), two, "")
	must(t, err)
	if len(first) != 1 || len(second) != 0 {
		t.Errorf("the first hub got %d, the second %d", len(first), len(second))
	}
	n.Claim = two
	if err := s.RetryNote(t.Context(), n); !errors.Is(err, jobs.ErrTaken) {
		t.Errorf("the second hub renews: %v", err)
	}
}

func recordOfAgent(t *testing.T, s Store, reopen func() Store) {
	open, ended := aRecord("main:1.0"), finished(aRecord("main:2.0"), cdr.Ended)
	must(t, s.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{open, ended}, nil))
	for _, test := range []struct {
		login, call string
		want        cdr.Record
		ok          bool
	}{
		{"anna", "main:2.0", ended, true},
		{"boris", "main:2.0", ended, true},
		{"clara", "main:2.0", cdr.Record{}, false},
		{"anna", "main:1.0", open, true},
		{"anna", "main:3.0", cdr.Record{}, false},
	} {
		r, ok, err := reopen().Records(cdr.File{}).RecordOf(t.Context(), test.login, test.call)
		must(t, err)
		if ok != test.ok {
			t.Errorf("%s of %s: %t", test.call, test.login, ok)
		}
		equal(t, r, test.want)
	}
}
