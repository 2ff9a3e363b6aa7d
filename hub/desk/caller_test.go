package desk

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/cdr"
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
		time.Sleep(lookupTime)
		synctest.Wait()
		o.expect("ringing looking → anna", "ringing unknown → anna")
		time.Sleep(o.slow)
		synctest.Wait()
		o.expect("ringing known → anna")
	})
}

func TestCallerStatus(t *testing.T) {
	for number, want := range map[string]protocol.CallerStatus{
		"84951234567": protocol.Known, "84957654321": protocol.Unknown, "84950000002": protocol.Several,
		"anonymous": protocol.Withheld, "102": protocol.OwnPhone,
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
