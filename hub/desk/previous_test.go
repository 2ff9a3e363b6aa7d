package desk

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// last returns the last event of a call, and how many there were.
func (o *office) last(id string) (c protocol.Call, times int) {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sent {
		var told protocol.Call
		if s.m.Name != protocol.CallEvent {
			continue
		}
		if err := s.m.Decode(&told); err != nil {
			o.t.Fatal(err)
		}
		if told.ID == id {
			c, times = told, times+1
		}
	}
	return c, times
}

func from(id, number string, legs ...calls.Leg) calls.Call {
	c := begun(number, legs...)
	c.ID = id
	return c
}

func TestPreviousCall(t *testing.T) {
	then := time.Date(1999, 12, 30, 20, 0, 0, 0, time.UTC)
	old := cdr.Record{
		CallID: "main:0.1", PBX: "main", State: cdr.Final, Direction: protocol.Outgoing, Number: "84951234567",
		E164: "+74951234567", Line: "Sales", Extension: "102", Agent: "boris",
		Started: then, Answered: then.Add(time.Second), Ended: then.Add(time.Minute), Ticket: "T-0",
		TicketURL: "https://desk.example/0",
	}
	recorded(t, func(o *office, f *fakeRecords) {
		a := from("main:1.1", "84951234567", leg("101", protocol.Ringing))
		o.change(a)
		if first := o.shown(); len(first) < 2 || first[0] != "ringing looking → anna" {
			t.Errorf("shown: %v", first)
		}
		a = answered(a, "101")
		o.change(a)
		want := &protocol.PreviousCall{
			Started: then, Direction: protocol.Outgoing, Agent: "Boris Ivanov", Line: "Sales",
			Ticket: &protocol.Ticket{Number: "T-0", URL: "https://desk.example/0"},
		}
		c, _ := o.last(a.ID)
		if diff := cmp.Diff(want, c.Previous); diff != "" {
			t.Errorf("the previous call (-want +got):\n%s", diff)
		}

		// The same number, in another form, calls on a second line during the first call.
		b := from("main:1.2", "+74951234567", leg("102", protocol.Ringing))
		b.Started = a.Started.Add(time.Second)
		o.change(b)
		if c, _ := o.last(b.ID); c.Previous == nil || !c.Previous.Started.Equal(then) {
			t.Errorf("during the first call: %+v", c.Previous)
		}
		o.change(ended(a, 16))
		if c, _ := o.last(b.ID); c.Previous == nil || c.Previous.Agent != "Anna Petrova" || c.Previous.Missed ||
			!c.Previous.Started.Equal(a.Started) || c.Previous.Ticket != nil {
			t.Errorf("after the first has ended: %+v", c.Previous)
		}
		if _, failure := o.press(anna, "p1"); failure != nil {
			t.Fatalf("the press: %+v", failure)
		}
		if c, _ := o.last(b.ID); c.Previous == nil || c.Previous.Ticket == nil || c.Previous.Ticket.Number != "T-1" {
			t.Errorf("after the first got its ticket: %+v", c.Previous)
		}
		if c, _ := o.last(a.ID); !c.Previous.Started.Equal(then) {
			t.Errorf("the first call precedes itself: %+v", c.Previous)
		}
		o.change(ended(b, 127))
		third := from("main:1.3", "84951234567", leg("101", protocol.Ringing))
		third.Started = b.Started.Add(time.Second)
		o.change(third)
		if c, _ := o.last(third.ID); c.Previous == nil || !c.Previous.Missed || c.Previous.Agent != "" {
			t.Errorf("after a missed call: %+v", c.Previous)
		}
		if n := look(f, func() int { return f.asked }); n != 1 {
			t.Errorf("%d reads of the records for one number", n)
		}
		o.change(ended(third, 16))
		time.Sleep(endedStays + 3*time.Minute)
		synctest.Wait()
		if err := o.wait(o.ctx, func(l *loop) {
			if l.parties.book.Len() != 0 {
				t.Errorf("%d parties are kept forever", l.parties.book.Len())
			}
		}); err != nil {
			t.Fatal(err)
		}
	}, old)
}

func TestNoPreviousCall(t *testing.T) {
	then := time.Date(1999, 12, 30, 20, 0, 0, 0, time.UTC)
	rows := []cdr.Record{
		{CallID: "main:0.1", State: cdr.Final, Direction: protocol.Incoming, Started: then, Ended: then},
		{CallID: "main:0.2", State: cdr.Final, Direction: protocol.Internal, Number: "102", Started: then, Ended: then},
	}
	recorded(t, func(o *office, f *fakeRecords) {
		withheld := from("main:1.1", "anonymous", leg("101", protocol.Ringing))
		internal := from("main:1.2", "102", calls.Leg{Extension: "102", State: protocol.Ringing, Calling: true},
			leg("101", protocol.Ringing))
		internal.Direction = protocol.Internal
		stranger := from("main:1.3", "84957654321", leg("101", protocol.Ringing))
		for _, c := range []calls.Call{withheld, internal, stranger} {
			o.change(c)
			if told, times := o.last(c.ID); told.Previous != nil || times == 0 {
				t.Errorf("%s, sent %d times: %+v", c.ID, times, told.Previous)
			}
		}
		if n := look(f, func() int { return f.asked }); n != 1 {
			t.Errorf("%d reads of the records for one stranger", n)
		}
	}, rows...)
}

func TestPreviousCallIsReadAgainAfterAnError(t *testing.T) {
	then := time.Date(1999, 12, 30, 20, 0, 0, 0, time.UTC)
	recorded(t, func(o *office, f *fakeRecords) {
		look(f, func() bool { f.unread = errors.New("busy"); return true })
		o.change(from("main:1.1", "84951234567", leg("101", protocol.Ringing)))
		look(f, func() bool { f.unread = nil; return true })
		o.change(from("main:1.2", "84951234567", leg("101", protocol.Ringing)))
		if c, _ := o.last("main:1.2"); c.Previous == nil || !c.Previous.Started.Equal(then) {
			t.Errorf("the second time: %+v", c.Previous)
		}
	}, cdr.Record{
		CallID: "main:0.1", State: cdr.Final, Direction: protocol.Incoming, Number: "84951234567",
		E164: "+74951234567", Started: then, Ended: then, Missed: true,
	})
}

func TestMissedCallHasWhoCalledBack(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		missed := from("main:1.1", "84951234567", leg("101", protocol.Ringing))
		o.change(missed)
		o.change(ended(missed, 16))
		written()
		if h := o.history(anna, protocol.ListHistory{Missed: true}); len(h.Calls) != 1 || h.Calls[0].CalledBack != nil {
			t.Errorf("before the call back: %+v", h.Calls)
		}
		time.Sleep(time.Minute)
		back := from("main:1.2", "84951234567", calls.Leg{Extension: "102", State: protocol.Ringing, Calling: true})
		back.Direction = protocol.Outgoing
		o.change(back)
		written()
		if h := o.history(anna, protocol.ListHistory{Missed: true}); h.Calls[0].CalledBack != nil {
			t.Errorf("while it rings there: %+v", h.Calls[0].CalledBack)
		}
		back = answered(back, "102")
		o.change(back)
		written()
		want := &protocol.CalledBack{By: "Boris Ivanov", At: back.Answered, Direction: protocol.Outgoing}
		h := o.history(anna, protocol.ListHistory{Missed: true})
		if diff := cmp.Diff(want, h.Calls[0].CalledBack); diff != "" {
			t.Errorf("who called back (-want +got):\n%s", diff)
		}
	})
}
