package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

func uncertain(err error) bool {
	var e *helpdesk.Error
	return errors.As(err, &e) && e.Uncertain
}

func (h *fakeHelpDesk) OpenTickets(_ context.Context, customer string) (helpdesk.OpenTickets, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	if customer != "ivanov" {
		return helpdesk.OpenTickets{}, nil
	}
	return helpdesk.OpenTickets{Newest: h.open, Count: len(h.open), Page: "https://desk.example/of/ivanov"}, nil
}

func (h *fakeHelpDesk) Append(_ context.Context, n helpdesk.Note) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	if len(h.fail) > 0 {
		err, h.fail = h.fail[0], h.fail[1:]
	}
	if err == nil || uncertain(err) {
		h.notes = append(h.notes, n)
	}
	return err
}

// failing sets the errors of the next requests.
func (h *fakeHelpDesk) failing(with []error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = with
}

// count returns how many tickets were requested.
func (h *fakeHelpDesk) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.creates
}

func (h *fakeHelpDesk) Noted(_ context.Context, n helpdesk.Note) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.notes, func(m helpdesk.Note) bool { return m.Key == n.Key }), nil
}

func (s *fakeStore) change(call string, f func(*tickets.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.requests[call]; ok {
		f(&r)
		s.requests[call] = r
	}
}

func (s *fakeStore) those(of func(tickets.Request) bool) ([]tickets.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []tickets.Request
	for _, r := range s.requests {
		if of(r) {
			list = append(list, r)
		}
	}
	return list, nil
}

func (s *fakeStore) BeginTicket(_ context.Context, r tickets.Request) (tickets.Request, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.requests[r.CallID]; ok && kept.State != tickets.Failed {
		return kept, false, nil
	}
	s.requests[r.CallID] = r
	return r, true, nil
}

func (s *fakeStore) EndTicket(_ context.Context, r tickets.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Talk, r.Noted = s.requests[r.CallID].Talk, s.requests[r.CallID].Noted
	s.requests[r.CallID] = r
	return nil
}

func (s *fakeStore) ClaimTickets(context.Context, jobs.Claim) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return r.State == tickets.Pending })
}

func (s *fakeStore) OwedTickets(context.Context) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return r.Owed && r.State != tickets.Pending })
}

func (s *fakeStore) ClaimTalk(context.Context, string, jobs.Claim) error { return nil }

func (s *fakeStore) ClaimTalks(context.Context, jobs.Claim) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool { return r.State == tickets.Made && r.Talk > 0 && !r.Noted })
}

func (s *fakeStore) RetryTicket(_ context.Context, r tickets.Request) error {
	s.change(r.CallID, func(k *tickets.Request) {
		k.Tries, k.Next, k.UncertainSince, k.Error = r.Tries, r.Next, r.UncertainSince, r.Error
	})
	return nil
}

func (s *fakeStore) TicketTold(_ context.Context, call string) error {
	s.change(call, func(k *tickets.Request) { k.Owed = false })
	return nil
}

func (s *fakeStore) KeepTalk(_ context.Context, call string, talk time.Duration) error {
	s.change(call, func(k *tickets.Request) { k.Talk = talk })
	return nil
}

func (s *fakeStore) EndTalk(_ context.Context, call string) error {
	s.change(call, func(k *tickets.Request) { k.Noted = true })
	return nil
}

// restart runs another desk on the same store and help desk.
func (o *office) restart() (stop func()) {
	o.t.Helper()
	d, err := New(o.setup.Options)
	if err != nil {
		o.t.Fatal(err)
	}
	o.Desk = d
	ctx, cancel := context.WithCancel(o.t.Context())
	o.ctx = ctx
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx, o) }()
	return func() { cancel(); <-done }
}

// messages returns the recipients of the messages with that name since the last call of it, and the
// last message.
func (o *office) messages(name string) (to []string, last protocol.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sent {
		if s.m.Name == name {
			to, last = append(to, strings.Join(s.to, " ")), s.m
		}
	}
	o.sent = nil
	return to, last
}

func away(n int) []error {
	return slices.Repeat([]error{&helpdesk.Error{Reason: "The help desk cannot be reached.", Retry: true}}, n)
}

func TestTicketIsMadeWhenTheHelpDeskIsBack(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = away(8)
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		began := time.Now()
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Fatalf("pressed while the help desk is down: %q, %+v", number, failure)
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("anna waited %v for the answer", waited)
		}
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
			t.Errorf("sent again: %q, %+v", number, failure)
		}
		ended := rings("84951234567")
		ended.State, ended.Ended = protocol.Ended, time.Now()
		o.change(ended)
		o.shown()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreated)
		if !slices.Equal(to, []string{"boris", "anna"}) {
			t.Errorf("sent to %q", to)
		}
		var made protocol.CreatedTicket
		if err := m.Decode(&made); err != nil || !made.Late || made.Number != "T-9" ||
			made.Caller != "Ivan Ivanov, +74951234567" {
			t.Errorf("%+v, %v", made, err)
		}
		if o.desk.creates != 9 || len(o.desk.made) != 1 {
			t.Errorf("%d attempts, %d tickets", o.desk.creates, len(o.desk.made))
		}
	})
}

func TestAgentsDoNotWaitForASlowHelpDesk(t *testing.T) {
	open(t, nil, func(o *office) {
		slow := &slowDesk{fakeHelpDesk: &o.desk, takes: 20 * time.Second}
		o.opts.HelpDesk = slow
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		began := time.Now()
		if number, failure := o.press(anna, "1"); failure != nil || number != "later" ||
			time.Since(began) != 5*time.Second {
			t.Errorf("after %v: %q, %+v", time.Since(began), number, failure)
		}
		o.shown()
		time.Sleep(time.Minute)
		synctest.Wait()
		if to, _ := o.messages(protocol.TicketCreated); !slices.Equal(to, []string{"anna"}) || o.desk.creates != 1 {
			t.Errorf("sent to %q, %d tickets", to, o.desk.creates)
		}
	})
}

type slowDesk struct {
	*fakeHelpDesk
	takes time.Duration
}

func (h *slowDesk) Create(ctx context.Context, d helpdesk.Draft) (helpdesk.Ticket, error) {
	select {
	case <-time.After(h.takes):
		return h.fakeHelpDesk.Create(ctx, d)
	case <-ctx.Done():
		return helpdesk.Ticket{}, &helpdesk.Error{Reason: "Late.", Retry: true, Uncertain: true}
	}
}

func TestNoSecondTicketWhileTheFirstIsUncertain(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = []error{&helpdesk.Error{Reason: "No answer.", Retry: true, Uncertain: true}}
		o.desk.blind = 1000
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "1"); number != "later" {
			t.Fatalf("while the request is uncertain: %q", number)
		}
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := o.desk.count(); n != 1 {
			t.Errorf("%d tickets were requested while the first is uncertain", n)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := o.desk.count(); n != 2 {
			t.Errorf("%d tickets were requested in the end", n)
		}
	})
}

func TestLateRefusalIsSent(t *testing.T) {
	open(t, nil, func(o *office) {
		o.desk.fail = append(away(2), &helpdesk.Error{Reason: "A page for people came."},
			&helpdesk.Error{Reason: "There is no queue Raw.", Refused: true})
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if number, _ := o.press(anna, "press-1"); number != "later" {
			t.Fatalf("got %q", number)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketCreate)
		var f protocol.Failure
		if err := m.Decode(&f); err != nil || m.Re != "press-1" ||
			!strings.Contains(f.Text, "There is no queue Raw.") || !slices.Equal(to, []string{"anna"}) {
			t.Errorf("%q: %+v, %v", to, m, err)
		}
		if number, failure := o.press(anna, "press-2"); failure != nil || number != "T-5" {
			t.Errorf("pressed again: %q, %+v", number, failure)
		}
	})
}

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

// absent is an office where no agent is signed in.
type absent struct{ *office }

func (absent) Online(string) int { return 0 }

func TestTicketIsSentAtTheNextSignIn(t *testing.T) {
	open(t, nil, func(o *office) {
		o.store.requests["main:7.7"] = tickets.Request{
			CallID: "main:7.7", Agent: "anna", ActionID: "x", State: tickets.Made,
			Ticket: helpdesk.Ticket{ID: "7", Number: "T-7"}, Owed: true,
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
		if to := join(); !slices.Equal(to, []string{"anna"}) || o.store.requests["main:7.7"].Owed {
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

func (o *office) add(a staff.Agent, number string) (string, *fail.Error) {
	o.t.Helper()
	return did(o.AppendTicket(o.ctx, a, AppendTicket{ActionID: "append", Call: "main:1.1", Ticket: number}))
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

func TestTalkTimeIsAddedOnce(t *testing.T) {
	for name, press := range map[string]string{
		"pressed while talking": "talking", "pressed after the hang-up": "after",
		"the help desk is down": "away",
	} {
		t.Run(name, func(t *testing.T) {
			open(t, nil, func(o *office) {
				c := rings("84951234567", leg("101", protocol.Answered))
				c.State, c.Answered = protocol.Answered, c.Started.Add(5*time.Second)
				o.change(c)
				if press == "away" {
					o.desk.failing(away(3))
				}
				if press != "after" {
					if _, failure := o.press(anna, "1"); failure != nil {
						t.Fatal(failure)
					}
				}
				c.State, c.Ended, c.Legs = protocol.Ended, c.Answered.Add(200*time.Second), []calls.Leg{
					leg("101", protocol.Ended),
				}
				o.change(c)
				if press == "after" {
					if _, failure := o.press(anna, "1"); failure != nil {
						t.Fatal(failure)
					}
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if len(o.desk.notes) != 1 || o.desk.notes[0].Talk != 200*time.Second ||
					!strings.HasPrefix(o.desk.notes[0].Body,
						"The call lasted 3 min 20 s.") || !o.store.requests["main:1.1"].Noted {
					t.Errorf("notes: %+v; kept: %+v", o.desk.notes, o.store.requests["main:1.1"])
				}
				restarted := o.restart()
				synctest.Wait()
				if restarted(); len(o.desk.notes) != 1 {
					t.Errorf("another hub added it again: %+v", o.desk.notes)
				}
			})
		})
	}
}

func TestNextHubAddsTheTalkTime(t *testing.T) {
	open(t, nil, func(o *office) {
		c := rings("84951234567", leg("101", protocol.Answered))
		c.State, c.Answered = protocol.Answered, c.Started
		o.change(c)
		if number, failure := o.press(anna, "1"); failure != nil || number != "T-1" {
			t.Fatal(number, failure)
		}
		o.desk.failing(away(1000))
		c.State, c.Ended = protocol.Ended, c.Answered.Add(time.Minute)
		o.change(c)
		o.desk.failing(nil)
		stop := o.restart()
		synctest.Wait()
		if len(o.desk.notes) != 1 || fmt.Sprint(o.desk.notes[0].Talk) != "1m0s" {
			t.Errorf("notes: %+v", o.desk.notes)
		}
		stop()
	})
}
