package model_test

import (
	"strings"
	"testing"

	"traybell/shared/protocol"
)

func TestTicket(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	a, ok := s.Press("main:1", "ivan", "press-1", s.now)
	if !ok || a.ID != "press-1" || string(a.Data) != `{"call":"main:1","customer":"ivan"}` {
		t.Fatalf("action %+v %s", a, a.Data)
	}
	s.see("main:1 incoming ringing sticky pressed")
	if b, _ := s.Press("main:1", "ivan", "press-2", s.now); b.ID != "press-1" {
		t.Errorf("pressed again: another action %s", b.ID)
	}
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: "The help desk does not answer.", Retry: true,
	}, "press-1")
	s.see("main:1 incoming ringing sticky failed: The help desk does not answer.")
	if b, _ := s.Press("main:1", "ivan", "press-3", s.now); b.ID != "press-1" {
		t.Errorf("tried again: another action %s", b.ID)
	}
	s.gets(protocol.Warning, protocol.TicketQueued,
		protocol.Text{Text: "The ticket is made when the help desk is back."}, "press-1")
	s.see("main:1 incoming ringing sticky queued")
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{
		Call: "main:1", Number: "2026030210000017", URL: "https://desk/1", By: "Anna Petrova",
	}, "press-1")
	s.see("main:1 incoming ringing sticky ticket 2026030210000017")
	if _, ok := s.Press("main:1", "", "press-4", s.now); ok {
		t.Error("a second ticket for one call")
	}
	answered := incoming(protocol.Answered, "101:answered")
	answered.Ticket = &protocol.Ticket{Number: "2026030210000017"}
	s.call(answered)
	s.see("main:1 answer answered ticket 2026030210000017")
}

func TestOtherCustomerIsOtherAction(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.Press("main:1", "ivan", "press-1", s.now)
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.Invalid, Text: "No such customer."},
		"press-1")
	if m, _ := s.Press("main:1", "olga", "press-2", s.now); m.ID != "press-2" || !strings.Contains(string(m.Data),
		"olga") {
		t.Errorf("action %s %s", m.ID, m.Data)
	}
}

func TestTicketMadeByAnotherAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{
		Call: "main:1", Number: "17", By: "Boris",
	})
	s.see("main:1 answer answered ticket 17")
	if by := s.Cards()[0].Press.Ticket.By; by != "Boris" {
		t.Errorf("made by %q", by)
	}
}

func TestTicketAfterCall(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "", "press-1", s.now)
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended pressed")
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"},
		"press-1")
	s.see("main:1 answer ended ticket 17 done")
}

func TestLateTicketWithCard(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "ivan", "press-1", s.now)
	queued := protocol.QueuedTicket{Call: "main:1", Text: "It is kept."}
	s.gets(protocol.Warning, protocol.TicketQueued, queued, "press-1")
	s.see("main:1 answer answered queued")
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended queued done") // it does not stay for hours
	made := protocol.CreatedTicket{
		Call: "main:1", Number: "17", URL: "https://desk/17", By: "Anna", Late: true, Caller: "Ivan Petrov",
	}
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see("main:1 answer ended ticket 17 done")
	if !s.Cards()[0].Since.Equal(s.now) {
		t.Error("the number is not shown again")
	}
	s.gets(protocol.Warning, protocol.TicketQueued, queued, "press-1")
	s.see("main:1 answer ended ticket 17 done") // it came late
}

func TestLateTicketWithoutCard(t *testing.T) {
	s := tell(t)
	made := protocol.CreatedTicket{
		Call: "main:1", Number: "17", URL: "https://desk/17", By: "Anna", Late: true, Caller: "Ivan Petrov",
	}
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see("warning:ticket:main:1 warning ticket 17 card.warning.ticket_made [] Ivan Petrov")
	s.Forget("warning:ticket:main:1", s.now)
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see()
	made.Late, made.Call = false, "main:2"
	s.gets(protocol.Notification, protocol.TicketCreated, made) // a colleague's, of another call
	s.see()
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: "there is no queue.", Caller: "Ivan",
	}, "press-9")
	s.see("warning:ticket:press-9 warning card.warning.ticket_failed [] Ivan: there is no queue.")
}

func TestLateRefusal(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "ivan", "press-1", s.now)
	s.gets(protocol.Warning, protocol.TicketQueued, protocol.QueuedTicket{Call: "main:1", Text: "It is kept."},
		"press-1")
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: "There is no queue.", Caller: "Ivan, +74930555444",
	}, "press-1")
	s.see("main:1 answer answered failed: There is no queue.")
	if !s.Cards()[0].Press.Retry {
		t.Error("a refused press cannot be repeated")
	}
	if again, ok := s.Press("main:1", "ivan", "press-2", s.now); !ok || again.ID != "press-1" {
		t.Errorf("pressed again: %v, %s", ok, again.ID)
	}
}

func TestAppend(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	a, ok := s.Append("main:1", "44", "press-1", s.now)
	if !ok || a.Name != protocol.TicketAppend || a.ID != "press-1" ||
		string(a.Data) != `{"call":"main:1","ticket":"44"}` {
		t.Fatalf("action %+v %s", a, a.Data)
	}
	if b, _ := s.Append("main:1", "44", "press-2", s.now); b.ID != "press-1" {
		t.Errorf("pressed again: another action %s", b.ID)
	}
	s.gets(protocol.Error, protocol.TicketAppend, protocol.Failure{Code: protocol.NotFound, Text: "It is closed."},
		"press-1")
	s.see("main:1 answer answered failed: It is closed.")
	if b, _ := s.Press("main:1", "ivan", "press-3", s.now); b.ID != "press-3" || b.Name != protocol.TicketCreate {
		t.Errorf("OK instead: %s %s", b.Name, b.ID)
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "45"},
		"press-3")
	s.see("main:1 answer answered ticket 45")
}

func TestUnansweredPressFails(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "", "press-1", s.now)
	s.Fail("press-1", "no answer", s.now)
	s.see("main:1 answer answered failed: no answer")
}
