package desk

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/desks"
	"traybell/hub/ticketing"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// A call on a line whose template names another help desk has its ticket, note, talk time and open
// tickets there. After a move the note of an old ticket is not added to one of another help desk.
func TestLineWithAnotherHelpDesk(t *testing.T) {
	const main, other = "https://desk.example.com", "https://redmine.example.com"
	var it fakeHelpDesk
	it.made = map[string]helpdesk.Ticket{}
	it.open = []helpdesk.OpenTicket{{Ticket: helpdesk.Ticket{ID: "9", Number: "IT-9"}, Title: "VPN"}}
	set := &desks.Set{}
	lines := []tracking.Line{{Number: "74950000001", Template: "it"}, {Number: "*"}}
	openWith(t, lines, func(s *setup) {
		var errs []error
		s.Rules.Templates, errs = tickettemplate.New(map[string]tickettemplate.Text{"it": {Title: "IT", Desk: "it"}})
		if errs != nil {
			t.Fatal(errs)
		}
		s.HelpDesk = reloaded{&set}
	}, func(o *office) {
		both := desks.New(nil, desks.Desk{HelpDesk: &o.desk, Address: main, TalkTime: true},
			desks.Desk{HelpDesk: &it, Name: "it", Address: other})
		set = both
		c := rings("84951234567", leg("101", protocol.Answered))
		c.State, c.Answered = protocol.Answered, c.Started.Add(5*time.Second)
		o.change(c)
		_, m := o.messages(protocol.CallEvent)
		var shown protocol.Call
		if err := m.Decode(&shown); err != nil || len(shown.Caller.Tickets) != 1 ||
			shown.Caller.Tickets[0].Number != "IT-9" {
			t.Errorf("open tickets: %+v, %v", shown.Caller.Tickets, err)
		}
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Fatalf("%q, %+v", number, failure)
		}
		c.State, c.Ended, c.Legs = protocol.Ended, c.Answered.Add(time.Minute), []calls.Leg{leg("101", protocol.Ended)}
		o.change(c)
		if _, failure := o.note(anna, "2", "Router replaced."); failure != nil {
			t.Error(failure)
		}
		synctest.Wait()
		if it.creates != 1 || len(it.notes) != 1 || o.desk.creates != 0 || len(o.desk.notes) != 0 {
			t.Errorf("%d tickets, %+v; in the other %d, %+v", it.creates, it.notes, o.desk.creates, o.desk.notes)
		}
		if !o.store.requests["main:1.1"].Noted {
			t.Error("a talk time waits for a help desk that gets none")
		}

		// the other line, and the main help desk
		d := rings("84951234567", leg("101", protocol.Ringing))
		d.ID, d.DID = "main:2.2", "74950000002"
		o.change(d)
		answer, err := o.CreateTicket(o.ctx, anna, ticketing.CreateTicket{ActionID: "3", Call: "main:2.2"})
		if err != nil || answer.Created == nil || o.desk.creates != 1 {
			t.Errorf("%+v, %v, %d tickets", answer, err, o.desk.creates)
		}

		set = desks.New(nil, desks.Desk{HelpDesk: &o.desk, Address: main})
		_, failure := o.note(anna, "4", "Again.")
		if failure == nil || failure.Problem != protocol.HelpDeskGone || failure.Retry || len(o.desk.notes) != 0 {
			t.Errorf("a note for a ticket whose help desk is gone: %+v, notes %+v", failure, o.desk.notes)
		}
		set = both
		if _, failure := o.note(anna, "5", "Again."); failure != nil || len(it.notes) != 2 {
			t.Errorf("%+v, %+v", failure, it.notes)
		}
		if _, found, err := o.opts.HelpDesk.Named("").Find(context.Background(), "main:2.2"); !found || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// reloaded are the current help desks.
type reloaded struct{ now **desks.Set }

func (r reloaded) Named(name string) helpdesk.HelpDesk      { return (*r.now).Named(name) }
func (r reloaded) With(t helpdesk.Ticket) helpdesk.HelpDesk { return (*r.now).With(t) }
func (r reloaded) Accounts(t helpdesk.Ticket) bool          { return (*r.now).Accounts(t) }
func (r reloaded) Knows(name, directory string) bool        { return (*r.now).Knows(name, directory) }
