package desk

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

func TestNextHubFinishesTheTicket(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = away(1000)
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "1"); number != "later" {
			t.Fatalf("got %q", number)
		}
		o.stop()
		stop := o.restart()
		if number, _ := o.press(anna, "1"); number != "later" {
			t.Errorf("sent again to a hub that does not know the call: %q", number)
		}
		stop()
		o.desk.failing(nil)
		o.shown()
		stop = o.restart()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreated)
		var made protocol.CreatedTicket
		if err := m.Decode(&made); err != nil || !slices.Equal(to, []string{"anna"}) || !made.Late ||
			made.Caller != "Ivan Ivanov, +74951234567" {
			t.Errorf("sent to %q: %+v, %v", to, made, err)
		}
		if number, failure := o.press(anna, "1"); failure != nil || number != made.Number {
			t.Errorf("sent again: %q, %+v", number, failure)
		}
		if len(o.desk.made) != 1 {
			t.Errorf("%d tickets", len(o.desk.made))
		}
		stop()
	})
}

func TestNextHubNotifiesEveryAgentWhoWaited(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = away(1000)
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		for _, a := range []staff.Agent{anna, boris} {
			if number, _ := o.press(a, "press of "+a.Login); number != "later" {
				t.Fatalf("%s got %q", a.Login, number)
			}
		}
		o.stop()
		o.desk.failing(nil)
		o.shown()
		stop := o.restart()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		to, _ := o.messages(protocol.TicketCreated)
		if slices.Sort(to); !slices.Equal(to, []string{"anna", "boris"}) {
			t.Errorf("sent to %q", to)
		}
		if owed := o.store.requests["main:1.1"].Owed; len(owed) > 0 {
			t.Errorf("still owed to %q", owed)
		}
		stop()
	})
}

// absent is an office where no agent is signed in.
type absent struct{ *office }

func (absent) Online(string) int { return 0 }

func TestTicketIsSentAtTheNextSignIn(t *testing.T) {
	open(t, nil, func(o *office) {
		o.store.requests["main:7.7"] = tickets.Request{
			CallID: "main:7.7", Agent: "anna", ActionID: "x", State: tickets.Made,
			Ticket: helpdesk.Ticket{ID: "7", Number: "T-7"}, Owed: []string{"anna", "boris"},
			Draft: helpdesk.Draft{CallID: "main:7.7", Number: "+7495"},
		}
		d, err := New(o.setup.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(o.t.Context())
		defer stop()
		go func() { _ = d.Run(ctx, absent{o}) }()
		synctest.Wait()
		if to, _ := o.messages(protocol.TicketCreated); to != nil {
			t.Errorf("sent although no agent is signed in: %q", to)
		}
		join := func() []string {
			if err := d.Join(ctx, anna, func(protocol.OpenedSession) {}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			to, _ := o.messages(protocol.TicketCreated)
			return to
		}
		if to := join(); !slices.Equal(to, []string{"anna"}) ||
			!slices.Equal(o.store.requests["main:7.7"].Owed, []string{"boris"}) {
			t.Errorf("sent at the sign-in: %q, still owed: %v", to, o.store.requests["main:7.7"].Owed)
		}
		if to := join(); len(to) != 1 {
			t.Errorf("sent again after a reconnect: %q", to)
		}
		time.Sleep(3 * time.Minute)
		if to := join(); len(to) != 0 {
			t.Errorf("sent once more: %q", to)
		}
	})
}
