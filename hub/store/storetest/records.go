package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// CDR is the part of a store that keeps call records.
type CDR interface {
	Records(file cdr.File) cdr.Store
	EachRecord(ctx context.Context, from, to time.Time, each func(cdr.Record) error) error
}

func aRecord(call string) cdr.Record {
	return cdr.Record{
		CallID: call, PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Number: "84951234567",
		E164: "+74951234567", Name: "Иван '\"|", DID: "74950000001", Line: "Support",
		Exten: "s", CID: "+7 495 123-45-67", AnsweredBy: "102", Extension: "101", Agent: "anna", CalleeAgent: "boris",
		Started: at, Answered: at.Add(7 * time.Second), Seen: at.Add(8 * time.Second),
		Rang: 7*time.Second + 123*time.Microsecond, Customer: "ivanov",
		CustomerName: "Иван Иванов", Company: "ООО «Ромашка»", Told: "anna\nboris\n",
	}
}

func finished(r cdr.Record, state cdr.State) cdr.Record {
	r.State, r.Ended, r.Seen, r.Cause = state, at.Add(time.Minute), at.Add(time.Minute), 16
	return r
}

// kept returns the record as it is read: without Told, which is only used in searches.
func kept(r cdr.Record) cdr.Record {
	r.Told = ""
	return r
}

func all(t *testing.T, s Store) (records []cdr.Record) {
	t.Helper()
	must(t, s.EachRecord(t.Context(), at.Add(-time.Hour), at.Add(time.Hour), func(r cdr.Record) error {
		records = append(records, r)
		return nil
	}))
	return records
}

func recordLife(t *testing.T, s Store, reopen func() Store) {
	records := s.Records(cdr.File{})
	open := aRecord("main:1.0")
	must(t, records.KeepRecords(t.Context(), []cdr.Record{open}, nil))
	equal(t, all(t, s), []cdr.Record{kept(open)})

	ended := finished(open, cdr.Ended)
	ended.Started = at.Add(time.Second) // ignored: the start does not change
	must(t, records.KeepRecords(t.Context(), []cdr.Record{ended}, nil))
	ended.Started = at
	unfinished, err := reopen().Records(cdr.File{}).UnfinishedRecords(t.Context())
	must(t, err)
	equal(t, unfinished, []cdr.Record{kept(ended)})

	final := finished(open, cdr.Final)
	final.Missed, final.AnswerUnseen, final.EndUnseen, final.Blocked = true, true, true, "by Anna at 12:03"
	must(t, records.KeepRecords(t.Context(), []cdr.Record{final}, nil))
	again := final
	again.Cause, again.State, again.Number = 99, cdr.Open, "1"
	late := []cdr.Merge{{CallID: final.CallID, Into: "main:9.9"}}
	must(t, records.KeepRecords(t.Context(), []cdr.Record{again}, late))
	equal(t, all(t, reopen()), []cdr.Record{kept(final)})
	unfinished, err = records.UnfinishedRecords(t.Context())
	must(t, err)
	equal(t, len(unfinished), 0)
	again.Customer = "another" // ignored: the record has one
	must(t, records.KeepRecords(t.Context(), []cdr.Record{again}, nil))
	equal(t, all(t, s), []cdr.Record{kept(final)})

	unknown := finished(aRecord("main:2.0"), cdr.Final)
	unknown.Customer, unknown.CustomerName, unknown.Company = "", "", ""
	must(t, records.KeepRecords(t.Context(), []cdr.Record{unknown}, nil))
	unknown.Customer, unknown.CustomerName, unknown.Company = "weber", "Jürgen Weber", "ACME"
	must(t, records.KeepRecords(t.Context(), []cdr.Record{unknown}, nil))
	equal(t, all(t, s), []cdr.Record{kept(final), kept(unknown)})
	ids, _ := found(t, s, cdr.Search{Text: "jürgen acme"})
	equal(t, ids, []string{"main:2.0"})
}

func recordsDropped(t *testing.T, s Store, _ func() Store) {
	records := s.Records(cdr.File{})
	stays, goes := aRecord("main:1.0"), aRecord("main:2.0")
	must(t, records.KeepRecords(t.Context(), []cdr.Record{stays, goes}, nil))
	must(t,
		records.KeepRecords(t.Context(), []cdr.Record{finished(stays, cdr.Ended)}, []cdr.Merge{
			{CallID: "main:2.0", Into: stays.CallID}, {CallID: "main:9.9", Into: stays.CallID},
		}))
	equal(t, all(t, s), []cdr.Record{kept(finished(stays, cdr.Ended))})
	if err := records.KeepRecords(t.Context(), []cdr.Record{aRecord("main:3.0"), aRecord("")}, nil); err == nil {
		t.Error("a record without a call was saved")
	}
	equal(t, len(all(t, s)), 1) // all or nothing
}

func ticketMerged(t *testing.T, s Store, reopen func() Store) {
	records := s.Records(cdr.File{})
	customers, asked, asking := aRecord("main:1.0"), aRecord("main:2.0"), aRecord("main:3.0")
	customers.Told, customers.Channels = "anna\n", "1.0 1.1"
	must(t, records.KeepRecords(t.Context(), []cdr.Record{customers, asked, asking}, nil))
	open, err := reopen().Records(cdr.File{}).UnfinishedRecords(t.Context())
	must(t, err)
	equal(t, open[0].Channels, "1.0 1.1")

	r := begin(t, s, request("main:3.0", "a1", "clara"))
	// the second consultation becomes part of the first, and that of the customer's call
	must(t, records.KeepRecords(t.Context(), nil, []cdr.Merge{{CallID: "main:3.0", Into: "main:2.0"}}))
	must(t, records.KeepRecords(t.Context(), []cdr.Record{finished(customers, cdr.Final)}, []cdr.Merge{
		{CallID: "main:2.0", Into: "main:1.0"},
	}))
	of := func(call string) (tickets.Request, bool) {
		r, ok, err := reopen().TicketOf(t.Context(), call)
		must(t, err)
		return r, ok
	}
	if r, ok := of("main:1.0"); !ok || r.CallID != "main:3.0" || r.State != tickets.Pending {
		t.Errorf("before it is made: %+v, %t", r, ok)
	}
	r.State, r.Ticket = tickets.Made, helpdesk.Ticket{ID: "9", Number: "T-9", URL: "https://desk.example/9"}
	must(t, s.EndTicket(t.Context(), r))
	all := all(t, reopen())
	if len(all) != 1 || all[0].Ticket != "T-9" || all[0].TicketURL != r.Ticket.URL {
		t.Errorf("the records: %+v", all)
	}
	for _, login := range []string{"anna", "clara"} { // clara has requested the ticket
		ids, _ := found(t, s, cdr.Search{Text: "T-9", Login: login})
		equal(t, ids, []string{"main:1.0"})
	}
	own := begin(t, s, request("main:1.0", "a2", "anna"))
	if r, _ := of("main:1.0"); r.CallID != own.CallID {
		t.Errorf("with its own request: %+v", r)
	}
	begin(t, s, request("main:5.0", "a3", "anna"))
	must(t, records.KeepRecords(t.Context(), nil, []cdr.Merge{{CallID: "main:5.0", Into: "main:6.0"}}))
	_, err = records.ForgetRecords(t.Context(), at)
	must(t, err)
	if _, ok := of("main:6.0"); !ok {
		t.Error("the ticket of a call that has no record yet is forgotten")
	}
	_, err = records.ForgetRecords(t.Context(), at.Add(time.Hour))
	must(t, err)
	for _, call := range []string{"main:2.0", "main:6.0"} {
		if r, ok := of(call); ok {
			t.Errorf("forgotten, but %+v", r)
		}
	}
}

func recordsOfAgents(t *testing.T, s Store, reopen func() Store) {
	records := s.Records(cdr.File{})
	var list []cdr.Record
	for i := range 5 {
		r := finished(aRecord(fmt.Sprint("main:", i)), cdr.Ended)
		r.Started = at.Add(time.Duration(i) * time.Second)
		if i == 3 {
			r.Told = "boris\n"
		}
		list = append(list, r)
	}
	list[4].State, list[4].Ended = cdr.Open, time.Time{} // in progress
	must(t, records.KeepRecords(t.Context(), list, nil))
	for _, test := range []struct {
		login  string
		before time.Time
		limit  int
		want   []cdr.Record
	}{
		{"anna", at.Add(time.Hour), 10, []cdr.Record{list[2], list[1], list[0]}},
		{"boris", at.Add(time.Hour), 2, []cdr.Record{list[3], list[2]}},
		{"boris", at.Add(2 * time.Second), 2, []cdr.Record{list[1], list[0]}},
		{"clara", at.Add(time.Hour), 2, nil},
	} {
		got, err := reopen().Records(cdr.File{}).RecordsOf(t.Context(), cdr.Search{
			Login: test.login, Before: test.before, Limit: test.limit,
		})
		must(t, err)
		var want []cdr.Record
		for _, r := range test.want {
			want = append(want, kept(r))
		}
		equal(t, got.Records, want)
	}
}

func recordsTicket(t *testing.T, s Store, _ func() Store) {
	records := s.Records(cdr.File{})
	final := finished(aRecord("main:1.0"), cdr.Final)
	must(t, records.KeepRecords(t.Context(), []cdr.Record{final}, nil))
	r := begin(t, s, request("main:1.0", "a1", "anna"))
	equal(t, all(t, s)[0].Ticket, "")
	r.State, r.Ticket = tickets.Made, helpdesk.Ticket{
		ID: "43", Number: "2026112210000431", URL: "https://desk.example.com/43",
	}
	must(t, s.EndTicket(t.Context(), r))
	if got := all(t, s)[0]; got.Ticket != r.Ticket.Number || got.TicketURL != r.Ticket.URL {
		t.Errorf("a ticket that came late is not with its call: %+v", got)
	}
	final.Ticket = "another" // the call was added to it
	must(t, records.KeepRecords(t.Context(), []cdr.Record{final}, nil))
	equal(t, all(t, s)[0].Ticket, "another")
}

func recordsForgotten(t *testing.T, s Store, _ func() Store) {
	records := s.Records(cdr.File{})
	old, open, young := finished(aRecord("main:1.0"), cdr.Final), aRecord("main:2.0"), finished(aRecord("main:3.0"),
		cdr.Final)
	young.Started = at.Add(time.Minute)
	must(t, records.KeepRecords(t.Context(), []cdr.Record{old, open, young}, nil))
	n, err := records.ForgetRecords(t.Context(), at.Add(time.Minute))
	must(t, err)
	equal(t, n, 1)
	equal(t, all(t, s), []cdr.Record{kept(open), kept(young)})
	left, err := records.RecordsOf(t.Context(), cdr.Search{Login: "anna", Before: at.Add(time.Hour), Limit: 10})
	must(t, err)
	equal(t, left.Records, []cdr.Record{kept(young)})
}
