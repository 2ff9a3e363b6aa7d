package desk

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// yesterday is the record of a call that Anna and Boris were shown.
func yesterday() cdr.Record {
	began := time.Date(1999, 12, 31, 9, 30, 0, 0, time.UTC)
	return cdr.Record{
		CallID: "main:1.1", PBX: "main", State: cdr.Final, Direction: protocol.Incoming, Number: "84951234567",
		E164: "+74951234567", Name: "IVANOV", DID: "74950000001", Line: "Support", Extension: "101", Agent: "anna",
		Started: began, Answered: began.Add(5 * time.Second), Ended: began.Add(205 * time.Second),
		Told: "anna\nboris\n",
	}
}

func (o *office) create(a staff.Agent, in ticketing.CreateTicket) (string, *fail.Error) {
	o.t.Helper()
	in.Call = "main:1.1"
	return did(o.CreateTicket(o.ctx, a, in))
}

// Yesterday's call gets a ticket with everything that its record and the directory know.
func TestTicketOfAnEarlierCall(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		if number, failure := o.create(clara, ticketing.CreateTicket{ActionID: "1"}); failure == nil ||
			failure.Code != fail.NotFound {
			t.Errorf("a call that clara was not shown: %q, %+v", number, failure)
		}
		number, failure := o.create(anna, ticketing.CreateTicket{ActionID: "2", Note: "Printer is out of paper.\x00"})
		if failure != nil || number != "T-1" {
			t.Fatalf("%q, %+v", number, failure)
		}
		d := o.desk.drafts[0]
		if d.CallID != "main:1.1" || d.Number != "+74951234567" || d.Customer == nil || d.Customer.Login != "ivanov" ||
			d.Customer.Company != "ACME" || d.Agent.Login != "anna" {
			t.Errorf("the draft is %+v", d)
		}
		for _, part := range []string{
			"Ivan Ivanov", "8 (495) 123-45-67", "ACME", "Line: Support", "Anna Petrova", "1999-12-31 09:30",
			"\n\nPrinter is out of paper.\n",
		} {
			if !strings.Contains(d.Body, part) {
				t.Errorf("the text lacks %q:\n%s", part, d.Body)
			}
		}
		synctest.Wait()
		if to, _ := o.messages(protocol.TicketCreated); !slices.Equal(to, []string{"boris"}) {
			t.Errorf("the other agents of the call: %q", to)
		}
		if number, failure := o.create(boris, ticketing.CreateTicket{ActionID: "3"}); failure != nil ||
			number != "T-1" {
			t.Errorf("pressed by boris: %q, %+v", number, failure)
		}
		if number, failure := o.create(anna, ticketing.CreateTicket{ActionID: "4"}); failure != nil || number != "T-1" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
		synctest.Wait()
		if n := o.desk.count(); n != 1 {
			t.Errorf("%d tickets", n)
		}
		if len(o.desk.notes) != 1 || o.desk.notes[0].Talk != 200*time.Second {
			t.Errorf("the talk time: %+v", o.desk.notes)
		}
	}, yesterday())
}

// Anna pressed OK when the hub was killed. Her desktop repeats it before the PBX has reported its
// calls.
func TestTicketOfACallFromBeforeARestart(t *testing.T) {
	going := yesterday()
	going.State, going.Answered, going.Ended = cdr.Open, time.Time{}, time.Time{}
	going.Started = time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC) // a minute before the start of synctest's clock
	going.Seen = going.Started
	recorded(t, func(o *office, f *fakeRecords) {
		number, failure := o.create(anna, ticketing.CreateTicket{ActionID: "1"})
		if failure != nil || number != "T-1" {
			t.Fatalf("%q, %+v", number, failure)
		}
		_, err := o.AppendTicket(o.ctx, anna, ticketing.AppendTicket{ActionID: "2", Call: "main:1.1", Ticket: "T-0"})
		if err != nil {
			t.Errorf("the call has its ticket: %v", err)
		}
		c := rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing))
		c.ID, c.Started = "main:1.1", going.Started
		o.change(c)
		if number, failure := o.create(boris, ticketing.CreateTicket{ActionID: "3"}); failure != nil ||
			number != "T-1" {
			t.Errorf("boris: %q, %+v", number, failure)
		}
		if r := f.of(t, "main:1.1"); r.Ticket != "T-1" || r.State != cdr.Open {
			t.Errorf("%+v", r)
		}
	}, going)
	recorded(t, func(o *office, _ *fakeRecords) {
		_, err := o.AppendTicket(o.ctx, anna, ticketing.AppendTicket{ActionID: "1", Call: "main:1.1", Ticket: "T-0"})
		if failure := fail.Of(err); failure.Problem != protocol.HubBusy || !failure.Retry {
			t.Errorf("its open tickets are not known yet: %v", err)
		}
	}, going)
}

// Two agents press on an earlier call while the help desk is away, and the hub restarts.
func TestTicketOfAnEarlierCallIsMadeOnce(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		o.desk.failing(away(4))
		for _, a := range []staff.Agent{anna, boris, anna} {
			if number, failure := o.create(a, ticketing.CreateTicket{ActionID: a.Login}); failure != nil ||
				number != "later" {
				t.Errorf("%s: %q, %+v", a.Login, number, failure)
			}
		}
		o.stop()
		synctest.Wait()
		defer o.restart()()
		o.shown()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := len(o.desk.made); n != 1 {
			t.Errorf("%d tickets", n)
		}
		if number, failure := o.create(boris, ticketing.CreateTicket{ActionID: "again"}); failure != nil ||
			number != "T-5" {
			t.Errorf("boris: %q, %+v", number, failure)
		}
	}, yesterday())
}

// A refused request for an earlier call can be repeated, also by another agent.
func TestRefusedTicketOfAnEarlierCall(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		o.desk.failing([]error{&helpdesk.Error{Reason: "There is no queue Raw.", Refused: true}})
		if _, failure := o.create(anna, ticketing.CreateTicket{ActionID: "1"}); failure == nil ||
			failure.Problem != protocol.HelpDeskRefused || failure.Detail != "There is no queue Raw." {
			t.Errorf("%+v", failure)
		}
		if number, failure := o.create(boris, ticketing.CreateTicket{ActionID: "2"}); failure != nil ||
			number != "T-2" {
			t.Errorf("%q, %+v", number, failure)
		}
	}, yesterday())
}

func TestCustomerOfAnEarlierCall(t *testing.T) {
	two := []protocol.Customer{{Login: "ivanov", Name: "Ivan"}, {Login: "olga", Name: "Olga"}}
	colleague := yesterday()
	colleague.Direction, colleague.Number, colleague.E164 = protocol.Internal, "102", ""
	colleague.Extension, colleague.Agent = "102", "boris"
	impostor := yesterday()
	impostor.Number, impostor.E164 = "102", ""
	short := yesterday()
	short.Number, short.E164 = "23456", ""
	withheld := yesterday()
	withheld.Number, withheld.E164 = "", ""
	gone := yesterday()
	gone.Customer, gone.CustomerName = "petrova", "Maria Petrova"
	for name, test := range map[string]struct {
		record cdr.Record
		found  []protocol.Customer
		press  string // the customer that the agent chose
		want   string
	}{
		"one":                          {yesterday(), two[:1], "", "ivanov"},
		"several, none chosen":         {yesterday(), two, "", ""},
		"several, one chosen":          {yesterday(), two, "olga", "olga"},
		"none":                         {yesterday(), nil, "", ""},
		"the record's":                 {gone, two, "", "petrova"},
		"another than the record's":    {gone, two, "olga", "olga"},
		"a stranger":                   {yesterday(), two, "igor", "error"},
		"a colleague":                  {colleague, nil, "", "boris"},
		"a colleague's number outside": {impostor, two[:1], "", ""},
		"a short number outside":       {short, two[:1], "", "ivanov"},
		"withheld, as the record says": {withheld, two, "", ""},
	} {
		recorded(t, func(o *office, _ *fakeRecords) {
			o.found["+74951234567"], o.found[""] = test.found, test.found
			_, failure := o.create(anna, ticketing.CreateTicket{ActionID: "1", Customer: test.press})
			got := "error"
			if failure == nil {
				got = ""
				if c := o.desk.drafts[0].Customer; c != nil {
					got = c.Login
				}
			}
			if got != test.want {
				t.Errorf("%s: %q, %+v; want %q", name, got, failure, test.want)
			}
		}, test.record)
	}
}

// Without records an old call is unknown, as before.
func TestEarlierCallWithoutRecords(t *testing.T) {
	open(t, nil, func(o *office) {
		if _, failure := o.create(anna, ticketing.CreateTicket{ActionID: "1"}); failure == nil ||
			failure.Code != fail.NotFound {
			t.Errorf("%+v", failure)
		}
		if _, failure := o.add(anna, "T-1"); failure == nil || failure.Code != fail.NotFound {
			t.Errorf("%+v", failure)
		}
	})
}

// A guess is not the customer of an earlier call: no agent has seen it.
func TestGuessIsNoCustomerOfAnEarlierCall(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		o.found["+74951234567"] = []protocol.Customer{{Login: "kim", Maybe: true}}
		if _, failure := o.create(anna, ticketing.CreateTicket{ActionID: "1"}); failure != nil {
			t.Fatal(failure)
		}
		if who := o.desk.drafts[0].Customer; who != nil {
			t.Errorf("the ticket is for %+v", who)
		}
	}, yesterday())
}
