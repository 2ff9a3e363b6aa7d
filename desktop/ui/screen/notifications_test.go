package screen_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

// server is a desktop's notifications in memory.
type server struct {
	mu     sync.Mutex
	last   uint32
	up     map[uint32]platform.Notification
	shows  int
	broken bool
	hangs  bool // it takes nothing back, as long as it may take
	events chan platform.NotificationEvent
}

func (*server) Server() string                              { return "fake 1" }
func (*server) CanAct() bool                                { return true }
func (s *server) Events() <-chan platform.NotificationEvent { return s.events }
func (*server) Close() error                                { return nil }

func (s *server) Show(_ context.Context, n platform.Notification) (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return 0, errors.New("no server")
	}
	s.shows++
	id := n.Replaces
	if _, there := s.up[id]; !there {
		s.last++
		id = s.last
	}
	s.up[id] = n
	return id, nil
}

func (s *server) Hide(ctx context.Context, id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hangs {
		<-ctx.Done()
		return
	}
	delete(s.up, id)
}

// away takes one off as the server does by itself, or the agent.
func (s *server) away(id uint32, expired bool) {
	s.mu.Lock()
	delete(s.up, id)
	s.mu.Unlock()
	s.events <- platform.NotificationEvent{ID: id, Closed: true, Expired: expired}
}

// one is the only notification that is up.
func (s *server) one(t *testing.T) (uint32, platform.Notification) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.up) != 1 {
		t.Fatalf("%d notifications, want one: %+v", len(s.up), s.up)
	}
	for id, n := range s.up {
		return id, n
	}
	panic("not reached")
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.up)
}

func notify(t *testing.T, story func(t *testing.T, s *server, p *screen.Notifications, said *told)) {
	synctest.Test(t, func(t *testing.T) {
		s, said := &server{up: map[uint32]platform.Notification{}, events: make(chan platform.NotificationEvent, 16)}, &told{}
		p := screen.NewNotifications(s, screen.Options{Look: look(t, "en"), Do: func(f func()) {
			f()
		}, Events: said.events()})
		story(t, s, p, said)
		p.Close()
	})
}

func keys(n platform.Notification) []string {
	var all []string
	for _, a := range n.Actions {
		all = append(all, a.Key)
	}
	return all
}

func TestACallAsANotification(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, said *told) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		pass(time.Minute)
		id, n := s.one(t)
		if n.Title != "Incoming call: +7 912 345-67-00" || !n.Urgent || n.Category != "call.incoming" ||
			!strings.HasPrefix(n.Text, "Ivan Petrov — Romashka\nSupport\n") {
			t.Errorf("it says %+v", n)
		}
		if got := keys(n); !slices.Equal(got, []string{"default", "ok", "tlink", "map"}) {
			t.Errorf("to be pressed: %q", got)
		}
		said.says(t, "shown main:1")
		p.SetCards([]model.Card{c}) // the same again
		pass(time.Second)
		if s.shows != 1 {
			t.Errorf("shown %d times", s.shows)
		}
		s.events <- platform.NotificationEvent{ID: 999, Action: "ok"} // another program's
		s.events <- platform.NotificationEvent{ID: id, Action: "ok"}
		pass(0)
		said.says(t, "ok main:1 ivan")
		s.away(id, false) // many servers take away what was pressed
		c.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "17", URL: "https://desk/17"}}
		c.Kind, c.Mine, c.Sticky, c.Since = model.Answer, protocol.Answered, false, time.Now()
		p.SetCards([]model.Card{c})
		pass(time.Hour)
		id, n = s.one(t)
		if !strings.HasSuffix(n.Text, "\nTicket 17") || n.Urgent || keys(n)[0] != "copy" {
			t.Errorf("with the ticket it says %+v", n)
		}
		s.events <- platform.NotificationEvent{ID: id, Action: "ticket"}
		pass(0)
		said.says(t, "shown main:1", "open https://desk/17")
		p.SetCards(nil)
		pass(time.Second)
		if s.count() != 0 {
			t.Error("left when the call is forgotten")
		}
	})
}

func TestANotificationStaysWhereThePhoneRings(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, said *told) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		pass(time.Second)
		id, _ := s.one(t)
		s.away(id, true) // a server that takes all away in time
		pass(time.Second)
		s.one(t)
		s.mu.Lock()
		clear(s.up) // the server died, and another took its place
		s.mu.Unlock()
		s.events <- platform.NotificationEvent{Lost: true}
		pass(time.Second)
		id, _ = s.one(t)
		s.away(id, false) // the agent put it away
		pass(time.Minute)
		if s.count() != 0 {
			t.Error("put away, and shown again")
		}
		said.says(t, "shown main:1", "close main:1", "gone main:1")
	})
}

func TestChoosingByNotification(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, said *told) {
		c := ringing(1)
		c.Call.Caller.Customers = append(c.Call.Caller.Customers, protocol.Customer{Login: "olga", Name: "Olga"})
		c.Call.Caller.Tickets = []protocol.OpenTicket{{Number: "2026:7", Title: "Old"}}
		p.SetCards([]model.Card{c})
		pass(time.Second)
		id, n := s.one(t)
		if got := keys(n); !slices.Equal(got, []string{
			"default", "ok:ivan", "ok:olga", "nobody", "add:2026:7", "tlink", "map",
		}) {
			t.Errorf("to be pressed: %q", got)
		}
		s.events <- platform.NotificationEvent{ID: id, Action: "ok:olga"}
		pass(0)
		said.says(t, "shown main:1", "ok main:1 olga")
	})
}

func TestWarningsAreTheDesktopsToTakeAwayAndManyAreCounted(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, said *told) {
		p.SetCards([]model.Card{warning(1)})
		pass(time.Minute)
		if _, n := s.one(t); n.Expires != 8*time.Second {
			t.Errorf("it expires after %v", n.Expires)
		}
		said.says(t, "gone warning:1")
		s.mu.Lock()
		clear(s.up)
		s.mu.Unlock()
		var cards []model.Card
		for i := range 8 {
			cards = append(cards, ringing(i))
		}
		p.SetCards(cards)
		pass(time.Second)
		if s.count() != 6 {
			t.Errorf("%d notifications for eight calls, want five and the one that counts", s.count())
		}
		p.SetCards(nil)
		pass(time.Second)
		if s.count() != 0 {
			t.Error("some are left")
		}
	})
}

func TestNotificationsThatCannotBeShownAreTriedAgain(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, _ *told) {
		s.mu.Lock()
		s.broken = true
		s.mu.Unlock()
		p.SetCards([]model.Card{ringing(1)})
		pass(10 * time.Second)
		s.mu.Lock()
		s.broken = false
		s.mu.Unlock()
		pass(2 * time.Second)
		s.one(t)
	})
}

// Who ends the program, or chooses cards again, waits for the presenter to end.
func TestADesktopThatHangsDoesNotKeepTheProgramFromItsEnd(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, _ *told) {
		p.SetCards([]model.Card{ringing(1), ringing(2), ringing(3), ringing(4), ringing(5)})
		pass(time.Second)
		if s.count() != 5 {
			t.Fatalf("%d are shown", s.count())
		}
		s.mu.Lock()
		s.hangs = true
		s.mu.Unlock()
		began := time.Now()
		p.Close()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
