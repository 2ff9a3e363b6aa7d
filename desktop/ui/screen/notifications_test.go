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
	"traybell/desktop/system"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

// server is a fake notification server.
type server struct {
	mu     sync.Mutex
	last   uint32
	up     map[uint32]system.Notification
	shows  int
	broken bool
	hangs  bool // Hide blocks until its context ends
	events chan system.NotificationEvent
}

func (*server) Server() string                            { return "fake 1" }
func (*server) CanAct() bool                              { return true }
func (s *server) Events() <-chan system.NotificationEvent { return s.events }
func (*server) Close() error                              { return nil }

func (s *server) Show(_ context.Context, n system.Notification) (uint32, error) {
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

// away closes a notification, as the server or the agent does.
func (s *server) away(id uint32, expired bool) {
	s.mu.Lock()
	delete(s.up, id)
	s.mu.Unlock()
	s.events <- system.NotificationEvent{ID: id, Closed: true, Expired: expired}
}

// one returns the only notification.
func (s *server) one(t *testing.T) (uint32, system.Notification) {
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

func notify(t *testing.T, story func(t *testing.T, s *server, p *screen.Notifications, rec *recorder)) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{up: map[uint32]system.Notification{}, events: make(chan system.NotificationEvent, 16)}
		rec := &recorder{}
		p := screen.NewNotifications(s, screen.Options{Look: look(t, "en"), Do: func(f func()) {
			f()
		}, Events: rec.events()})
		story(t, s, p, rec)
		p.Close()
	})
}

func keys(n system.Notification) []string {
	var all []string
	for _, a := range n.Actions {
		all = append(all, a.Key)
	}
	return all
}

func TestCallAsNotification(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, rec *recorder) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		wait(time.Minute)
		id, n := s.one(t)
		if n.Title != "Incoming call: +7 912 345-67-00" || !n.Urgent || n.Category != "call.incoming" ||
			!strings.HasPrefix(n.Text, "Ivan Petrov — Romashka\nSupport\n") {
			t.Errorf("notification: %+v", n)
		}
		if got := keys(n); !slices.Equal(got, []string{"default", "ok", "tlink", "map"}) {
			t.Errorf("actions: %q", got)
		}
		rec.expect(t, "shown main:1 notification")
		p.SetCards([]model.Card{c}) // unchanged
		wait(time.Second)
		if s.shows != 1 {
			t.Errorf("shown %d times", s.shows)
		}
		s.events <- system.NotificationEvent{ID: 999, Action: "ok"} // another program's
		s.events <- system.NotificationEvent{ID: id, Action: "ok"}
		wait(0)
		rec.expect(t, "ok main:1 ivan")
		s.away(id, false) // many servers close a pressed notification
		c.Press = model.Press{State: model.Made, Ticket: protocol.Ticket{Number: "17", URL: "https://desk/17"}}
		c.Kind, c.Mine, c.Sticky, c.Since = model.Answer, protocol.Answered, false, time.Now()
		p.SetCards([]model.Card{c})
		wait(time.Hour)
		id, n = s.one(t)
		if !strings.HasSuffix(n.Text, "\nTicket 17") || n.Urgent || keys(n)[0] != "copy" {
			t.Errorf("with the ticket: %+v", n)
		}
		s.events <- system.NotificationEvent{ID: id, Action: "ticket"}
		wait(0)
		rec.expect(t, "shown main:1 notification", "open https://desk/17")
		p.SetCards(nil)
		wait(time.Second)
		if s.count() != 0 {
			t.Error("not hidden after the call")
		}
	})
}

func TestNotificationStaysWhileRinging(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, rec *recorder) {
		c := ringing(1)
		p.SetCards([]model.Card{c})
		wait(time.Second)
		id, _ := s.one(t)
		s.away(id, true) // a server with a timeout
		wait(time.Second)
		s.one(t)
		s.mu.Lock()
		clear(s.up) // the server was restarted
		s.mu.Unlock()
		s.events <- system.NotificationEvent{Lost: true}
		wait(time.Second)
		id, _ = s.one(t)
		s.away(id, false) // closed by the agent
		wait(time.Minute)
		if s.count() != 0 {
			t.Error("shown again after it was closed")
		}
		rec.expect(t, "shown main:1 notification", "close main:1", "gone main:1")
	})
}

func TestCustomerChoiceInNotification(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, rec *recorder) {
		c := ringing(1)
		c.Call.Caller.Customers = append(c.Call.Caller.Customers, protocol.Customer{Login: "olga", Name: "Olga"})
		c.Call.Caller.Tickets = []protocol.OpenTicket{{Number: "2026:7", Title: "Old"}}
		p.SetCards([]model.Card{c})
		wait(time.Second)
		id, n := s.one(t)
		if got := keys(n); !slices.Equal(got, []string{
			"default", "ok:ivan", "ok:olga", "none", "add:2026:7", "tlink", "map",
		}) {
			t.Errorf("actions: %q", got)
		}
		s.events <- system.NotificationEvent{ID: id, Action: "ok:olga"}
		wait(0)
		rec.expect(t, "shown main:1 notification", "ok main:1 olga")
	})
}

func TestWarningsExpireAndHiddenCardsAreCounted(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, rec *recorder) {
		p.SetCards([]model.Card{warning(1)})
		wait(time.Minute)
		if _, n := s.one(t); n.Expires != 8*time.Second {
			t.Errorf("expires after %v", n.Expires)
		}
		rec.expect(t, "gone warning:1")
		s.mu.Lock()
		clear(s.up)
		s.mu.Unlock()
		var cards []model.Card
		for i := range 8 {
			cards = append(cards, ringing(i))
		}
		p.SetCards(cards)
		wait(time.Second)
		if s.count() != 6 {
			t.Errorf("%d notifications for eight calls, want five and the count", s.count())
		}
		p.SetCards(nil)
		wait(time.Second)
		if s.count() != 0 {
			t.Error("not all are hidden")
		}
	})
}

// The alarm of a queue can be acknowledged for all; to close it is not to acknowledge it.
func TestQueueAlarmAsNotification(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, rec *recorder) {
		alarm := model.Card{
			ID: "warning:queue:1.2", Kind: model.Warn, Sticky: true, Since: time.Now(),
			Title: model.TitleQueueWaiting, Text: "6", From: "Support",
		}
		p.SetCards([]model.Card{alarm})
		wait(time.Second)
		id, n := s.one(t)
		if got := keys(n); !slices.Equal(got, []string{"acknowledge"}) {
			t.Errorf("actions: %q", got)
		}
		s.away(id, false)
		wait(time.Second)
		rec.expect(t, "close "+alarm.ID, "gone "+alarm.ID)
		alarm.ID = "warning:queue:1.3"
		p.SetCards([]model.Card{alarm})
		wait(time.Second)
		id, _ = s.one(t)
		s.events <- system.NotificationEvent{ID: id, Action: "acknowledge"}
		wait(time.Second)
		rec.expect(t, "acknowledge "+alarm.ID, "gone "+alarm.ID)
	})
}

func TestFailedNotificationIsRetried(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, _ *recorder) {
		s.mu.Lock()
		s.broken = true
		s.mu.Unlock()
		p.SetCards([]model.Card{ringing(1)})
		wait(10 * time.Second)
		s.mu.Lock()
		s.broken = false
		s.mu.Unlock()
		wait(2 * time.Second)
		s.one(t)
	})
}

// Exit and the switch to cards wait for Close.
func TestHangingServerDoesNotBlockClose(t *testing.T) {
	notify(t, func(t *testing.T, s *server, p *screen.Notifications, _ *recorder) {
		p.SetCards([]model.Card{ringing(1), ringing(2), ringing(3), ringing(4), ringing(5)})
		wait(time.Second)
		if s.count() != 5 {
			t.Fatalf("%d notifications", s.count())
		}
		s.mu.Lock()
		s.hangs = true
		s.mu.Unlock()
		began := time.Now()
		p.Close()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("Close took %v", took)
		}
	})
}
