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

// story applies messages to a terminal with Anna signed in.
type story struct {
	*testing.T
	*model.Terminal
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
	e, err := model.Decode(m)
	if err != nil {
		s.Fatal(err)
	}
	s.Apply(e, s.now)
}

func (s *story) call(c protocol.Call) { s.Helper(); s.gets(protocol.Event, protocol.CallEvent, c) }

// see compares the cards, one per line: id, kind, the agent's state, then the rest.
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
		add(c.Outside, "outside")
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

// incoming is a call from outside with these legs: "101:ringing:Anna Petrova".
func incoming(state protocol.State, legs ...string) protocol.Call {
	c := protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: state, Number: "79123456700", E164: "+79123456700",
		Display: "+7 912 345-67-00",
		Started: nine,
		Caller:  protocol.Caller{Status: protocol.Looking, Category: protocol.Category{Color: protocol.Neutral}},
	}
	for _, l := range legs {
		p := strings.SplitN(l+"::", ":", 4)
		c.Legs = append(c.Legs, protocol.Leg{
			Extension: p[0], State: protocol.State(p[1]), Agent: p[2], Calling: strings.Contains(l, "calling"),
		})
	}
	return c
}

func TestSnapshot(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	other := incoming(protocol.Ringing, "101:ringing")
	other.ID = "main:2"
	s.call(other)
	pressed := incoming(protocol.Answered, "101:answered")
	pressed.ID = "main:3"
	s.call(pressed)
	s.Press("main:3", "", "press-3", s.now)
	since := s.Cards()[0].Since
	s.HubAway("connection lost", s.now)
	s.see("main:1 incoming ringing", "main:2 incoming ringing",
		"warning:hub warning sticky card.warning.hub_away [] connection lost", "main:3 answer answered pressed")
	fresh := incoming(protocol.Answered, "102:answered:Boris")
	fresh.ID = "main:4"
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{
		Agent: anna, Calls: []protocol.Call{incoming(protocol.Ringing, "101:ringing"), fresh},
	})
	s.see("main:1 incoming ringing sticky", "main:3 answer pressed")
	if got := s.Cards()[0].Since; !got.Equal(since) {
		t.Error("the call that still rings has started again")
	}
}

func TestWarningsAreShownOnce(t *testing.T) {
	s := tell(t)
	away := func(reason string) {
		s.gets(protocol.Event, protocol.PBXEvent,
			protocol.PBX{ID: "main", State: protocol.PBXConnecting, Reason: reason})
	}
	warn := func() {
		s.gets(protocol.Warning, protocol.PBXDown, protocol.PBX{
			ID: "main", State: protocol.PBXConnecting, Reason: "connection refused",
		})
	}
	away("connection refused")
	s.see() // the hub warns if it lasts
	warn()
	since := s.Cards()[0].Since
	for range 30 {
		away("no route to host")
	}
	s.see("warning:pbx.down:main warning card.warning.pbx_down [main] no route to host")
	if !s.Cards()[0].Since.Equal(since) {
		t.Error("the warning has started again")
	}
	s.Forget("warning:pbx.down:main", s.now)
	warn()
	if !s.Cards()[0].Since.Equal(since) {
		t.Error("the warning that was read has started again")
	}
	s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXWorking})
	s.see()
	s.gets(protocol.Warning, protocol.PBXBack, protocol.PBX{ID: "main", State: protocol.PBXWorking})
	s.see("warning:pbx.back:main warning card.warning.pbx_back [main] ")
	s.now = s.now.Add(time.Minute)
	warn()
	s.see("warning:pbx.down:main warning card.warning.pbx_down [main] connection refused")
	// disabled by an administrator
	s.gets(protocol.Event, protocol.PBXEvent, protocol.PBX{ID: "main", State: protocol.PBXStopped})
	s.see()
}

func TestStartingPBX(t *testing.T) {
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
	// Errors of other actions are shown where they were requested.
	s.gets(protocol.Error, "x", protocol.Failure{Code: protocol.Forbidden, Text: "Not yours."}, "category-1")
	s.gets(protocol.Event, protocol.SessionClosed, protocol.ClosedSession{
		Code: protocol.CloseEnded, Reason: "ended by admin",
	})
	s.gets(protocol.Event, protocol.SessionClosed,
		protocol.ClosedSession{Code: protocol.CloseRestart, Reason: "restart"})
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

// A change of the maintenance is a new card in place of the one before, even right after the agent has
// closed that; its end takes the card away.
func TestMaintenanceIsAnnounced(t *testing.T) {
	s := tell(t)
	warn := func(text string) {
		s.gets(protocol.Warning, protocol.Maintenance, protocol.Announcement{Text: protocol.Text{Text: text}})
	}
	warn("Moving.")
	s.see("warning:maintenance:1 warning card.warning.maintenance [] Moving.")
	warn("Moving.")
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{Agent: anna, Hub: "1.0"}) // new rights
	s.see("warning:maintenance:1 warning card.warning.maintenance [] Moving.")
	warn("It takes longer.")
	s.see("warning:maintenance:2 warning card.warning.maintenance [] It takes longer.")
	s.Forget("warning:maintenance:2", s.now)
	warn("Until noon.")
	s.see("warning:maintenance:3 warning card.warning.maintenance [] Until noon.")
	s.gets(protocol.Notification, protocol.MaintenanceOver, struct{}{})
	s.see("warning:maintenance:4 warning card.warning.maintenance_over [] ")
	if !model.Good(s.Cards()[0].Title) {
		t.Error("the end looks like a problem")
	}
	warn("Once more.")
	// signed in again: it is over
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{Agent: anna, Hub: "1.0"}, "open")
	s.see()
}

func TestCategoryChanges(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	s.gets(protocol.Event, protocol.CategoryEvent, protocol.Category{
		Number: "+79123456700", Color: protocol.Red, Comment: "Shouts",
	})
	if c := s.Cards()[0].Call.Caller.Category; c.Color != protocol.Red || c.Comment != "Shouts" {
		t.Errorf("category %+v", c)
	}
}

func TestUnknownAndBrokenMessages(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Ringing, "101:ringing"))
	for _, m := range []protocol.Message{
		{Type: "novelty", Name: "call"},
		{Type: protocol.Event, Name: "weather", Data: []byte(`{"t":20}`)},
		{Type: protocol.Event, Name: protocol.CallEvent, Data: []byte(`{}`)},
		{Type: protocol.Warning, Name: protocol.CallMissed, Data: []byte(`{"call":"main:1"}`)},
	} {
		e, err := model.Decode(m)
		if err != nil {
			t.Errorf("%s %s: %v", m.Type, m.Name, err)
		}
		s.Apply(e, s.now)
	}
	broken := protocol.Message{Type: protocol.Event, Name: protocol.CallEvent, Data: []byte(`[1`)}
	if _, err := model.Decode(broken); err == nil {
		t.Error("broken JSON was accepted")
	}
	s.see("main:1 incoming ringing sticky")
}

func TestMemoryIsBounded(t *testing.T) {
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
	f.Add("event", "call", []byte(`{"id":"main:1","state":"ringing","legs":[{"extension":"101","state":"ringing"}]}`),
		"event", "call", []byte(`{"id":"main:1","state":"ended","missed":true}`))
	f.Add("warning", "call.missed", []byte(`{"call":{"id":"x"}}`), "event", "session.opened",
		[]byte(`{"calls":[{"id":"x"}],"pbxs":[{"id":"a"}]}`))
	f.Fuzz(func(t *testing.T, k1, n1 string, d1 []byte, k2, n2 string, d2 []byte) {
		s := model.New()
		for i, m := range []protocol.Message{
			{Type: protocol.Type(k1), Name: n1, Data: d1}, {Type: protocol.Type(k2), Name: n2, Data: d2},
		} {
			e, _ := model.Decode(m)
			s.Apply(e, nine.Add(time.Duration(i)*time.Minute))
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

// The hub sends calls and PBXs without end: the newest ones and the unanswered press stay.
func TestTooManyCalls(t *testing.T) {
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
