package desk

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// waits has anna press while the help desk is away for that many attempts.
func waits(o *office, attempts int) {
	o.desk.fail = away(attempts)
	o.change(rings("84951234567", leg("101", protocol.Ringing)))
	if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
		o.t.Fatalf("pressed while the help desk is down: %q, %+v", number, failure)
	}
	o.shown()
}

func TestWaitingTicketIsRetriedAtOnce(t *testing.T) {
	open(t, nil, func(o *office) {
		waits(o, 3)
		time.Sleep(4 * time.Second) // two more attempts failed
		synctest.Wait()
		began := time.Now()
		if ok, err := o.RetryTicket(o.ctx, "main:1.1"); !ok || err != nil {
			t.Fatalf("%v, %v", ok, err)
		}
		synctest.Wait()
		if len(o.desk.made) != 1 || time.Since(began) > 0 {
			t.Errorf("%d tickets after %v", len(o.desk.made), time.Since(began))
		}
		if ok, err := o.RetryTicket(o.ctx, "main:1.1"); ok || err != nil {
			t.Errorf("no request waits any more: %v, %v", ok, err)
		}
	})
}

func TestWaitingTicketIsDropped(t *testing.T) {
	open(t, nil, func(o *office) {
		waits(o, 1000)
		if ok, err := o.DropTicket(o.ctx, "main:1.1", "made by hand"); !ok || err != nil {
			t.Fatalf("%v, %v", ok, err)
		}
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreate)
		var f protocol.Failure
		if err := m.Decode(&f); err != nil || !slices.Equal(to, []string{"anna"}) ||
			f.Problem != protocol.TicketDropped || f.About != "made by hand" {
			t.Errorf("sent to %q: %+v, %v", to, f, err)
		}
		r, _, err := o.store.TicketOf(o.ctx, "main:1.1")
		if err != nil || r.State != tickets.Failed || r.Error == "" {
			t.Errorf("stored %+v, %v", r, err)
		}
		o.desk.fail = nil
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-2" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
		if ok, err := o.DropTicket(o.ctx, "main:1.1", "too late"); ok || err != nil {
			t.Errorf("no request waits any more: %v, %v", ok, err)
		}
	})
}

// An attempt in progress is not cut: the ticket may be made.
func TestDropDuringAnAttemptThatSucceeds(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.slow = 20 * time.Second
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "1"); number != "later" {
			t.Fatalf("%q", number)
		}
		if ok, err := o.DropTicket(o.ctx, "main:1.1", "made by hand"); !ok || err == nil ||
			fail.Of(err).Code != fail.Conflict {
			t.Errorf("%v, %v", ok, err)
		}
		if len(o.desk.made) != 1 {
			t.Errorf("%d tickets", len(o.desk.made))
		}
	})
}

// Another hub may be working on a request; one of a version without drafts waits for the agent.
func TestWaitingTicketOfAnotherHub(t *testing.T) {
	open(t, nil, func(o *office) {
		r := tickets.Request{CallID: "main:7", ActionID: "7", Agent: "anna", State: tickets.Pending, At: time.Now()}
		r.Claim = jobs.Claim{Owner: "other", Until: time.Now().Add(time.Minute)}
		if _, _, err := o.store.BeginTicket(o.ctx, r); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"dropped": second(o.DropTicket(o.ctx, "main:7", "why")),
			"retried": second(o.RetryTicket(o.ctx, "main:7")),
		} {
			if err == nil || fail.Of(err).Problem != protocol.TicketBusy {
				t.Errorf("%s while another hub works on it: %v", name, err)
			}
		}
		time.Sleep(2 * time.Minute)
		if err := second(o.RetryTicket(o.ctx, "main:7")); err == nil || fail.Of(err).Code != fail.Conflict {
			t.Errorf("retried without a draft: %v", err)
		}
		if ok, err := o.DropTicket(o.ctx, "main:7", "old"); !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		if r, _, err := o.store.TicketOf(o.ctx, "main:7"); err != nil || r.State != tickets.Failed {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
