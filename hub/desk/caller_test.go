package desk

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/desk/internal/lookup"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

func TestCallerIDRules(t *testing.T) {
	for name, c := range map[string]struct {
		show            bool
		number, display string
	}{
		"the modified number":  {true, "84951234567", "8 (495) 123-45-67"},
		"the presented number": {false, "084951234567", "084951234567"},
	} {
		t.Run(name, func(t *testing.T) {
			numbers, err := phone.NewReader("RU", []phone.Rule{{Prefix: "0", Min: 7, Max: 12, Strip: 1, Show: c.show}})
			if err != nil {
				t.Fatal(err)
			}
			records := &fakeRecords{rows: map[string]cdr.Record{}}
			openWith(t, nil, func(o *setup) { o.Rules.Numbers, o.Rules.Records = numbers, records }, func(o *office) {
				o.change(rings("084951234567", leg("101", protocol.Ringing)))
				o.mu.Lock()
				last := o.sent[len(o.sent)-1].m
				o.mu.Unlock()
				var seen protocol.Call
				if err := last.Decode(&seen); err != nil {
					t.Fatal(err)
				}
				if seen.Number != c.number || seen.Display != c.display || seen.E164 != "+74951234567" {
					t.Errorf("the agent sees %q, %q, %s", seen.Number, seen.Display, seen.E164)
				}
				if seen.Caller.Status != protocol.Known || seen.Caller.Customers[0].Login != "ivanov" ||
					seen.Caller.Category.Number != "+74951234567" {
					t.Errorf("the caller is %+v", seen.Caller)
				}
				var record cdr.Record
				if err := o.wait(o.ctx, func(l *loop) { record = l.recordOf(l.calls["main:1.1"]) }); err != nil {
					t.Fatal(err)
				}
				if record.Number != c.number || record.E164 != "+74951234567" || record.CID != "084951234567" {
					t.Errorf("recorded as %q, %s, CID %s", record.Number, record.E164, record.CID)
				}
				record.Told, record.State = "anna\n", cdr.Final
				record.Started, record.Ended = time.Now(), time.Now()
				records.rows[record.CallID] = record
				earlier := o.history(anna, protocol.ListHistory{}).Calls[0]
				if earlier.Number != c.number || earlier.Display != c.display {
					t.Errorf("later the agent sees %q, %q", earlier.Number, earlier.Display)
				}
			})
		})
	}
}

// A number with two readings is shown, recorded and noted as the one that a customer has.
func TestReadingsOfANumber(t *testing.T) {
	numbers, err := phone.NewReader("DE", nil)
	if err != nil {
		t.Fatal(err)
	}
	mobile, leer := "+491716783154", "+49491716783154"
	weber := protocol.Customer{Login: "weber"}
	category := protocol.Category{Number: leer, Color: protocol.Red}
	for name, c := range map[string]struct {
		customer, category string
		want               string
		status             protocol.CallerStatus
	}{
		"the likely one has a customer":   {mobile, leer, mobile, protocol.Known},
		"the unlikely one has a customer": {leer, "", leer, protocol.Known},
		"the unlikely one has a category": {"", leer, leer, protocol.Unknown},
		"neither is known":                {"", "", mobile, protocol.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			records := &fakeRecords{rows: map[string]cdr.Record{}}
			openWith(t, nil, func(o *setup) { o.Rules.Numbers, o.Rules.Records = numbers, records }, func(o *office) {
				o.found = map[string][]protocol.Customer{c.customer: {weber}}
				if c.category != "" {
					if err := o.opts.Categories.SetCategory(o.ctx, category); err != nil {
						t.Fatal(err)
					}
				}
				o.change(rings("491716783154", leg("101", protocol.Ringing)))
				o.mu.Lock()
				last := o.sent[len(o.sent)-1].m
				o.mu.Unlock()
				var seen protocol.Call
				if err := last.Decode(&seen); err != nil {
					t.Fatal(err)
				}
				if seen.E164 != c.want || seen.Number != "491716783154" || seen.Caller.Status != c.status ||
					seen.Caller.Category.Number != c.want {
					t.Errorf("the agent sees %s, %q, %+v", seen.E164, seen.Number, seen.Caller)
				}
				var record cdr.Record
				var calls int
				if err := o.wait(o.ctx, func(l *loop) {
					record = l.recordOf(l.calls["main:1.1"])
					calls = len(l.parties.with(c.want))
				}); err != nil {
					t.Fatal(err)
				}
				if record.E164 != c.want || calls != 1 {
					t.Errorf("recorded as %s, %d calls of the party", record.E164, calls)
				}
			})
		})
	}
}

func TestCallIsShownBeforeAndAfterTheLookup(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 100 * time.Millisecond
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.expect("ringing looking → anna")
		time.Sleep(o.slow)
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}

func TestSlowDirectoryCorrectsTheCallerLater(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 3 * time.Second
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		time.Sleep(lookup.Patience)
		synctest.Wait()
		o.expect("ringing looking → anna", "ringing unknown → anna")
		time.Sleep(o.slow)
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}

// A directory that is read, or recovers, during or after a call completes its card and its record.
func TestDirectoryThatIsReadLater(t *testing.T) {
	records := &fakeRecords{rows: map[string]cdr.Record{}}
	openWith(t, nil, func(o *setup) { o.Rules.Records = records }, func(o *office) {
		ivanov := o.found["+74951234567"]
		o.found, o.unread = map[string][]protocol.Customer{}, errors.New("directory customers has not been read yet")
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		ended := rings("84951234567", leg("102", protocol.Ended))
		ended.ID = "main:2.1"
		began := ended
		began.Legs = []calls.Leg{leg("102", protocol.Ringing)}
		o.change(began)
		ended.State, ended.Ended, ended.Missed = protocol.Ended, time.Now(), true
		o.change(ended)
		o.shown()
		o.DirectoryChanged(o.ctx)
		synctest.Wait()
		o.expect() // another directory was read

		o.found, o.unread = map[string][]protocol.Customer{"+74951234567": ivanov}, nil
		o.DirectoryChanged(o.ctx)
		synctest.Wait()
		o.expect("ringing known → anna", "ended known → boris")
		time.Sleep(time.Second)
		for _, call := range []string{"main:1.1", "main:2.1"} {
			r := records.of(t, call)
			if r.Customer != "ivanov" || r.CustomerName != "Ivan Ivanov" || r.Company != "ACME" {
				t.Errorf("the record of %s has the customer %q, %q, %q", call, r.Customer, r.CustomerName, r.Company)
			}
		}
		o.found = nil
		o.DirectoryChanged(o.ctx)
		synctest.Wait()
		o.expect() // what was found stays for the call
	})
}

// The first lookup may read the old customers and answer last.
func TestLateFirstAnswerDoesNotForgetTheCustomer(t *testing.T) {
	open(t, nil, func(o *office) {
		ivanov := o.found["+74951234567"]
		answers := make(chan []protocol.Customer)
		o.answers = answers
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.DirectoryChanged(o.ctx)
		synctest.Wait()
		answers <- ivanov // to one of the two
		synctest.Wait()
		answers <- nil
		synctest.Wait()
		shown := o.shown()
		if last := shown[len(shown)-1]; last != "ringing known → anna" {
			t.Errorf("shown: %s", strings.Join(shown, "; "))
		}
	})
}

func TestCallerStatus(t *testing.T) {
	for number, want := range map[string]protocol.CallerStatus{
		"84951234567": protocol.Known, "84957654321": protocol.Unknown, "84950000002": protocol.Several,
		"anonymous": protocol.Withheld, "23456": protocol.Unknown, "112": protocol.Unknown, "0": protocol.Unknown,
	} {
		open(t, nil, func(o *office) {
			o.found["+74950000002"] = []protocol.Customer{{Login: "a"}, {Login: "b"}}
			o.change(rings(number, leg("101", protocol.Ringing)))
			shown := o.shown()
			if last := shown[len(shown)-1]; last != fmt.Sprintf("ringing %s → anna", want) {
				t.Errorf("%s: %s", number, last)
			}
		})
	}
}

// A directory that does not answer about a caller is in the trace.
func TestSilentDirectoryIsTraced(t *testing.T) {
	followed(t, nil, func(*setup) {}, func(o *office, f *fakeTraces) {
		c := rings("84957654321", leg("101", protocol.Ringing))
		o.change(c)
		synctest.Wait()
		o.DirectorySilent(o.ctx, o.setup.Rules.Numbers.Read("+74957654321"), errors.New("directory crm: no answer"))
		o.DirectorySilent(o.ctx, o.setup.Rules.Numbers.Read("+74957654329"), errors.New("another number"))
		kept, text := f.story(t, c.ID)
		var why []string
		for _, s := range kept.Steps {
			if s.What == trace.Looked {
				why = append(why, s.Why)
			}
		}
		if got := strings.Join(why, "|"); got != "|directory crm: no answer" {
			t.Errorf("%q\n%s", got, text)
		}
	})
}

// An answer to a single number reaches its calls alone.
func TestNumberThatIsFoundLater(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		other := rings("84957654322", leg("102", protocol.Ringing))
		other.ID = "main:2.2"
		o.change(other)
		o.expect(
			"ringing looking → anna",
			"ringing unknown → anna",
			"ringing looking → boris",
			"ringing unknown → boris",
		)
		sidorov := []protocol.Customer{{Login: "sidorov", Name: "Pyotr Sidorov"}}
		o.found = map[string][]protocol.Customer{"+74957654321": sidorov, "+74957654322": sidorov}
		o.DirectoryChanged(o.ctx, o.setup.Rules.Numbers.Read("+74957654321"))
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}
