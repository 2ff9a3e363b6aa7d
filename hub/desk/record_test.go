package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/shared/protocol"
)

// fakeRecords is a CDR in memory that can fail.
type fakeRecords struct {
	mu       sync.Mutex
	rows     map[string]cdr.Record
	unread   error
	unsaved  error
	unfiled  error
	file     []string // ids of the calls, as they were written out
	forgets  []time.Time
	keepings int
	asked    int // reads of a previous call
	merged   func(cdr.Merge)
}

func (f *fakeRecords) KeepRecords(_ context.Context, records []cdr.Record, merged []cdr.Merge) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unsaved != nil {
		return f.unsaved
	}
	f.keepings++
	for _, r := range records {
		if f.rows[r.CallID].State != cdr.Final {
			f.rows[r.CallID] = r
		}
	}
	for _, m := range merged {
		delete(f.rows, m.CallID)
		if f.merged != nil {
			f.merged(m)
		}
	}
	return nil
}

func (f *fakeRecords) UnfinishedRecords(context.Context) (unfinished []cdr.Record, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		if r.State != cdr.Final {
			unfinished = append(unfinished, r)
		}
	}
	return unfinished, f.unread
}

func (f *fakeRecords) WriteOut(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unfiled != nil {
		return f.unfiled
	}
	for _, id := range slices.Sorted(maps.Keys(f.rows)) {
		if f.rows[id].State == cdr.Final && !slices.Contains(f.file, id) {
			f.file = append(f.file, id)
		}
	}
	return nil
}

func (f *fakeRecords) ForgetRecords(_ context.Context, before time.Time) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgets = append(f.forgets, before)
	return 0, nil
}

func (f *fakeRecords) RecordsOf(_ context.Context, s cdr.Search) (found cdr.Found, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		fits := (!s.Missed || r.Missed) && strings.Contains(strings.Join([]string{
			r.Number, r.Name, r.CustomerName, r.Ticket,
		}, "\n"),
			s.Text)
		if fits && r.State != cdr.Open && strings.Contains("\n"+r.Told, "\n"+s.Login+"\n") &&
			r.Started.Before(s.Before) {
			found.Records = append(found.Records, r)
		}
	}
	slices.SortFunc(found.Records, func(a, b cdr.Record) int { return b.Started.Compare(a.Started) })
	if found.More = len(found.Records) > s.Limit; found.More {
		found.Records = found.Records[:s.Limit]
		found.Next = found.Records[s.Limit-1].Started
	}
	return found, nil
}

// newest returns the newest row that fits.
func (f *fakeRecords) newest(fits func(cdr.Record) bool) (found cdr.Record, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		if fits(r) && (!ok || r.Started.After(found.Started)) {
			found, ok = r, true
		}
	}
	return found, ok, f.unread
}

func (f *fakeRecords) RecordOf(_ context.Context, login, call string) (cdr.Record, bool, error) {
	return f.newest(func(r cdr.Record) bool {
		return r.CallID == call && strings.Contains("\n"+r.Told, "\n"+login+"\n")
	})
}

func (f *fakeRecords) PreviousRecord(_ context.Context, party string, before time.Time,
	not string,
) (cdr.Record, bool, error) {
	f.mu.Lock()
	f.asked++
	f.mu.Unlock()
	return f.newest(func(r cdr.Record) bool {
		return r.Party() == party && !r.Started.After(before) && r.CallID != not && r.State != cdr.Open
	})
}

func (f *fakeRecords) AnsweredAfter(_ context.Context, party string, after time.Time) (cdr.Record, bool, error) {
	return f.newest(func(r cdr.Record) bool {
		return r.Party() == party && r.Started.After(after) && !r.Answered.IsZero()
	})
}

// recorded runs a desk with a CDR that has these rows.
func recorded(t *testing.T, story func(o *office, f *fakeRecords), rows ...cdr.Record) {
	f := &fakeRecords{rows: map[string]cdr.Record{}}
	for _, r := range rows {
		f.rows[r.CallID] = r
	}
	openWith(t, nil, func(o *setup) {
		o.Rules.Records, o.Rules.CDR = f, cdr.Rules{Grace: 2 * time.Minute, Retain: 100 * 24 * time.Hour}
	}, func(o *office) {
		synctest.Wait()
		f.mu.Lock()
		f.merged = o.store.merged
		f.mu.Unlock()
		story(o, f)
	})
}

// written waits until everything is written.
func written() {
	synctest.Wait()
	time.Sleep(time.Second) // writers gather for up to a second
	synctest.Wait()
}

func (f *fakeRecords) of(t *testing.T, id string) cdr.Record {
	t.Helper()
	written()
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.rows[id]
	if !ok {
		t.Fatalf("there is no record of %s", id)
	}
	return r
}

// look calls at, which may read or change the fields, after the pending writes.
func look[T any](f *fakeRecords, at func() T) T {
	written()
	f.mu.Lock()
	defer f.mu.Unlock()
	return at()
}

func (f *fakeRecords) filed() int { return look(f, func() int { return len(f.file) }) }

func (f *fakeRecords) refuse(unsaved, unfiled error) {
	look(f, func() bool { f.unsaved, f.unfiled = unsaved, unfiled; return true })
}

func ended(c calls.Call, cause int) calls.Call {
	c.State, c.Ended, c.Cause = protocol.Ended, time.Now(), cause
	c.Missed = c.Answered.IsZero()
	c.Legs = slices.Clone(c.Legs)
	for i := range c.Legs {
		c.Legs[i].State, c.Legs[i].Ended = protocol.Ended, c.Ended
	}
	return c
}

func answered(c calls.Call, extension string) calls.Call {
	c.State, c.Answered, c.Rang = protocol.Answered, time.Now(), time.Since(c.Started)
	c.Legs = slices.Clone(c.Legs)
	for i := range c.Legs {
		if c.Legs[i].Extension == extension {
			c.Legs[i].State, c.Legs[i].Answered = protocol.Answered, c.Answered
		}
	}
	return c
}

func begun(number string, legs ...calls.Leg) calls.Call {
	c := rings(number, legs...)
	c.Started = time.Now()
	return c
}

func TestRecordOfACall(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		c := begun("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing))
		o.change(c)
		if r := f.of(t, c.ID); r.State != cdr.Open || r.Customer != "ivanov" || r.Extension != "101" ||
			r.Told != "anna\nboris\n" {
			t.Errorf("while it rings: %+v", r)
		}
		time.Sleep(6 * time.Second) // with the second that f.of waits: 7 s
		c = answered(c, "102")
		o.change(c)
		time.Sleep(time.Minute)
		c = ended(c, 16)
		o.change(c)
		r := f.of(t, c.ID)
		if r.State != cdr.Ended || r.Agent != "boris" || r.Extension != "102" || r.Rang != 7*time.Second ||
			r.Talked() != time.Minute || r.Cause != 16 || r.Missed || r.E164 != "+74951234567" {
			t.Errorf("at its end: %+v", r)
		}
		time.Sleep(2*time.Minute - 4*time.Second)
		if f.of(t, c.ID).State != cdr.Ended || f.filed() != 0 {
			t.Error("the record was final before its grace passed")
		}
		time.Sleep(2 * time.Second)
		if f.of(t, c.ID).State != cdr.Final || f.filed() != 1 {
			t.Errorf("after its grace: %+v, written %v", f.of(t, c.ID), f.filed())
		}
	})
}

func TestRecordIsFinalOnceItHasATicket(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		c = answered(c, "101")
		o.change(c)
		if _, failure := o.press(anna, "p1"); failure != nil {
			t.Fatalf("the press: %+v", failure)
		}
		if r := f.of(t, c.ID); r.State != cdr.Open || r.Ticket != "T-1" {
			t.Errorf("after the press: %+v", r)
		}
		o.change(ended(c, 16))
		if r := f.of(t, c.ID); r.State != cdr.Final || r.Ticket != "T-1" || f.filed() != 1 {
			t.Errorf("at its end: %+v, written %v", r, f.filed())
		}
	})
}

func TestMergedConsultationHasNoRecord(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		c := begun("101", calls.Leg{Extension: "101", State: protocol.Ringing, Calling: true},
			leg("102", protocol.Ringing))
		c.Direction = protocol.Internal
		o.change(c)
		f.of(t, c.ID)
		c = ended(c, 16)
		c.Into, c.Missed = "main:0.1", false
		o.change(c)
		if n := look(f, func() int { return len(f.rows) }); n != 0 {
			t.Errorf("%d calls are recorded", n)
		}
	})
}

func TestRecordOfACallThatEndedWhileTheHubWasStopped(t *testing.T) {
	then := time.Date(1999, 12, 31, 20, 0, 0, 0, time.UTC) // four hours before the start of synctest's clock
	gone := cdr.Record{
		CallID: "main:1.7", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Number: "84951234567",
		Extension: "101", Started: then, Answered: then.Add(9 * time.Second), Rang: 9 * time.Second,
		Seen: then.Add(time.Minute),
	}
	stays := cdr.Record{
		CallID: "main:1.1", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Number: "84951234567",
		Name: "Ivan", DID: "74950000001", Extension: "102", Agent: "boris", Started: then,
		Answered: then.Add(5 * time.Second), Rang: 5 * time.Second, Seen: then.Add(time.Minute),
	}
	other := cdr.Record{CallID: "second:1.1", PBX: "second", State: cdr.Open, Started: then, Seen: then}
	recorded(t, func(o *office, f *fakeRecords) {
		if r := f.of(t, gone.CallID); r.State != cdr.Open {
			t.Errorf("before the PBX is connected: %+v", r)
		}
		// that PBX will never report anything again
		if r := f.of(t, other.CallID); r.State != cdr.Final || !r.EndUnseen {
			t.Errorf("of a PBX that is not in hub.yml: %+v", r)
		}
		// as a resync shows it: answered just now, without a name
		c := begun("84951234567", leg("102", protocol.Answered))
		c.State, c.Answered, c.DID = protocol.Answered, time.Now(), "s"
		o.change(c)
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		r := f.of(t, gone.CallID)
		if r.State != cdr.Final || !r.EndUnseen || r.Missed || !r.Ended.Equal(gone.Seen) ||
			r.Talked() != 51*time.Second {
			t.Errorf("what ended meanwhile: %+v", r)
		}
		r = f.of(t, stays.CallID)
		if r.State != cdr.Open || !r.Started.Equal(then) || !r.Answered.Equal(stays.Answered) ||
			r.Rang != stays.Rang || r.Name != "Ivan" || r.DID != "74950000001" || r.Agent != "boris" {
			t.Errorf("what goes on: %+v", r)
		}
		time.Sleep(20 * time.Second)
		if r := f.of(t, stays.CallID); time.Since(r.Seen) > 15*time.Second {
			t.Errorf("a live call was last seen %v ago", time.Since(r.Seen))
		}
		o.change(ended(c, 16))
		if r := f.of(t, stays.CallID); r.EndUnseen || r.Missed || r.Cause != 16 || !r.Answered.Equal(stays.Answered) {
			t.Errorf("at its end: %+v", r)
		}
	}, gone, stays, other)
}

// A call of whose end only is known that it was not seen is neither missed nor answered.
func TestRecordOfAnUnseenEnd(t *testing.T) {
	then := time.Date(1999, 12, 31, 20, 0, 0, 0, time.UTC)
	stopped := cdr.Record{
		CallID: "main:1.7", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Number: "84951234567",
		Extension: "101", Started: then, Seen: then.Add(5 * time.Second), Told: "anna\n",
	}
	recorded(t, func(o *office, f *fakeRecords) {
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		r := f.of(t, stopped.CallID)
		if !r.EndUnseen || r.Missed || !r.Ended.Equal(stopped.Seen) || r.Previous(strings.ToUpper).Missed {
			t.Errorf("rang when the hub stopped: %+v", r)
		}
		c = ended(c, 0)
		c.EndUnseen, c.Missed = true, false
		o.change(c)
		if r := f.of(t, c.ID); !r.EndUnseen || r.Missed || r.Cause != 0 || r.Previous(strings.ToUpper).Missed {
			t.Errorf("rang when the PBX was cut off: %+v", r)
		}
		if seen, _ := o.last(c.ID); seen.State != protocol.Ended || !seen.EndUnseen || seen.Missed {
			t.Errorf("agents see %+v", seen)
		}
		c = begun("84951234567", leg("101", protocol.Ringing))
		c.ID = "main:1.9"
		o.change(c)
		time.Sleep(20 * time.Second)
		heard := time.Now().Add(-15 * time.Second)
		if err := o.Left(o.ctx, "main", heard); err != nil {
			t.Fatal(err)
		}
		if r := f.of(t, c.ID); !r.EndUnseen || r.Missed || !r.Ended.Equal(heard) {
			t.Errorf("rang when its PBX was disabled: %+v", r)
		}
	}, stopped)
}

// While the PBX says nothing, a call was last seen when it still did.
func TestRecordIsNotSeenDuringAnOutage(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		state := func(s protocol.PBXState) {
			if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: s}); err != nil {
				t.Fatal(err)
			}
		}
		state(protocol.PBXWorking)
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		c = answered(c, "101")
		o.change(c)
		state(protocol.PBXConnecting)
		before := f.of(t, c.ID).Seen
		time.Sleep(time.Minute)
		if _, failure := o.press(anna, "p1"); failure != nil {
			t.Fatalf("the press: %+v", failure)
		}
		if r := f.of(t, c.ID); r.Ticket == "" || !r.Seen.Equal(before) {
			t.Errorf("seen %s after the PBX was cut off: %+v", r.Seen.Sub(before), r)
		}
	})
}

func TestFailedWriteOfRecordsIsRetried(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		full := errors.New("the disk is full")
		f.refuse(full, full)
		c := begun("", leg("101", protocol.Ringing))
		o.change(c)
		o.change(ended(c, 127))
		time.Sleep(10 * time.Minute)
		if n := look(f, func() int { return len(f.rows) }); n != 0 {
			t.Errorf("%d rows on a full disk", n)
		}
		f.refuse(nil, full)
		time.Sleep(2 * time.Second)
		if r := f.of(t, c.ID); r.State != cdr.Final || !r.Missed || r.Number != "" {
			t.Errorf("after the disk has room: %+v", r)
		}
		f.refuse(nil, nil)
		time.Sleep(2 * time.Second)
		if n := f.filed(); n != 1 {
			t.Errorf("the file has %d lines", n)
		}
	})
}

func TestOldRecordsAreDeleted(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		keepings := func() int { return f.keepings }
		before := look(f, keepings)
		for range 10 {
			o.change(c)
		}
		if after := look(f, keepings); after != before {
			t.Errorf("%d writes without a change", after-before)
		}
		time.Sleep(3*time.Hour + time.Minute)
		if n := look(f, func() int { return len(f.forgets) }); n < 3 || n > 4 {
			t.Errorf("%d deletions in three hours", n)
		}
	})
}

func TestRecordsAreWrittenAtTheStop(t *testing.T) {
	f := &fakeRecords{rows: map[string]cdr.Record{}}
	openWith(t, nil, func(o *setup) { o.Rules.Records = f }, func(o *office) {
		f.refuse(errors.New("the disk is full"), nil)
		o.change(ended(begun("84951234567"), 16)) // unknown before its end: not recorded
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		o.change(ended(c, 16))
		f.refuse(nil, nil)
	})
	if r := f.rows["main:1.1"]; r.State != cdr.Final {
		t.Errorf("the record is %+v", r)
	}
}
