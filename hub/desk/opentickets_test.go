package desk

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

func (o *office) add(a staff.Agent, number string) (string, *fail.Error) {
	o.t.Helper()
	return did(o.AppendTicket(o.ctx, a, ticketing.AppendTicket{ActionID: "append", Call: "main:1.1", Ticket: number}))
}

var printer = helpdesk.OpenTicket{
	Ticket: helpdesk.Ticket{ID: "7", Number: "T-77", URL: "https://desk.example.com/7"}, Title: "Printer on floor 2",
}

func TestOpenTicketsAreSentAfterTheCall(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.open = []helpdesk.OpenTicket{printer}
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		_, m := o.messages(protocol.CallEvent)
		var c protocol.Call
		want := `[{"number":"T-77","title":"Printer on floor 2","url":"https://desk.example.com/7"}]`
		if err := m.Decode(&c); err != nil || encoded(t, c.Caller.Tickets) != want {
			t.Errorf("%s, %v", encoded(t, c.Caller.Tickets), err)
		}
		other := rings("84951234567", leg("102", protocol.Ringing))
		other.ID = "main:2.2"
		o.change(other)
		o.desk.mu.Lock()
		asked := o.desk.asked
		o.desk.mu.Unlock()
		if asked != 1 {
			t.Errorf("asked %d times within a minute", asked)
		}
		if number, failure := o.add(anna, "T-78"); failure == nil || failure.Code != fail.NotFound {
			t.Errorf("added to another customer's ticket: %q, %+v", number, failure)
		}
		o.desk.failing(append(away(1), &helpdesk.Error{Reason: "No answer.", Retry: true, Uncertain: true}))
		if number, failure := o.add(anna, "T-77"); failure != nil || number != "later" {
			t.Errorf("added while the help desk is down: %q, %+v", number, failure)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if number, failure := o.press(boris, "1"); failure == nil {
			t.Errorf("another agent's call: %q", number)
		}
		if number, failure := o.press(anna, "2"); failure != nil || number != "T-77" {
			t.Errorf("a ticket pressed afterwards: %q, %+v", number, failure)
		}
		if len(o.desk.notes) != 1 || o.desk.notes[0].Key != "main:1.1" || o.desk.creates != 0 {
			t.Errorf("notes %+v, %d tickets", o.desk.notes, o.desk.creates)
		}
		_, m = o.messages(protocol.CallEvent)
		c = protocol.Call{}
		if err := m.Decode(&c); err != nil || c.Ticket == nil || c.Ticket.Number != "T-77" ||
			len(c.Caller.Tickets) != 0 {
			t.Errorf("the card: %+v, %+v, %v", c.Ticket, c.Caller.Tickets, err)
		}
	})
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
