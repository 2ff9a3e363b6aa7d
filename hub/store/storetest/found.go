package storetest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/repeat"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// Listing is what administrators list.
type Listing interface {
	Setting(ctx context.Context, name string, into any) (ok bool, err error)
	SetSetting(ctx context.Context, name string, value any) error
	FindCategories(ctx context.Context, color protocol.Color, text string, after protocol.Category, limit int,
	) ([]protocol.Category, error)
	FindBlocks(ctx context.Context, text string, before int64, limit int) ([]blocking.Block, error)
	FindListed(ctx context.Context, text, of string, before int64, limit int) ([]helpdesk.ListedTicket, error)
	PendingTickets(ctx context.Context, after tickets.Position, limit int) ([]tickets.Request, error)
	FindRecords(ctx context.Context, q cdr.Query) (cdr.Page, error)
	CountRecords(ctx context.Context, from, to time.Time, slot time.Duration) ([]cdr.Count, error)
}

func settings(t *testing.T, s Store, reopen func() Store) {
	var got []string
	if ok, err := s.Setting(t.Context(), "colors", &got); ok || err != nil {
		t.Fatalf("a setting that was never set: %v, %v", ok, err)
	}
	must(t, s.SetSetting(t.Context(), "colors", []string{"red"}))
	must(t, s.SetSetting(t.Context(), "colors", []string{"зелёный", "'"}))
	must(t, s.SetSetting(t.Context(), "limit", 5))
	ok, err := reopen().Setting(t.Context(), "colors", &got)
	must(t, err)
	if !ok || !slices.Equal(got, []string{"зелёный", "'"}) {
		t.Errorf("%v, %q", ok, got)
	}
	if _, err := s.Setting(t.Context(), "limit", &got); err == nil {
		t.Error("a number was read as a list")
	}
}

func answers(t *testing.T, s Store, reopen func() Store) {
	ctx := t.Context()
	asked := repeat.Answer{Request: "r", At: at, Header: http.Header{}}
	if kept, first, err := s.BeginAnswer(ctx, "key", asked, at); !first || err != nil {
		t.Fatalf("the first request: %+v, %v", kept, err)
	}
	if kept, first, err := s.BeginAnswer(ctx, "key", asked, at); first || kept.Status != 0 || err != nil {
		t.Errorf("a request in progress: %+v, %v, %v", kept, first, err)
	}
	if _, first, err := s.BeginAnswer(ctx, "key", asked, at.Add(time.Second)); !first || err != nil {
		t.Errorf("a request that got lost: %v, %v", first, err)
	}
	want := asked
	want.Status, want.Header, want.Body = 201, http.Header{"Content-Type": {"text/plain"}}, []byte("Да\x00")
	must(t, s.KeepAnswer(ctx, "key", want))
	other := asked
	other.Request = "other"
	kept, first, err := reopen().BeginAnswer(ctx, "key", other, at.Add(time.Hour))
	must(t, err)
	if first {
		t.Error("an answered request is first again")
	}
	equal(t, kept, want)
	must(t, s.DropAnswer(ctx, "key"))
	for i := range 6 {
		for _, client := range []string{"a", "b", "c"} {
			a := asked
			a.At = at.Add(time.Duration(i) * time.Minute)
			_, first, err := s.BeginAnswer(ctx, fmt.Sprint(client, i), a, at)
			if must(t, err); !first {
				t.Errorf("%s%d is not first", client, i)
			}
		}
	}
	must(t, s.ForgetAnswers(ctx, at.Add(time.Minute), "b", 3))
	for client, want := range map[string][]bool{
		"a": {true, false, false, false, false, false}, "b": {true, true, true, false, false, false},
		"c": {true, false, false, false, false, false},
	} {
		for i, gone := range want {
			key := fmt.Sprint(client, i)
			if _, first, err := s.BeginAnswer(ctx, key, asked, at.Add(-time.Hour)); err != nil || first != gone {
				t.Errorf("%s: forgotten %v, %v", key, first, err)
			}
		}
	}
}

// numbersOf reads all pages of a list, two items each, and returns the numbers.
func numbersOf[T any](t *testing.T, read func(after T) ([]T, error), number func(T) string) (numbers []string) {
	t.Helper()
	var after T
	for {
		page, err := read(after)
		must(t, err)
		for _, item := range page {
			numbers = append(numbers, number(item))
		}
		if len(page) < 2 {
			return numbers
		}
		if after = page[1]; len(numbers) > 100 {
			t.Fatal("the pages do not end")
		}
	}
}

func categoriesFound(t *testing.T, s Store, _ func() Store) {
	for i, c := range []protocol.Category{
		{Color: protocol.Red, Comment: "Кричит", Author: "Анна Ёлкина"},
		{Color: protocol.Neutral},
		{Color: protocol.Neutral, Comment: "neighbour"},
		{Color: protocol.Red},
		{Color: protocol.Green},
		{Color: protocol.Red},
	} {
		c.Number = fmt.Sprintf("+7495123456%d", i)
		c.Changed = at.Add(time.Duration(i/2) * time.Hour) // two at a time
		must(t, s.SetCategory(t.Context(), c))
	}
	for _, of := range []struct {
		color protocol.Color
		text  string
		want  []string
	}{
		{"", "", []string{"+74951234565", "+74951234564", "+74951234563", "+74951234562", "+74951234560"}},
		{protocol.Red, "", []string{"+74951234565", "+74951234563", "+74951234560"}},
		{"", "елкина кричит", []string{"+74951234560"}},
		{"", "8 (495) 123-45-64", []string{"+74951234564"}},
		{protocol.Green, "neighbour", nil},
		{"", "%", nil},
	} {
		got := numbersOf(t, func(after protocol.Category) ([]protocol.Category, error) {
			return s.FindCategories(t.Context(), of.color, of.text, after, 2)
		}, func(c protocol.Category) string { return c.Number })
		if !slices.Equal(got, of.want) {
			t.Errorf("%s %q: %v, want %v", of.color, of.text, got, of.want)
		}
	}
}

func blocksFound(t *testing.T, s Store, _ func() Store) {
	block := func(number string, blocked bool, state blocking.State, reason string) {
		b := blockOf(number, blocked)
		b.Reason = reason
		b = beginBlock(t, s, b)
		b.State = state
		must(t, s.EndBlock(t.Context(), b))
	}
	block("+74951234561", true, blocking.Done, "Ковры")
	block("+74951234562", true, blocking.Done, "carpets")
	block("+74951234563", true, blocking.Pending, "")
	block("+74951234564", true, blocking.Failed, "")
	block("+74951234562", false, blocking.Done, "")
	block("+74951234561", false, blocking.Failed, "")
	for _, of := range []struct {
		text string
		want []string
	}{
		{"", []string{"+74951234563", "+74951234561"}},
		{"ковры", []string{"+74951234561"}},
		{"anna", []string{"+74951234563", "+74951234561"}},
		{"84951234563", []string{"+74951234563"}},
		{"carpets", nil},
	} {
		got := numbersOf(t, func(after blocking.Block) ([]blocking.Block, error) {
			return s.FindBlocks(t.Context(), of.text, after.ID, 2)
		}, func(b blocking.Block) string {
			if len(b.Entries) != 3 || !b.Blocked {
				t.Errorf("%+v", b)
			}
			return b.Number
		})
		if !slices.Equal(got, of.want) {
			t.Errorf("%q: %v, want %v", of.text, got, of.want)
		}
	}
}

func listedFound(t *testing.T, s Store, _ func() Store) {
	for i := range 5 {
		_, err := s.AddListed(t.Context(), helpdesk.Draft{
			CallID: fmt.Sprintf("main:%d", i), Number: fmt.Sprintf("+7495123456%d", i),
			Title: fmt.Sprintf("Printer 100%% %d", i%2), Agent: staff.Agent{Login: []string{"anna", "boris"}[i%2]},
		})
		must(t, err)
	}
	last, _, err := s.ListedByCall(t.Context(), "main:4")
	must(t, err)
	_, err = s.EditListed(t.Context(), last.Number, helpdesk.ListedEdit{
		By: "root", Assignee: &helpdesk.Assignee{Login: "boris", Name: "Boris"},
	})
	must(t, err)
	for _, of := range []struct {
		text, agent string
		want        []string
	}{
		{"", "", []string{"main:4", "main:3", "main:2", "main:1", "main:0"}},
		{"printer 100% 0", "", []string{"main:4", "main:2", "main:0"}},
		{"8 495 123-45-63", "", []string{"main:3"}},
		{"scanner", "", nil},
		{"", "boris", []string{"main:4", "main:3", "main:1"}},
		{"printer 100% 0", "boris", []string{"main:4"}},
		{"", "zoe", nil},
	} {
		got := numbersOf(t, func(after helpdesk.ListedTicket) ([]helpdesk.ListedTicket, error) {
			return s.FindListed(t.Context(), of.text, of.agent, after.ID, 2)
		}, func(t helpdesk.ListedTicket) string { return t.CallID })
		if !slices.Equal(got, of.want) {
			t.Errorf("%q: %v, want %v", of.text, got, of.want)
		}
	}
}

func pendingFound(t *testing.T, s Store, _ func() Store) {
	for i := range 5 {
		r := request(fmt.Sprintf("main:%d", i), "action", "anna")
		r.At = at.Add(time.Duration(i/2) * time.Second)
		_, _, err := s.BeginTicket(t.Context(), r)
		must(t, err)
		if i == 1 {
			r.State = tickets.Made
			must(t, s.EndTicket(t.Context(), r))
		}
	}
	got := numbersOf(t, func(after tickets.Request) ([]tickets.Request, error) {
		return s.PendingTickets(t.Context(), tickets.Position{At: after.At, CallID: after.CallID}, 2)
	}, func(r tickets.Request) string { return r.CallID })
	if want := []string{"main:0", "main:2", "main:3", "main:4"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func recordsFound(t *testing.T, s Store, _ func() Store) {
	var all []cdr.Record
	for i := range 7 {
		r := cdr.Record{
			CallID: fmt.Sprintf("main:%d", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: fmt.Sprintf("+7495123456%d", i), E164: fmt.Sprintf("+7495123456%d", i),
			Started: at.Add(time.Duration(i/2) * time.Hour), Ended: at.Add(24 * time.Hour), Told: "boris\n",
		}
		switch i {
		case 1:
			r.PBX, r.Agent = "branch", "anna,boris"
		case 2:
			r.Direction, r.Missed, r.Agent = protocol.Internal, true, "zoe"
			r.CalleeAgent, r.Told = "anna", "anna\nzoe\n"
		case 3:
			r.State, r.Ended = cdr.Open, time.Time{}
		case 4:
			r.CustomerName = "Ёлкина"
		case 5:
			r.Direction = protocol.Outgoing
		case 6:
			r.Missed = true
		}
		all = append(all, r)
	}
	must(t, s.Records(cdr.File{}).KeepRecords(t.Context(), all, nil))
	for name, of := range map[string]struct {
		q    cdr.Query
		want []string
	}{
		"all":       {cdr.Query{}, []string{"main:6", "main:5", "main:4", "main:2", "main:1", "main:0"}},
		"from":      {cdr.Query{From: at.Add(2 * time.Hour)}, []string{"main:6", "main:5", "main:4"}},
		"to":        {cdr.Query{To: at.Add(2 * time.Hour)}, []string{"main:2", "main:1", "main:0"}},
		"both":      {cdr.Query{From: at.Add(time.Hour), To: at.Add(2 * time.Hour)}, []string{"main:2"}},
		"PBX":       {cdr.Query{PBX: "branch"}, []string{"main:1"}},
		"direction": {cdr.Query{Direction: protocol.Internal}, []string{"main:2"}},
		"missed":    {cdr.Query{Missed: true}, []string{"main:6", "main:2"}},
		"agent":     {cdr.Query{Agent: "anna"}, []string{"main:2", "main:1"}},
		"shown to":  {cdr.Query{ShownTo: "anna"}, []string{"main:2"}},
		"name":      {cdr.Query{Text: "елкина"}, []string{"main:4"}},
		"number":    {cdr.Query{Text: "8 495 123 45 65"}, []string{"main:5"}},
		"none":      {cdr.Query{Text: "ann", Agent: "ann"}, nil},
	} {
		var got []string
		for of.q.Limit = 2; ; {
			page, err := s.FindRecords(t.Context(), of.q)
			must(t, err)
			for _, r := range page.Records {
				got = append(got, r.CallID)
			}
			if of.q.After = page.Next; !page.More {
				break
			}
		}
		if !slices.Equal(got, of.want) {
			t.Errorf("%s: %v, want %v", name, got, of.want)
		}
	}
	if _, err := s.FindRecords(t.Context(), cdr.Query{}); err == nil {
		t.Error("a search without a limit")
	}
	counts, err := s.CountRecords(t.Context(), at.Truncate(time.Hour), at.Add(4*time.Hour), time.Hour)
	must(t, err)
	// the missed call between extensions and the one in progress do not count
	if fmt.Sprint(counts) != countsWant {
		t.Errorf("counted %v", counts)
	}
}

const countsWant = "[{0 2 0 0} {2 2 0 1} {3 0 1 0}]"
