package storetest

import (
	"fmt"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// found returns the calls of a page and their ids.
func found(t *testing.T, s Store, search cdr.Search) (ids []string, page cdr.Found) {
	t.Helper()
	if search.Login == "" {
		search.Login = "anna"
	}
	if search.Before.IsZero() {
		search.Before = at.Add(time.Hour)
	}
	if search.Limit == 0 {
		search.Limit = 10
	}
	page, err := s.Records(cdr.File{}).RecordsOf(t.Context(), search)
	must(t, err)
	ids = []string{}
	for _, r := range page.Records {
		ids = append(ids, r.CallID)
	}
	return ids, page
}

func recordsSearched(t *testing.T, s Store, reopen func() Store) {
	records := s.Records(cdr.File{})
	ivanov := finished(aRecord("main:1"), cdr.Final)
	ivanov.Name, ivanov.Customer = "IVANOV SIP", "i.petrovich"
	ivanov.CustomerName, ivanov.Company = "Иван Семёнов", "ООО «Ромашка»"
	weber := finished(aRecord("main:2"), cdr.Final)
	weber.Started, weber.Number, weber.E164, weber.Missed = at.Add(time.Second), "004930123456", "+4930123456", true
	weber.Name, weber.Company, weber.Ticket = "", "", "2026112210000015"
	weber.Customer, weber.CustomerName = "weber", "Jürgen WEBER"
	hidden := finished(aRecord("main:3"), cdr.Final)
	hidden.Started, hidden.Missed = at.Add(2*time.Second), true
	hidden.Number, hidden.E164, hidden.Name, hidden.Customer, hidden.CustomerName = "", "", "", "", ""
	others := finished(aRecord("main:4"), cdr.Final)
	others.Told = "boris\n"
	must(t, records.KeepRecords(t.Context(), []cdr.Record{ivanov, weber, hidden, others}, nil))

	late := finished(aRecord("main:5"), cdr.Final)
	late.Started, late.Number, late.E164 = at.Add(-time.Minute), "74957654321", "+74957654321"
	late.Name, late.Customer, late.CustomerName = "", "", ""
	must(t, records.KeepRecords(t.Context(), []cdr.Record{late}, nil))
	r := begin(t, s, request("main:5", "a1", "anna"))
	r.State, r.Ticket = tickets.Made, helpdesk.Ticket{ID: "43", Number: "LATE-43"}
	must(t, s.EndTicket(t.Context(), r))
	added := weber
	added.Ticket = "another" // ignored: the final record has a ticket
	must(t, records.KeepRecords(t.Context(), []cdr.Record{added}, nil))

	for text, want := range map[string][]string{
		"":                  {"main:3", "main:2", "main:1", "main:5"},
		"ИВАН":              {"main:1"},
		"семенов":           {"main:1"},
		"ромашка иван":      {"main:1"},
		"ромашка weber":     {},
		"ivanov":            {"main:1"},
		"PETROVICH":         {"main:1"},
		"jürgen":            {"main:2"},
		"JÜRGEN":            {"main:2"},
		"8 (495) 123-45-67": {"main:1"},
		"+7 495 1234567":    {"main:1"},
		"123-45":            {"main:2", "main:1"},
		"weber 3012":        {"main:2"},
		"2026112210000015":  {"main:2"},
		"late-43":           {"main:5"},
		"another":           {},
		"%":                 {},
		"_":                 {},
		"' OR 1=1 --":       {},
		"нет такого":        {},
		"\xff\xfe":          {"main:3", "main:2", "main:1", "main:5"},
		"  \t ":             {"main:3", "main:2", "main:1", "main:5"},
		"иван иван иван\nсемен ": {"main:1"},
	} {
		for _, s := range []Store{s, reopen()} {
			if got, page := found(t, s, cdr.Search{Text: text}); fmt.Sprint(got) != fmt.Sprint(want) ||
				page.More {
				t.Errorf("%q finds %v, more %t; want %v", text, got, page.More, want)
			}
		}
	}
	for party, want := range map[string][]string{
		"+74951234567": {"main:1"}, "+4930123456": {"main:2"},
		"+74950000000": {"main:3", "main:2", "main:1", "main:5"},
	} {
		// no calls of the party: the text decides
		if got, _ := found(t, s, cdr.Search{Party: party}); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the party %s has %v, want %v", party, got, want)
		}
	}
	got, page := found(t, s, cdr.Search{Missed: true})
	equal(t, got, []string{"main:3", "main:2"})
	equal(t, page.More, false)
	got, _ = found(t, s, cdr.Search{Missed: true, Text: "weber"})
	equal(t, got, []string{"main:2"})
	colleague := finished(aRecord("main:6"), cdr.Final) // anna called boris
	colleague.Started, colleague.Direction, colleague.Missed = at.Add(-2*time.Minute), protocol.Internal, true
	colleague.Answered, colleague.Agent = time.Time{}, "anna"
	colleague.Number, colleague.E164, colleague.Name, colleague.Customer, colleague.CustomerName = "101", "", "", "", ""
	must(t, records.KeepRecords(t.Context(), []cdr.Record{colleague}, nil))
	got, _ = found(t, s, cdr.Search{Missed: true})
	equal(t, got, []string{"main:3", "main:2"})
	got, _ = found(t, s, cdr.Search{Login: "boris", Missed: true})
	equal(t, got, []string{"main:3", "main:2", "main:6"})
	got, _ = found(t, s, cdr.Search{Login: "boris", Missed: true, Party: "+4930123456"})
	equal(t, got, []string{"main:2"})

	got, _ = found(t, s, cdr.Search{Login: "boris", Text: "иван"})
	equal(t, got, []string{"main:4", "main:1"})
	got, _ = found(t, s, cdr.Search{Login: "clara", Text: "иван"})
	equal(t, got, []string{})
}

// Many calls begin at the same time: pages of any size contain each of them once.
func recordsPaged(t *testing.T, s Store, _ func() Store) {
	var all []cdr.Record
	for i := range 60 {
		r := finished(aRecord(fmt.Sprintf("main:%02d", i)), cdr.Final)
		r.Started = at.Add(time.Duration(i/7) * time.Microsecond)
		r.Missed = i%2 == 0
		all = append(all, r)
	}
	must(t, s.Records(cdr.File{}).KeepRecords(t.Context(), all, nil))
	for _, search := range []cdr.Search{
		{}, {Missed: true}, {Text: "иван"}, {Party: "+74951234567"}, {Party: "+74951234567", Missed: true},
	} {
		for _, limit := range []int{1, 3, 7, 8, 29, 60, 61} {
			seen := map[string]int{}
			search.Limit, search.Before = limit, time.Time{}
			for pages := 0; ; pages++ {
				ids, page := found(t, s, search)
				for _, id := range ids {
					seen[id]++
				}
				if len(ids) > limit+6 {
					t.Fatalf("a page of %d has %d", limit, len(ids))
				}
				if !page.More {
					break
				}
				if pages > 60 || len(ids) < limit {
					t.Fatalf("pages of %d do not end: %v, next %v", limit, ids, page.Next)
				}
				search.Before = page.Next
			}
			want := 60
			if search.Missed {
				want = 30
			}
			if len(seen) != want {
				t.Errorf("pages of %d have %d of %d calls", limit, len(seen), want)
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("pages of %d have %s %d times", limit, id, n)
				}
			}
		}
	}
}

func recordsOfAParty(t *testing.T, s Store, reopen func() Store) {
	call := func(id string, after time.Duration, change func(r *cdr.Record)) cdr.Record {
		r := finished(aRecord(id), cdr.Final)
		r.Started, r.Answered, r.Missed = at.Add(after), time.Time{}, true
		if change != nil {
			change(&r)
		}
		return r
	}
	const ivanov = "+74951234567"
	list := []cdr.Record{
		call("main:1", 0, nil),
		call("main:2", time.Minute, func(r *cdr.Record) { r.Number = "+7 495 1234567" }), // another notation
		call("main:3", 2*time.Minute, func(r *cdr.Record) {
			r.Direction, r.Answered, r.Missed = protocol.Outgoing, r.Started.Add(time.Second), false
		}),
		call("main:4", 3*time.Minute, func(r *cdr.Record) { r.State, r.Ended = cdr.Open, time.Time{} }),
		call("main:5", time.Minute, func(r *cdr.Record) { r.Number, r.E164 = "", "" }),
		call("main:6", time.Minute, func(r *cdr.Record) {
			r.Number, r.E164, r.Direction = "101", "", protocol.Internal
		}),
		call("main:7", time.Minute, func(r *cdr.Record) { r.Number, r.E164 = "alice", "" }),
	}
	must(t, s.Records(cdr.File{}).KeepRecords(t.Context(), list, nil))
	records := reopen().Records(cdr.File{})
	for _, test := range []struct {
		party  string
		before time.Duration
		not    string
		want   string
	}{
		{ivanov, time.Hour, "", "main:3"}, // the last one is open
		{ivanov, 2 * time.Minute, "main:3", "main:2"},
		{ivanov, time.Minute, "main:2", "main:1"},
		{ivanov, 0, "main:1", ""},
		{ivanov, 0, "main:9", "main:1"}, // began at the same time
		{"", time.Hour, "", ""},
		{"101", time.Hour, "", ""},
		{"alice", time.Hour, "", "main:7"},
		{"+74950000000", time.Hour, "", ""},
	} {
		got, ok, err := records.PreviousRecord(t.Context(), test.party, at.Add(test.before), test.not)
		must(t, err)
		if got.CallID != test.want || ok != (test.want != "") {
			t.Errorf("the last with %q before %v, not %q: %q, %t; want %q", test.party, test.before, test.not,
				got.CallID, ok, test.want)
		}
	}
	for after, want := range map[time.Duration]string{
		0: "main:3", time.Minute: "main:3", 2 * time.Minute: "", -time.Hour: "main:3",
	} {
		got, ok, err := records.AnsweredAfter(t.Context(), ivanov, at.Add(after))
		must(t, err)
		if got.CallID != want || ok != (want != "") {
			t.Errorf("answered after %v: %q, %t; want %q", after, got.CallID, ok, want)
		}
	}
	got, _, err := records.PreviousRecord(t.Context(), ivanov, at.Add(2*time.Minute), "main:3")
	must(t, err)
	equal(t, got, kept(list[1]))
}
