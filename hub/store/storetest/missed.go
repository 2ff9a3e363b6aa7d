package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/cdr"
	"traybell/hub/missed"
	"traybell/shared/protocol"
)

// missedCall is an unanswered call, after that many minutes.
func missedCall(call, party string, after int, told string) cdr.Record {
	r := finished(aRecord(call), cdr.Final)
	r.Started = at.Add(time.Duration(after) * time.Minute)
	r.Answered, r.Ended, r.Missed = time.Time{}, r.Started.Add(time.Second), true
	r.Number, r.E164, r.Told = party, party, told
	return r
}

// talk is a call with Ivanov that was answered.
func talk(call string, after int, direction protocol.Direction) cdr.Record {
	r := missedCall(call, ivanov, after, "anna\n")
	r.Direction, r.Answered, r.Missed = direction, r.Started.Add(time.Second), false
	return r
}

const (
	ivanov = "+74951234567"
	weber  = "+4930123456"
)

func keepRecords(t *testing.T, s Store, records ...cdr.Record) {
	t.Helper()
	must(t, s.Records(cdr.File{}).KeepRecords(t.Context(), records, nil))
}

// openItems returns the open items, the latest first.
func openItems(t *testing.T, s Store, q missed.Query) (list []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	items, err := s.MissedItems(t.Context(), q)
	must(t, err)
	for _, i := range items {
		list = append(list, fmt.Sprintf("%s %d", i.Number, i.Calls))
	}
	return list
}

func missedCollapse(t *testing.T, s Store, reopen func() Store) {
	internal := missedCall("main:7", "102", 7, "anna\n")
	internal.Direction = protocol.Internal
	withheld := missedCall("main:8", "", 8, "anna\n")
	outgoing := missedCall("main:9", weber, 9, "anna\n")
	outgoing.Direction, outgoing.Missed = protocol.Outgoing, false
	open := missedCall("main:10", weber, 10, "anna\n")
	open.State, open.Ended, open.Missed = cdr.Open, time.Time{}, false
	last := missedCall("main:3", ivanov, 3, "boris\n")
	keepRecords(t, s, missedCall("main:1", ivanov, 1, "anna\nboris\n"), missedCall("main:2", weber, 2, "vera\n"), last,
		internal, withheld, outgoing, open)
	items, err := reopen().MissedItems(t.Context(), missed.Query{Limit: 100})
	must(t, err)
	if len(items) != 2 {
		t.Fatalf("%d items: %+v", len(items), items)
	}
	equal(t, items[0], missed.Item{
		Number: ivanov, Calls: 2, First: at.Add(time.Minute), Last: at.Add(3 * time.Minute), Call: kept(last),
		Agents: []string{"anna", "boris"},
	})
	equal(t, items[1].Number, weber)
	one, err := s.MissedItem(t.Context(), ivanov, time.Time{})
	must(t, err)
	equal(t, one, items[0])
	none, err := s.MissedItem(t.Context(), "+749500000", time.Time{})
	must(t, err)
	equal(t, none, missed.Item{Number: "+749500000"})

	equal(t, openItems(t, s, missed.Query{Login: "vera"}), []string{weber + " 1"})
	equal(t, openItems(t, s, missed.Query{Login: "anna"}), []string{ivanov + " 2"})
	equal(t, openItems(t, s, missed.Query{Login: "stranger"}), []string(nil))
	equal(t, openItems(t, s, missed.Query{Since: at.Add(3 * time.Minute)}), []string{ivanov + " 1"})
}

func missedReturned(t *testing.T, s Store, _ func() Store) {
	for i, how := range []struct {
		name string
		talk cdr.Record
	}{
		{"an agent calls back", talk("main:t1", 5, protocol.Outgoing)},
		{"the caller comes through", talk("main:t2", 15, protocol.Incoming)},
		{"the talk is not over", talk("main:t3", 25, protocol.Outgoing)},
	} {
		keepRecords(t, s, missedCall(fmt.Sprint("main:", i), ivanov, 10*i+2, "anna\n"))
		equal(t, openItems(t, s, missed.Query{}), []string{ivanov + " 1"})
		if i == 2 {
			how.talk.State, how.talk.Ended = cdr.Open, time.Time{}
		}
		unanswered := how.talk
		unanswered.Answered, unanswered.State = time.Time{}, cdr.Open
		keepRecords(t, s, unanswered)
		if got := openItems(t, s, missed.Query{}); len(got) != 1 {
			t.Errorf("%s, not answered yet: %v", how.name, got)
		}
		keepRecords(t, s, how.talk)
		if got := openItems(t, s, missed.Query{}); got != nil {
			t.Errorf("%s: open are %v", how.name, got)
		}
	}
}

func missedPaged(t *testing.T, s Store, _ func() Store) {
	var records []cdr.Record
	for i := range 7 { // in the same minute by twos
		records = append(records, missedCall(fmt.Sprint("main:", i), fmt.Sprintf("+749512345%02d", i), i/2, "anna\n"))
	}
	keepRecords(t, s, records...)
	var got []string
	for after := (missed.Position{}); ; {
		items, err := s.MissedItems(t.Context(), missed.Query{Limit: 2, After: after, Login: "anna"})
		must(t, err)
		for _, i := range items {
			got = append(got, i.Number[len(i.Number)-1:])
			after = missed.Position{Last: i.Last, Number: i.Number}
		}
		if len(items) < 2 {
			break
		}
	}
	equal(t, got, []string{"6", "5", "4", "3", "2", "1", "0"})
}

// say changes the claim and the mark of a number.
func say(t *testing.T, s Store, number string, change func(i *missed.Item)) missed.Item {
	t.Helper()
	item, err := s.ChangeMissed(t.Context(), number, time.Time{}, func(i *missed.Item) error {
		change(i)
		return nil
	})
	must(t, err)
	return item
}

func aMark(login string, through time.Time) missed.Mark {
	return missed.Mark{Kind: access.Agent, Login: login, Name: "Имя " + login, At: at.Add(time.Hour), Through: through}
}

func missedClaimed(t *testing.T, s Store, reopen func() Store) {
	keepRecords(t, s, missedCall("main:1", ivanov, 1, "anna\n"))
	mark := aMark("anna", at.Add(time.Minute))
	say(t, s, ivanov, func(i *missed.Item) { i.Claim = mark })
	keepRecords(t, s, missedCall("main:2", ivanov, 2, "boris\n"))
	item, err := reopen().MissedItem(t.Context(), ivanov, time.Time{})
	must(t, err)
	equal(t, item.Claim, mark) // also of calls that come later
	equal(t, item.Calls, 2)

	failed := errors.New("not yours")
	_, err = s.ChangeMissed(t.Context(), ivanov, time.Time{}, func(i *missed.Item) error {
		i.Claim = missed.Mark{}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
	if item, err = s.MissedItem(t.Context(), ivanov, time.Time{}); err != nil || item.Claim != mark {
		t.Errorf("after an error: %+v, %v", item.Claim, err)
	}

	keepRecords(t, s, talk("main:3", 3, protocol.Outgoing), missedCall("main:4", ivanov, 4, "anna\n"))
	item, err = s.MissedItem(t.Context(), ivanov, time.Time{})
	must(t, err)
	equal(t, item.Claim, missed.Mark{}) // the talk ended the claim
	equal(t, item.Calls, 1)
	if _, err := s.ChangeMissed(t.Context(), "", time.Time{}, func(*missed.Item) error { return nil }); err == nil {
		t.Error("a withheld number was claimed")
	}
}

func missedDone(t *testing.T, s Store, reopen func() Store) {
	keepRecords(t, s, missedCall("main:1", ivanov, 1, "anna\n"), missedCall("main:2", ivanov, 2, "anna\n"))
	mark := aMark("boris", at.Add(time.Minute))
	say(t, s, ivanov, func(i *missed.Item) { i.Claim, i.Done = aMark("anna", i.Last), mark })
	item, err := reopen().MissedItem(t.Context(), ivanov, time.Time{})
	must(t, err)
	equal(t, item.Done, mark)
	equal(t, item.Calls, 1) // the other one was not seen
	equal(t, item.Claim.Login, "anna")
	mark.Through = at.Add(2 * time.Minute)
	say(t, s, ivanov, func(i *missed.Item) { i.Done = mark })
	equal(t, openItems(t, s, missed.Query{}), []string(nil))
	item, err = s.MissedItem(t.Context(), ivanov, time.Time{})
	must(t, err)
	equal(t, item.Done, mark)

	_, err = s.Records(cdr.File{}).ForgetRecords(t.Context(), at.Add(90*time.Second))
	must(t, err)
	if item, err = s.MissedItem(t.Context(), ivanov, time.Time{}); err != nil || item.Done != mark {
		t.Errorf("the mark of a call that is still kept: %+v, %v", item.Done, err)
	}
	_, err = s.Records(cdr.File{}).ForgetRecords(t.Context(), at.Add(time.Hour))
	must(t, err)
	if item, err = s.MissedItem(t.Context(), ivanov, time.Time{}); err != nil || item.Done != (missed.Mark{}) {
		t.Errorf("the mark outlives the records: %+v, %v", item.Done, err)
	}
}

func missedTogether(t *testing.T, s Store, reopen func() Store) {
	keepRecords(t, s, missedCall("main:1", ivanov, 1, "anna\n"))
	stores := []Store{s, reopen(), reopen()}
	var mu sync.Mutex
	won := map[string]int{}
	together(t, 20, func(i int) error {
		login := fmt.Sprint("agent", i)
		item, err := stores[i%len(stores)].ChangeMissed(t.Context(), ivanov, time.Time{}, func(i *missed.Item) error {
			if i.Claim.At.IsZero() {
				i.Claim = aMark(login, i.Last)
			}
			return nil
		})
		mu.Lock()
		defer mu.Unlock()
		won[item.Claim.Login]++
		return err
	})
	if len(won) != 1 {
		t.Errorf("the number was claimed by %v", won)
	}
}
