package missed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

const number = "+74951234567"

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// memory is a store with the item of one number.
type memory struct {
	mu   sync.Mutex
	item Item
	err  error

	query Query // the last one
	list  []Item
}

func (m *memory) MissedItems(_ context.Context, q Query) ([]Item, error) {
	m.query = q
	return m.list[:min(q.Limit, len(m.list))], m.err
}

func (m *memory) MissedItem(_ context.Context, number string, _ time.Time) (Item, error) {
	if number != m.item.Number {
		return Item{Number: number}, m.err
	}
	return m.item, m.err
}

func (m *memory) ChangeMissed(ctx context.Context, number string, since time.Time,
	change func(*Item) error,
) (Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	item, err := m.MissedItem(ctx, number, since)
	if err != nil {
		return Item{}, err
	}
	if err := change(&item); err != nil {
		return Item{}, err
	}
	if item.Number == m.item.Number {
		m.item = item
	}
	return item, nil
}

// office is a service; anna and boris see the calls, vera does not.
type office struct {
	*Service
	store *memory
	sent  []string // "anna,boris claimed Anna Petrova"
}

func newOffice(t *testing.T) *office {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{store: &memory{item: Item{
		Number: number, Calls: 2, First: now.Add(-time.Hour), Last: now.Add(-time.Minute),
		Agents: []string{"anna", "boris"},
	}}}
	agents := staff.New([]staff.Agent{
		{Login: "anna", Name: "Anna Petrova"}, {Login: "boris", Name: "Boris"}, {Login: "vera"},
	})
	o.Service = &Service{
		Store: o.store, Rules: func() Rules { return Rules{Numbers: numbers, Staff: agents} },
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Send: func(logins []string, m protocol.Message) {
			var e protocol.MissedEvent
			if err := m.Decode(&e); err != nil || m.Type != protocol.Event || m.Name != protocol.MissedFollowUp ||
				e.Number != number {
				t.Errorf("sent %s %s %s, %v", m.Type, m.Name, m.Data, err)
			}
			o.sent = append(o.sent, strings.TrimSpace(fmt.Sprint(strings.Join(logins, ","), " ", e.FollowUp.State, " ",
				e.FollowUp.By, " ", e.FollowUp.Login)))
		},
	}
	return o
}

func agent(login string) access.Principal { return access.Principal{Kind: access.Agent, Name: login} }

func person(name string, roles ...access.Role) access.Principal {
	return access.Principal{Kind: access.Administrator, Name: name, Roles: roles}
}

var root = person("root", access.Admin)

// problem is what is wrong, and about whom.
func problem(err error) string {
	if err == nil {
		return ""
	}
	f := fail.Of(err)
	return strings.TrimSpace(string(f.Problem) + " " + f.About)
}

func TestFollowUpOfATeam(t *testing.T) {
	type step struct {
		what string
		who  access.Principal
		want string // the problem
	}
	for name, steps := range map[string][]step{
		"the first gets it": {
			{"claim", agent("anna"), ""},
			{"claim", agent("boris"), "missed.claimed Anna Petrova"},
			{"claim", agent("anna"), ""},
			{"claim", root, "missed.claimed Anna Petrova"},
		},
		"it is given back": {
			{"claim", agent("anna"), ""},
			{"release", agent("boris"), "missed.claimed Anna Petrova"},
			{"release", agent("anna"), ""},
			{"release", agent("anna"), ""},
			{"claim", agent("boris"), ""},
		},
		"a supervisor takes it away": {
			{"claim", agent("anna"), ""},
			{"release", person("head", access.Supervise), ""},
			{"claim", person("head", access.Supervise), ""},
			{"claim", agent("anna"), "missed.claimed head"},
		},
		"it is done by who has it": {
			{"claim", agent("anna"), ""},
			{"done", agent("boris"), "missed.claimed Anna Petrova"},
			{"done", agent("anna"), ""},
		},
		"it is done without a claim":        {{"done", agent("boris"), ""}},
		"a supervisor says that it is done": {{"claim", agent("anna"), ""}, {"done", root, ""}},
		"others' calls are none of an agent's": {
			{"claim", agent("vera"), "call.not_yours"}, {"done", agent("vera"), "call.not_yours"},
		},
		"reading is not enough": {
			{"claim", person("guest", access.View), "right.missing supervise"},
			{"done", person("guest", access.Notes), "right.missing supervise"},
		},
		"an administrator is not the agent of the same name": {
			{"claim", person("anna", access.Admin), ""}, {"claim", agent("anna"), "missed.claimed anna"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for i, s := range steps {
				var err error
				switch s.what {
				case "claim":
					_, err = o.Claim(t.Context(), s.who, "8 (495) 123-45-67")
				case "release":
					_, err = o.Release(t.Context(), s.who, number)
				case "done":
					_, err = o.Done(t.Context(), s.who, number, time.Time{})
				}
				if got := problem(err); got != s.want {
					t.Fatalf("step %d, %s by %s: %q, want %q", i, s.what, s.who.Name, got, s.want)
				}
			}
		})
	}
}

func TestAgentsSeeWhoCallsBack(t *testing.T) {
	o := newOffice(t)
	for range 2 { // the second time nothing changes
		if _, err := o.Claim(t.Context(), agent("anna"), number); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Release(t.Context(), root, number); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Done(t.Context(), root, number, time.Time{}); err != nil {
		t.Fatal(err)
	}
	want := []string{"anna,boris claimed Anna Petrova anna", "anna,boris open", "anna,boris done root"}
	if diff := cmp.Diff(want, o.sent); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsOpen(t *testing.T) {
	o := newOffice(t)
	o.store.item.Calls = 0
	for name, do := range map[string]func() (Item, error){
		"claim":          func() (Item, error) { return o.Claim(t.Context(), agent("anna"), number) },
		"done":           func() (Item, error) { return o.Done(t.Context(), root, number, time.Time{}) },
		"another number": func() (Item, error) { return o.Claim(t.Context(), root, "102") },
		"a long text":    func() (Item, error) { return o.Claim(t.Context(), root, strings.Repeat("1", 1000)) },
	} {
		if _, err := do(); problem(err) != "missed.none" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(o.sent) > 0 {
		t.Errorf("sent %v", o.sent)
	}
	o.store.err = errors.New("database is locked")
	if _, err := o.Claim(t.Context(), root, number); problem(err) != "missed.unsaved" || !fail.Of(err).Retry {
		t.Errorf("without a database: %v", err)
	}
}

// A call that comes in while the agent writes an e-mail stays open.
func TestDoneIsAboutTheCallsThatWereSeen(t *testing.T) {
	for until, want := range map[time.Time]time.Time{
		{}: now.Add(-time.Minute), now.Add(-time.Hour): now.Add(-time.Hour), now.Add(time.Hour): now.Add(-time.Minute),
	} {
		o := newOffice(t)
		item, err := o.Done(t.Context(), agent("anna"), number, until)
		if err != nil || !item.Done.Through.Equal(want) || item.Done.Name != "Anna Petrova" ||
			!item.Done.At.Equal(now) {
			t.Errorf("until %v: %+v, %v", until, item.Done, err)
		}
	}
}

func TestOneOfManyAgentsGetsIt(t *testing.T) {
	o := newOffice(t)
	o.Send = func([]string, protocol.Message) {}
	var mu sync.Mutex
	var results []string
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := o.Claim(t.Context(), agent([]string{"anna", "boris"}[i%2]), number)
			mu.Lock()
			defer mu.Unlock()
			results = append(results, problem(err))
		})
	}
	all.Wait()
	slices.Sort(results)
	if got := slices.Compact(slices.Clone(results)); len(got) != 2 || got[0] != "" ||
		results[9] != "" || results[10] == "" {
		t.Errorf("the claims end with %q", results)
	}
}

func TestListIsThatOfTheReader(t *testing.T) {
	o := newOffice(t)
	for range 10 {
		o.store.list = append(o.store.list, o.store.item)
	}
	after := Position{Last: now, Number: number}
	for _, test := range []struct {
		name  string
		who   access.Principal
		limit int
		login string
	}{
		{"an agent's", agent("vera"), 5, "vera"},
		{
			"of an agent who may view",
			access.Principal{Kind: access.Agent, Name: "vera", Roles: []access.Role{access.View}},
			3, "",
		},
		{"an administrator's", root, 4, ""},
	} {
		items, err := o.List(t.Context(), test.who, after, test.limit)
		if err != nil || len(items) != test.limit {
			t.Errorf("%s: %d items, %v", test.name, len(items), err)
		}
		want := Query{Login: test.login, Since: now.Add(-OpenFor), After: after, Limit: test.limit}
		if diff := cmp.Diff(want, o.store.query); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	token := access.Principal{Kind: access.Token, Name: "t"}
	if _, err := o.List(t.Context(), token, after, 1); fail.Of(err).Code != fail.Forbidden {
		t.Errorf("a token without a role: %v", err)
	}
}

func TestFollowUpOfACall(t *testing.T) {
	call := func(after time.Duration) cdr.Record {
		return cdr.Record{
			Direction: protocol.Incoming, Missed: true, Number: number, E164: number, Started: now.Add(after),
		}
	}
	change := func(r cdr.Record, f func(*cdr.Record)) cdr.Record { f(&r); return r }
	claimed := Mark{Kind: access.Agent, Login: "anna", Name: "Anna Petrova", At: now, Through: now}
	done := Mark{Kind: access.Administrator, Login: "root", Name: "root", At: now, Through: now.Add(-2 * time.Hour)}
	for name, test := range map[string]struct {
		call  cdr.Record
		claim Mark
		want  *protocol.FollowUp
	}{
		"open": {call(-time.Hour), Mark{}, &protocol.FollowUp{State: protocol.FollowUpOpen}},
		"claimed": {
			call(-time.Minute), claimed,
			&protocol.FollowUp{State: "claimed", By: "Anna Petrova", Login: "anna", At: now},
		},
		"done before": {call(-2 * time.Hour), claimed, &protocol.FollowUp{State: "done", By: "root", At: now}},
		"between":     {call(-90 * time.Minute), claimed, nil}, // returned, or too old
		"answered":    {change(call(-time.Hour), func(r *cdr.Record) { r.Missed = false }), claimed, nil},
		"a colleague's": {
			change(call(-time.Hour), func(r *cdr.Record) { r.Direction = protocol.Internal }), claimed, nil,
		},
		"withheld": {change(call(-time.Hour), func(r *cdr.Record) { r.Number, r.E164 = "", "" }), claimed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.store.item.Claim, o.store.item.Done = test.claim, done
			if diff := cmp.Diff(test.want, o.FollowUp(t.Context(), test.call)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
