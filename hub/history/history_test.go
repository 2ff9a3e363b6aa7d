package history

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/caller"
	"traybell/hub/cdr"
	"traybell/hub/endpoint"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// records is a CDR that answers every search with found, and records the search.
type records struct {
	cdr.Store
	search   cdr.Search
	deadline time.Time
	found    cdr.Found
	err      error

	answered map[string]cdr.Record // by party
	asked    []string              // parties that AnsweredAfter was asked for
	laterErr error
}

func (r *records) RecordsOf(ctx context.Context, s cdr.Search) (cdr.Found, error) {
	r.search = s
	r.deadline, _ = ctx.Deadline()
	return r.found, r.err
}

func (r *records) AnsweredAfter(_ context.Context, party string, after time.Time) (cdr.Record, bool, error) {
	r.asked = append(r.asked, party)
	later, ok := r.answered[party]
	return later, ok && later.Started.After(after), r.laterErr
}

// notes are the categories and blocks of numbers.
type notes struct {
	categories map[string]protocol.Category
	blocks     map[string]*protocol.Block
	err        error
	read       []string                       // numbers whose category was read
	customers  map[string][]protocol.Customer // by E.164
	followed   []string                       // calls whose follow-up was read
}

func (n *notes) Find(_ context.Context, number phone.Number) ([]protocol.Customer, error) {
	return n.customers[number.E164], n.err
}

func (n *notes) Known(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return n.Find(ctx, number)
}

func (n *notes) Category(_ context.Context, number string) (protocol.Category, error) {
	n.read = append(n.read, number)
	return n.categories[number], n.err
}

func (n *notes) followUp(_ context.Context, r cdr.Record) *protocol.FollowUp {
	n.followed = append(n.followed, r.CallID)
	return &protocol.FollowUp{State: protocol.FollowUpOpen}
}

func (n *notes) Of(_ context.Context, number string) *protocol.Block { return n.blocks[number] }

var anna = staff.Agent{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"}}

func reader(t *testing.T, store cdr.Store, n *notes) *Reader {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{
		Numbers: numbers, Records: store, Company: caller.Company{
			Staff:     staff.New([]staff.Agent{anna}),
			Endpoints: map[string]*endpoint.Rules{"main": endpoint.NewRules(nil, []string{"102"}, nil)},
		},
	}
	log := slog.New(slog.DiscardHandler)
	return &Reader{
		Rules: func() Rules { return rules }, Log: log, Now: func() time.Time { return now },
		Lookup:   caller.Lookup{Directory: n, Categories: n, Blocks: n, Log: log},
		FollowUp: n.followUp,
	}
}

func TestSearch(t *testing.T) {
	before := now.Add(-time.Hour)
	long := strings.Repeat(" ", longestSearch) + "84951234567"
	for name, c := range map[string]struct {
		in   protocol.ListHistory
		want cdr.Search
	}{
		"defaults":         {protocol.ListHistory{}, cdr.Search{}},
		"a limit":          {protocol.ListHistory{Limit: 3}, cdr.Search{Limit: 3}},
		"a negative limit": {protocol.ListHistory{Limit: -1}, cdr.Search{}},
		"the largest page": {protocol.ListHistory{Limit: largestPage}, cdr.Search{Limit: largestPage}},
		"a larger page":    {protocol.ListHistory{Limit: 1 << 30}, cdr.Search{Limit: largestPage}},
		"a page": {
			protocol.ListHistory{Before: before, Missed: true}, cdr.Search{Before: before, Missed: true},
		},
		"a name": {protocol.ListHistory{Search: "ivanov"}, cdr.Search{Text: "ivanov"}},
		"a number": {
			protocol.ListHistory{Search: "8 495 123-45-67"},
			cdr.Search{Text: "8 495 123-45-67", Party: "+74951234567"},
		},
		"a long text": {protocol.ListHistory{Search: long}, cdr.Search{Text: long}},
	} {
		t.Run(name, func(t *testing.T) {
			store := &records{}
			if _, err := reader(t, store, &notes{}).List(t.Context(), anna, c.in); err != nil {
				t.Fatal(err)
			}
			want := c.want
			want.Login = "anna"
			if want.Limit == 0 {
				want.Limit = usualPage
			}
			if want.Before.IsZero() {
				want.Before = now.Add(time.Hour)
			}
			if diff := cmp.Diff(want, store.search); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if left := time.Until(store.deadline); left <= 0 || left > readTime {
				t.Errorf("the search may take %v", left)
			}
		})
	}
}

func TestErrorsAreFailures(t *testing.T) {
	_, err := reader(t, nil, &notes{}).List(t.Context(), anna, protocol.ListHistory{})
	if f := fail.Of(err); f.Code != fail.NotFound || f.Retry {
		t.Errorf("without a CDR: %+v", f)
	}
	broken := errors.New("database is locked")
	_, err = reader(t, &records{err: broken}, &notes{}).List(t.Context(), anna, protocol.ListHistory{})
	if f := fail.Of(err); f.Code != fail.Busy || !f.Retry || strings.Contains(f.Text, "locked") ||
		!errors.Is(err, broken) {
		t.Errorf("a broken CDR: %+v", f)
	}
}

func TestPages(t *testing.T) {
	next := now.Add(-time.Minute)
	for _, more := range []bool{false, true} {
		store := &records{found: cdr.Found{More: more, Next: next}}
		got, err := reader(t, store, &notes{}).List(t.Context(), anna, protocol.ListHistory{})
		want := protocol.History{Calls: []protocol.Call{}, More: more}
		if more {
			want.Next = next
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// Category and block are read once for each number and direction, and are those of today.
func TestCallers(t *testing.T) {
	red := protocol.Category{Number: "+74951234567", Color: protocol.Red, Comment: "loud"}
	blocked := &protocol.Block{By: "Boris", Reason: "spam"}
	call := func(number, e164 string) cdr.Record {
		return cdr.Record{Direction: protocol.Incoming, Number: number, E164: e164, Started: now}
	}
	internal := call("102", "")
	internal.Direction = protocol.Internal
	store := &records{found: cdr.Found{Records: []cdr.Record{
		call("84951234567", "+74951234567"), call("+74951234567", "+74951234567"), call("", ""), internal,
		call("102", ""), // from outside
	}}}
	n := &notes{
		categories: map[string]protocol.Category{"+74951234567": red, "102": {Number: "102", Color: protocol.Neutral}},
		blocks:     map[string]*protocol.Block{"+74951234567": blocked},
	}
	got, err := reader(t, store, n).List(t.Context(), anna, protocol.ListHistory{})
	if err != nil {
		t.Fatal(err)
	}
	neutral := protocol.Category{Color: protocol.Neutral}
	noted := protocol.Caller{Status: protocol.Unknown, Category: red, Blocked: blocked}
	var callers []protocol.Caller
	for _, c := range got.Calls {
		callers = append(callers, c.Caller)
	}
	if diff := cmp.Diff([]protocol.Caller{
		noted, noted,
		{Status: protocol.Withheld, Category: neutral},
		{Status: protocol.OwnPhone, Category: protocol.Category{Number: "102", Color: protocol.Neutral}},
		{Status: protocol.Unknown, Category: protocol.Category{Number: "102", Color: protocol.Neutral}},
	}, callers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"+74951234567", "102", "102"}, n.read); diff != "" {
		t.Errorf("categories read (-want +got):\n%s", diff)
	}

	n.err = errors.New("database is locked")
	got, err = reader(t, store, n).List(t.Context(), anna, protocol.ListHistory{})
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Calls[0].Caller; c.Category != (protocol.Category{Number: "+74951234567", Color: protocol.Neutral}) ||
		c.Blocked != blocked {
		t.Errorf("a category that cannot be read: %+v", c)
	}
}

func TestCalledBack(t *testing.T) {
	const party = "+74951234567"
	missed := cdr.Record{
		Direction: protocol.Incoming, Number: "84951234567", E164: party, Started: now.Add(-time.Hour), Missed: true,
	}
	back := cdr.Record{
		Direction: protocol.Outgoing, E164: party, Agent: "anna", Extension: "101", Started: now.Add(-time.Minute),
		Answered: now,
	}
	called := &protocol.CalledBack{By: "Anna Petrova", At: now, Direction: protocol.Outgoing}
	change := func(r cdr.Record, f func(*cdr.Record)) cdr.Record { f(&r); return r }
	for name, c := range map[string]struct {
		call  cdr.Record
		later *cdr.Record
		err   error
		want  *protocol.CalledBack
		asked bool
	}{
		"called back":     {missed, &back, nil, called, true},
		"not called back": {missed, nil, nil, nil, true},
		"cannot be read":  {missed, nil, errors.New("database is locked"), nil, true},
		"was not missed":  {change(missed, func(r *cdr.Record) { r.Missed = false }), &back, nil, nil, false},
		"a withheld number": {
			change(missed, func(r *cdr.Record) { r.Number, r.E164 = "", "" }), &back, nil, nil, false,
		},
		"an internal call": {
			change(missed, func(r *cdr.Record) { r.Direction = protocol.Internal }), &back, nil, nil, false,
		},
		"by an extension without an agent": {
			missed, new(change(back, func(r *cdr.Record) { r.Agent = "" })), nil,
			&protocol.CalledBack{By: "101", At: now, Direction: protocol.Outgoing}, true,
		},
		"by an agent who left": {
			missed, new(change(back, func(r *cdr.Record) { r.Agent = "vera,anna" })), nil,
			&protocol.CalledBack{By: "vera, Anna Petrova", At: now, Direction: protocol.Outgoing}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &records{found: cdr.Found{Records: []cdr.Record{c.call}}, laterErr: c.err}
			if c.later != nil {
				store.answered = map[string]cdr.Record{party: *c.later}
			}
			n := &notes{}
			got, err := reader(t, store, n).List(t.Context(), anna, protocol.ListHistory{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Calls[0].CalledBack); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if follow := got.Calls[0].FollowUp; (follow == nil) != (c.want != nil) || len(n.followed) > 1 {
				t.Errorf("called back %+v, follow-up %+v", c.want, follow)
			}
			if len(store.asked) > 0 != c.asked {
				t.Errorf("asked for %q", store.asked)
			}
		})
	}
}

func TestLegs(t *testing.T) {
	for name, c := range map[string]struct {
		record cdr.Record
		want   []protocol.Leg
	}{
		"no extension": {cdr.Record{Direction: protocol.Incoming}, []protocol.Leg{}},
		"an extension without an agent": {
			cdr.Record{Direction: protocol.Incoming, Extension: "900"},
			[]protocol.Leg{{Extension: "900", State: protocol.Ended}},
		},
		"one agent": {
			cdr.Record{Direction: protocol.Outgoing, Extension: "101", Agent: "anna"},
			[]protocol.Leg{{
				Extension: "101", Agent: "Anna Petrova", Login: "anna", State: protocol.Ended, Calling: true,
			}},
		},
		"one of several agents": {
			cdr.Record{Direction: protocol.Incoming, Extension: "101", Agent: "anna,vera"},
			[]protocol.Leg{{Extension: "101", Agent: "Anna Petrova, vera", State: protocol.Ended}},
		},
	} {
		store := &records{found: cdr.Found{Records: []cdr.Record{c.record}}}
		got, err := reader(t, store, &notes{}).List(t.Context(), anna, protocol.ListHistory{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.Calls[0].Legs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The agent who placed an internal call did not miss it.
func TestMissedByTheCalled(t *testing.T) {
	call := cdr.Record{CallID: "main:1", Direction: protocol.Internal, Number: "101", Agent: "vera,anna", Missed: true}
	for agent, want := range map[string]bool{"anna": false, "boris": true} {
		list, err := reader(t, &records{found: cdr.Found{Records: []cdr.Record{call}}}, &notes{}).List(t.Context(),
			staff.Agent{Login: agent}, protocol.ListHistory{})
		if err != nil || len(list.Calls) != 1 || list.Calls[0].Missed != want {
			t.Errorf("%s: %+v, %v; want missed %t", agent, list.Calls, err, want)
		}
	}
}

// A call whose record names no customer has those that the directories know today, so that the
// agent can choose one for a ticket; the record's customer stays.
func TestCustomersOfToday(t *testing.T) {
	two := []protocol.Customer{{Login: "olga"}, {Login: "petr"}}
	const number = "+74951234567"
	for name, test := range map[string]struct {
		record cdr.Record
		found  []protocol.Customer
		status protocol.CallerStatus
		logins string
	}{
		"one":     {cdr.Record{Number: number, E164: number}, two[:1], protocol.Known, "olga"},
		"several": {cdr.Record{Number: number, E164: number}, two, protocol.Several, "olga petr"},
		"a guess": {
			cdr.Record{Number: number, E164: number},
			[]protocol.Customer{{Login: "kim", Maybe: true}},
			protocol.Unknown, "",
		},
		"none":         {cdr.Record{Number: number, E164: number}, nil, protocol.Unknown, ""},
		"withheld":     {cdr.Record{}, two, protocol.Withheld, ""},
		"the record's": {cdr.Record{Number: number, E164: number, Customer: "ivan"}, two, protocol.Known, "ivan"},
		"the record's, of a file without logins": {
			cdr.Record{Number: number, E164: number, CustomerName: "Acme"}, two, protocol.Known, "",
		},
		"a call of colleagues": {
			cdr.Record{Number: number, E164: number, Direction: protocol.Internal}, two, protocol.OwnPhone, "",
		},
		"a short number outside": {
			cdr.Record{Number: "23456", Direction: protocol.Incoming}, two[:1], protocol.Known, "olga",
		},
		"a colleague's number outside": {
			cdr.Record{Number: "102", Direction: protocol.Incoming}, two, protocol.Unknown, "",
		},
	} {
		r := reader(t, &records{found: cdr.Found{Records: []cdr.Record{test.record}}}, &notes{
			customers: map[string][]protocol.Customer{number: test.found, "": test.found},
		})
		page, err := r.List(t.Context(), anna, protocol.ListHistory{})
		if err != nil {
			t.Fatal(err)
		}
		var logins []string
		for _, c := range page.Calls[0].Caller.Customers {
			logins = append(logins, c.Login)
		}
		if got := page.Calls[0].Caller.Status; got != test.status || strings.Join(logins, " ") != test.logins {
			t.Errorf("%s: %s %q", name, got, logins)
		}
	}
}

// pages is a CDR whose searches find these calls, one a page.
type pages struct {
	cdr.Store
	of []cdr.Record
}

func (p pages) RecordsOf(_ context.Context, s cdr.Search) (cdr.Found, error) {
	for i, r := range p.of {
		if r.Started.Before(s.Before) {
			return cdr.Found{Records: []cdr.Record{r}, More: i+1 < len(p.of), Next: r.Started}, nil
		}
	}
	return cdr.Found{}, nil
}

// hiding does not find a number.
type hiding string

func (h hiding) Found(_ string, texts ...string) bool { return !slices.Contains(texts, string(h)) }

// Whether a hidden number has the digits of a search does not show in whether there are more pages.
func TestSearchForAHiddenNumber(t *testing.T) {
	at := func(id, number string, ago time.Duration) cdr.Record {
		return cdr.Record{CallID: id, Direction: protocol.Incoming, Number: number, Started: now.Add(-ago)}
	}
	hidden := []cdr.Record{at("1", "84951234567", time.Hour), at("2", "84951234567", 2*time.Hour)}
	n := &notes{}
	for name, c := range map[string]struct {
		of   []cdr.Record
		want []string
		more bool
	}{
		"only hidden ones": {hidden, nil, false},
		"another behind them": {
			append(slices.Clone(hidden), at("3", "84957654321", 3*time.Hour)), []string{"3"}, false,
		},
		"others around them": {
			slices.Concat([]cdr.Record{at("0", "84957654321", time.Minute)}, hidden), []string{"0"}, true,
		},
	} {
		r := reader(t, pages{of: c.of}, n)
		r.Hidden = hiding("84951234567")
		page, err := r.List(t.Context(), anna, protocol.ListHistory{Search: "495", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, call := range page.Calls {
			ids = append(ids, call.ID)
		}
		if !slices.Equal(ids, c.want) || page.More != c.more {
			t.Errorf("%s: %v, more: %t", name, ids, page.More)
		}
	}
}
