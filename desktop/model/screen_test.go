package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

var (
	nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	anna = protocol.Agent{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"}}
)

// story plays messages to a screen on which Anna is signed in.
type story struct {
	*testing.T
	*model.Screen
	now time.Time
}

func tell(t *testing.T) *story {
	s := &story{t, model.New(), nine}
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{Agent: anna, Hub: "1.0"})
	return s
}

func (s *story) gets(kind protocol.Type, name string, data any, re ...string) {
	s.Helper()
	m, err := protocol.New(kind, name, data)
	if err != nil {
		s.Fatal(err)
	}
	if len(re) > 0 {
		m.Re = re[0]
	}
	s.now = s.now.Add(time.Second)
	if _, err := s.Apply(m, s.now); err != nil {
		s.Fatal(err)
	}
}

func (s *story) call(c protocol.Call) { s.Helper(); s.gets(protocol.Event, protocol.CallEvent, c) }

// see compares the cards, one a line: id kind mine, then what else is to be said.
func (s *story) see(want ...string) {
	s.Helper()
	var got []string
	for _, c := range s.Cards() {
		line := fmt.Sprintf("%s %s", c.ID, c.Kind)
		add := func(on bool, words string) {
			if on {
				line += " " + words
			}
		}
		add(c.Mine != "", string(c.Mine))
		add(c.Sticky, "sticky")
		add(c.Call.Missed, "missed")
		add(c.Elsewhere != "", "by "+c.Elsewhere)
		add(c.Press.State == model.Pressed, "pressed")
		add(c.Press.State == model.Queued, "queued")
		add(c.Press.State == model.Made, "ticket "+c.Press.Ticket.Number)
		add(c.Press.State == model.Failed, "failed: "+c.Press.Reason)
		add(c.Done, "done")
		add(c.Title != "", c.Title+" ["+c.From+"] "+c.Text)
		got = append(got, line)
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		s.Errorf("cards:\n%s\nwant:\n%s", a, b)
	}
}

// incoming is a call from outside with the given legs: "101:ringing:Anna Petrova".
func incoming(state protocol.State, legs ...string) protocol.Call {
	c := protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: state, Number: "79123456700", E164: "+79123456700", Display: "+7 912 345-67-00",
		Started: nine, Caller: protocol.Caller{Status: protocol.Looking, Category: protocol.Category{Color: protocol.Neutral}},
	}
	for _, l := range legs {
		p := strings.SplitN(l+"::", ":", 4)
		c.Legs = append(c.Legs, protocol.Leg{Extension: p[0], State: protocol.State(p[1]), Agent: p[2], Calling: strings.Contains(l, "calling")})
	}
	return c
}

func TestRingThenAnswer(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.see("main:1 incoming ringing sticky")
	first := s.Cards()[0].Since
	richer := incoming(protocol.Ringing, "101:ringing")
	richer.Caller.Status = protocol.Known
	s.call(richer)
	s.see("main:1 incoming ringing sticky")
	if c := s.Cards()[0]; !c.Since.Equal(first) || c.Call.Caller.Status != protocol.Known {
		t.Errorf("the richer call is not the same card: %v, %v", c.Since, c.Call.Caller.Status)
	}
	s.call(incoming(protocol.Answered, "101:answered"))
	s.see("main:1 answer answered")
	if s.Cards()[0].Since.Equal(first) {
		t.Error("the answer card has not begun a turn of its own")
	}
	s.call(incoming(protocol.Held, "101:held"))
	s.see("main:1 answer held")
	s.call(incoming(protocol.Answered, "101:answered"))
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended done")
	s.Forget("main:1", s.now)
	s.see()
	if _, ok := s.Call("main:1"); ok {
		t.Error("the ended call is still remembered")
	}
}

// The card of a call that I had stays long enough to make the ticket after the end; that of a call which is somebody else's now does not.
func TestCardStaysAfterTheCall(t *testing.T) {
	stay := func(s *story) time.Duration { return s.Cards()[0].Stay }
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered:Anna Petrova"))
	if got := stay(s); got != 0 {
		t.Errorf("during the call %v", got)
	}
	s.call(incoming(protocol.Ended, "101:ended:Anna Petrova"))
	if got := stay(s); got != model.AfterCall || got < 30*time.Second {
		t.Errorf("after the call the card stays %v", got)
	}
	if _, ok := s.Press("main:1", "", "p1", s.now); !ok {
		t.Error("no ticket can be asked for after the end of the call")
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"}, "p1")
	if got := stay(s); got != model.AfterTicket || got < 10*time.Second {
		t.Errorf("with its ticket the card stays %v", got)
	}
	s = tell(t)
	s.call(incoming(protocol.Answered, "101:answered:Anna Petrova"))
	s.call(incoming(protocol.Answered, "101:ended:Anna Petrova", "102:answered:Boris Ivanov"))
	if got := stay(s); got != 0 {
		t.Errorf("handed on: %v", got)
	}
}

func TestAnsweredElsewhere(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "102:ringing:Boris"))
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see("main:1 incoming ended by Boris done")
	s.call(incoming(protocol.Held, "101:ended", "102:held:Boris"))
	s.see("main:1 incoming ended by Boris done")
	s.Forget("main:1", s.now)
	s.see()
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see()
	// Boris hands it over to Anna: her phone rings again.
	s.call(incoming(protocol.Answered, "101:ringing", "102:held:Boris"))
	s.see("main:1 incoming ringing sticky")
	s.call(incoming(protocol.Answered, "101:answered", "102:ended:Boris"))
	s.see("main:1 answer answered")
}

func TestAnsweredElsewhereByAPhoneWithoutAnAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "105:ringing"))
	s.call(incoming(protocol.Answered, "101:ended", "105:answered"))
	s.see("main:1 incoming ended by 105 done")
}

func TestCallerGaveUp(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	c := incoming(protocol.Ended, "101:ended")
	c.Missed = true
	s.call(c)
	s.see("main:1 incoming ended missed done")
	s.gets(protocol.Warning, protocol.CallMissed, protocol.MissedCall{Call: c})
	s.see("main:1 incoming ended missed done") // said once
}

func TestMissedWhileNobodySawIt(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ended, "101:ended")
	c.Missed = true
	s.gets(protocol.Warning, protocol.CallMissed, protocol.MissedCall{Call: c})
	s.see("warning:missed:main:1 warning missed card.warning.missed [] +7 912 345-67-00")
}

func TestQueueGoesOnToTheNext(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(incoming(protocol.Ringing, "101:ended", "102:ringing:Boris"))
	s.see("main:1 incoming ended done")
	s.call(incoming(protocol.Ringing, "101:ringing", "102:ended:Boris"))
	s.see("main:1 incoming ringing sticky")
}

func TestTwoExtensionsOfOneAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing", "201:ringing"))
	s.see("main:1 incoming ringing sticky")
	s.call(incoming(protocol.Answered, "101:ended", "201:answered"))
	s.see("main:1 answer answered")
}

func TestLineBoundToMe(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing))
	s.see("main:1 incoming")
	s.call(incoming(protocol.Ringing, "102:ringing:Boris"))
	s.see("main:1 incoming")
	s.call(incoming(protocol.Answered, "102:answered:Boris"))
	s.see("main:1 incoming by Boris done")
}

func TestHandedOn(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(incoming(protocol.Answered, "101:answered"))
	s.call(incoming(protocol.Answered, "101:ended", "102:ringing:Boris"))
	s.see("main:1 answer ended done")
	s.call(incoming(protocol.Answered, "101:ended", "102:answered:Boris"))
	s.see("main:1 answer ended by Boris done")
}

func TestConsultedColleagueIsNoElsewhere(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered", "102:answered:Boris"))
	s.see("main:1 answer answered")
}

func TestCallsThatIPlace(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "101:answered::calling")
	c.Direction = protocol.Outgoing
	s.call(c)
	s.see()
	c.State = protocol.Answered
	s.call(c)
	s.see("main:1 answer answered")
	c.ID, c.State, c.Legs[0].State = "main:2", protocol.Ringing, protocol.Ringing
	s.call(c)
	c.State, c.Legs[0].State = protocol.Ended, protocol.Ended
	s.call(c)
	s.see("main:1 answer answered")
}

func TestInternalCalls(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "102:answered:Boris:calling", "101:ringing")
	c.Direction = protocol.Internal
	s.call(c)
	s.see("main:1 incoming ringing sticky")
	s.HideInternal = true
	s.call(c)
	s.see()
	s.HideInternal = false
	mine := incoming(protocol.Answered, "101:answered::calling", "102:answered:Boris")
	mine.ID, mine.Direction = "main:2", protocol.Internal
	s.call(mine)
	s.see()
	// The one who called is not the one who "answered".
	c.Legs[0].State, c.Legs[1].State, c.State = protocol.Ended, protocol.Ended, protocol.Ended
	c.Missed = true
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.call(c)
	s.see("main:1 incoming ended missed done")
}

func TestSeveralCallsAtOnce(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	second := incoming(protocol.Ringing, "101:ringing")
	second.ID = "main:2"
	s.call(second)
	s.see("main:1 answer answered", "main:2 incoming ringing sticky")
	if talking, ringing := s.InCall(); !talking || !ringing {
		t.Errorf("talking %v, ringing %v", talking, ringing)
	}
}

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
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "The help desk does not answer.", Retry: true}, "press-1")
	s.see("main:1 incoming ringing sticky failed: The help desk does not answer.")
	if b, _ := s.Press("main:1", "ivan", "press-3", s.now); b.ID != "press-1" {
		t.Errorf("tried again: another action %s", b.ID)
	}
	s.gets(protocol.Warning, protocol.TicketQueued, protocol.Text{Text: "The ticket is made when the help desk is back."}, "press-1")
	s.see("main:1 incoming ringing sticky queued")
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "2026030210000017", URL: "https://desk/1", By: "Anna Petrova"}, "press-1")
	s.see("main:1 incoming ringing sticky ticket 2026030210000017")
	if _, ok := s.Press("main:1", "", "press-4", s.now); ok {
		t.Error("a second ticket for one call")
	}
	answered := incoming(protocol.Answered, "101:answered")
	answered.Ticket = &protocol.Ticket{Number: "2026030210000017"}
	s.call(answered)
	s.see("main:1 answer answered ticket 2026030210000017")
}

func TestAnotherCustomerIsAnotherAction(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.Press("main:1", "ivan", "press-1", s.now)
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.Invalid, Text: "No such customer."}, "press-1")
	if m, _ := s.Press("main:1", "olga", "press-2", s.now); m.ID != "press-2" || !strings.Contains(string(m.Data), "olga") {
		t.Errorf("action %s %s", m.ID, m.Data)
	}
}

func TestTicketMadeByAnotherAgent(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17", By: "Boris"})
	s.see("main:1 answer answered ticket 17")
	if by := s.Cards()[0].Press.Ticket.By; by != "Boris" {
		t.Errorf("made by %q", by)
	}
}

func TestTicketComesAfterTheCallHasEnded(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "", "press-1", s.now)
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended pressed")
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"}, "press-1")
	s.see("main:1 answer ended ticket 17 done")
}

func TestATicketThatComesLaterFindsItsCard(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "ivan", "press-1", s.now)
	queued := protocol.QueuedTicket{Call: "main:1", Text: "It is kept."}
	s.gets(protocol.Warning, protocol.TicketQueued, queued, "press-1")
	s.see("main:1 answer answered queued")
	ended := incoming(protocol.Ended, "101:ended")
	ended.Ended = s.now
	s.call(ended)
	s.see("main:1 answer ended queued done") // it need not stay for hours
	made := protocol.CreatedTicket{Call: "main:1", Number: "17", URL: "https://desk/17", By: "Anna", Late: true, Caller: "Ivan Petrov"}
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see("main:1 answer ended ticket 17 done")
	if !s.Cards()[0].Since.Equal(s.now) {
		t.Error("the number is not shown anew")
	}
	s.gets(protocol.Warning, protocol.TicketQueued, queued, "press-1")
	s.see("main:1 answer ended ticket 17 done") // it was overtaken
}

func TestATicketThatComesWhenItsCardHasGone(t *testing.T) {
	s := tell(t)
	made := protocol.CreatedTicket{Call: "main:1", Number: "17", URL: "https://desk/17", By: "Anna", Late: true, Caller: "Ivan Petrov"}
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see("warning:ticket:main:1 warning ticket 17 card.warning.ticket_made [] Ivan Petrov")
	s.Forget("warning:ticket:main:1", s.now)
	s.gets(protocol.Notification, protocol.TicketCreated, made)
	s.see()
	made.Late, made.Call = false, "main:2"
	s.gets(protocol.Notification, protocol.TicketCreated, made) // a colleague's, of a call that is none of mine
	s.see()
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "Ivan: there is no queue."}, "press-9")
	s.see("warning:ticket:press-9 warning card.warning.ticket_failed [] Ivan: there is no queue.")
}

func TestARefusalThatComesLate(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "ivan", "press-1", s.now)
	s.gets(protocol.Warning, protocol.TicketQueued, protocol.QueuedTicket{Call: "main:1", Text: "It is kept."}, "press-1")
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "There is no queue."}, "press-1")
	s.see("main:1 answer answered failed: There is no queue.")
}

func TestACallIsAddedToATicket(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	a, ok := s.Append("main:1", "44", "press-1", s.now)
	if !ok || a.Name != protocol.TicketAppend || a.ID != "press-1" || string(a.Data) != `{"call":"main:1","ticket":"44"}` {
		t.Fatalf("action %+v %s", a, a.Data)
	}
	if b, _ := s.Append("main:1", "44", "press-2", s.now); b.ID != "press-1" {
		t.Errorf("pressed again: another action %s", b.ID)
	}
	s.gets(protocol.Error, protocol.TicketAppend, protocol.Failure{Code: protocol.NotFound, Text: "It is closed."}, "press-1")
	s.see("main:1 answer answered failed: It is closed.")
	if b, _ := s.Press("main:1", "ivan", "press-3", s.now); b.ID != "press-3" || b.Name != protocol.TicketCreate {
		t.Errorf("OK instead: %s %s", b.Name, b.ID)
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "45"}, "press-3")
	s.see("main:1 answer answered ticket 45")
}

func TestUnansweredPressFails(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Press("main:1", "", "press-1", s.now)
	s.Fail("press-1", "no answer", s.now)
	s.see("main:1 answer answered failed: no answer")
}

func TestSnapshotReplacesEverything(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	gone := incoming(protocol.Ringing, "101:ringing")
	gone.ID = "main:2"
	s.call(gone)
	pressed := incoming(protocol.Answered, "101:answered")
	pressed.ID = "main:3"
	s.call(pressed)
	s.Press("main:3", "", "press-3", s.now)
	since := s.Cards()[0].Since
	s.HubAway("connection lost", s.now)
	s.see("main:1 incoming ringing", "main:2 incoming ringing",
		"warning:hub warning card.warning.hub_away [] connection lost", "main:3 answer answered pressed")
	fresh := incoming(protocol.Answered, "102:answered:Boris")
	fresh.ID = "main:4"
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{Agent: anna, Calls: []protocol.Call{incoming(protocol.Ringing, "101:ringing"), fresh}})
	s.see("main:1 incoming ringing sticky", "main:3 answer pressed")
	if got := s.Cards()[0].Since; !got.Equal(since) {
		t.Error("the call that still rings has begun anew")
	}
}

func TestWarningsAreShownOnce(t *testing.T) {
	s := tell(t)
	away := func(reason string) {
		s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXConnecting, Reason: reason})
	}
	warn := func() {
		s.gets(protocol.Warning, protocol.PBXDown, protocol.PBX{ID: "main", State: protocol.PBXConnecting, Reason: "connection refused"})
	}
	away("connection refused")
	s.see() // the hub warns when it is more than a blip
	warn()
	since := s.Cards()[0].Since
	for range 30 {
		away("no route to host")
	}
	s.see("warning:pbx.down:main warning card.warning.pbx_down [main] no route to host")
	if !s.Cards()[0].Since.Equal(since) {
		t.Error("the warning has begun anew")
	}
	s.Forget("warning:pbx.down:main", s.now)
	warn()
	if !s.Cards()[0].Since.Equal(since) {
		t.Error("the warning that was read has begun anew")
	}
	s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXWorking})
	s.see()
	s.gets(protocol.Warning, protocol.PBXBack, protocol.PBX{ID: "main", State: protocol.PBXWorking})
	s.see("warning:pbx.back:main warning card.warning.pbx_back [main] ")
	s.now = s.now.Add(time.Minute)
	warn()
	s.see("warning:pbx.down:main warning card.warning.pbx_down [main] connection refused")
	s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXStopped}) // an administrator has switched it off
	s.see()
}

func TestStartingPBXIsNoWarning(t *testing.T) {
	s := tell(t)
	s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXConnecting})
	s.see()
	if p := s.PBXs(); len(p) != 1 || p[0].State != protocol.PBXConnecting {
		t.Errorf("PBXs: %+v", p)
	}
}

func TestMessagesAndErrors(t *testing.T) {
	s := tell(t)
	s.gets(protocol.Notification, protocol.TextMessage, protocol.Text{From: "Boris", Text: "Lunch?"})
	s.gets(protocol.Error, "x", protocol.Failure{Code: protocol.Limit, Text: "Too many."})
	s.gets(protocol.Error, "x", protocol.Failure{Code: protocol.Forbidden, Text: "Not yours."}, "category-1") // answered where it was asked
	s.gets(protocol.Event, protocol.SessionClosed, protocol.ClosedSession{Code: protocol.CloseEnded, Reason: "ended by admin"})
	s.gets(protocol.Event, protocol.SessionClosed, protocol.ClosedSession{Code: protocol.CloseRestart, Reason: "restart"})
	s.see("warning:message:1 warning card.warning.message [Boris] Lunch?",
		"warning:error:limit warning card.warning.error [] Too many.",
		"warning:session:4402 warning card.warning.session [] ended by admin")
	s.Forget("warning:message:1", s.now)
	if len(s.Cards()) != 2 {
		t.Error("a message that was read stays")
	}
	for i := range 100 {
		s.gets(protocol.Notification, protocol.TextMessage, protocol.Text{Text: fmt.Sprint(i)})
	}
	if n := len(s.Cards()); n > 20 {
		t.Errorf("%d warnings", n)
	}
}

func TestCategoryChanges(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.gets(protocol.Event, protocol.CategoryEvent, protocol.Category{Number: "+79123456700", Color: protocol.Red, Comment: "Shouts"})
	if c := s.Cards()[0].Call.Caller.Category; c.Color != protocol.Red || c.Comment != "Shouts" {
		t.Errorf("category %+v", c)
	}
}

func TestUnknownAndBrokenMessagesChangeNothing(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	for _, m := range []protocol.Message{
		{Type: "novelty", Name: "call"},
		{Type: protocol.Event, Name: "weather", Data: []byte(`{"t":20}`)},
		{Type: protocol.Event, Name: protocol.CallEvent, Data: []byte(`{}`)},
		{Type: protocol.Warning, Name: protocol.CallMissed, Data: []byte(`{"call":"main:1"}`)},
	} {
		if _, err := s.Apply(m, s.now); err != nil {
			t.Errorf("%s %s: %v", m.Type, m.Name, err)
		}
	}
	if _, err := s.Apply(protocol.Message{Type: protocol.Event, Name: protocol.CallEvent, Data: []byte(`[1`)}, s.now); err == nil {
		t.Error("broken JSON was accepted")
	}
	s.see("main:1 incoming ringing sticky")
}

func TestNothingIsRememberedForEver(t *testing.T) {
	s := tell(t)
	for i := range 2000 {
		c := incoming(protocol.Ringing, "101:ringing")
		c.ID = fmt.Sprint("main:", i)
		s.call(c)
		c.State, c.Legs[0].State, c.Ended = protocol.Ended, protocol.Ended, s.now
		s.call(c)
	}
	s.now = s.now.Add(time.Hour)
	s.gets(protocol.Event, "tick", nil)
	s.see()
	if _, ok := s.Call("main:1"); ok {
		t.Error("an hour old call is still remembered")
	}
}

func FuzzApply(f *testing.F) {
	f.Add("event", "call", []byte(`{"id":"main:1","state":"ringing","legs":[{"extension":"101","state":"ringing"}]}`), "event", "call", []byte(`{"id":"main:1","state":"ended","missed":true}`))
	f.Add("warning", "call.missed", []byte(`{"call":{"id":"x"}}`), "event", "session.opened", []byte(`{"calls":[{"id":"x"}],"pbxs":[{"id":"a"}]}`))
	f.Fuzz(func(t *testing.T, k1, n1 string, d1 []byte, k2, n2 string, d2 []byte) {
		s := model.New()
		for i, m := range []protocol.Message{{Type: protocol.Type(k1), Name: n1, Data: d1}, {Type: protocol.Type(k2), Name: n2, Data: d2}} {
			_, _ = s.Apply(m, nine.Add(time.Duration(i)*time.Minute))
			ids := map[string]bool{}
			for _, c := range s.Cards() {
				if c.Kind == "" || c.ID == "" || ids[c.ID] {
					t.Fatalf("card %+v", c)
				}
				ids[c.ID] = true
			}
		}
	})
}

// A hub gone mad begins calls and PBXs without end. The newest are shown, the press that waits for its ticket is not lost, and the rest is forgotten.
func TestEndlessCalls(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing:Anna"))
	s.Press("main:1", "", "p", s.now)
	for i := range 5000 {
		c := incoming(protocol.Ringing, "101:ringing:Anna")
		c.ID = fmt.Sprint("mad:", i)
		s.call(c)
		s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: c.ID, State: protocol.PBXWorking})
	}
	if cards, pbxs := len(s.Cards()), len(s.PBXs()); cards > 500 || pbxs > 100 {
		t.Errorf("%d cards and %d PBXs are remembered", cards, pbxs)
	}
	if _, ok := s.Call("mad:4999"); !ok {
		t.Error("the newest call is not shown")
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "7"}, "p")
	if c, ok := s.Call("main:1"); !ok || c.Ticket == nil {
		t.Error("the press was forgotten")
	}
}

// Anna shares 101 with Dina. Once it is known which of them took the call, it is answered elsewhere for the other.
func TestASharedExtension(t *testing.T) {
	took := func(state protocol.State, login, name string) protocol.Call {
		c := incoming(state, "101:"+string(state)+":"+name)
		c.Legs[0].Login = login
		return c
	}
	s := tell(t)
	s.call(took(protocol.Ringing, "", "Anna, Dina"))
	s.see("main:1 incoming ringing sticky")
	s.call(took(protocol.Answered, "", "Anna, Dina")) // nobody knows who it is
	s.see("main:1 answer answered")
	s.call(took(protocol.Answered, "anna", "Anna"))
	s.see("main:1 answer answered")

	s = tell(t)
	s.call(took(protocol.Ringing, "", "Anna, Dina"))
	s.call(took(protocol.Answered, "dina", "Dina"))
	s.see("main:1 incoming by Dina done")
	if ringing, talking := s.InCall(); ringing || talking {
		t.Errorf("the tray says that Anna's phone rings (%v) or that she talks (%v)", ringing, talking)
	}
}
