package desk

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// claimingStore honours claims, as hub/store does, and counts those on talk times.
type claimingStore struct {
	*fakeStore
	talks *int
}

func claiming(s *setup) claimingStore { return claimingStore{s.Tickets.(*fakeStore), new(int)} }

func (s claimingStore) ClaimTickets(_ context.Context, c jobs.Claim) ([]tickets.Request, error) {
	return s.those(func(r tickets.Request) bool {
		return r.State == tickets.Pending && r.Claim.FreeFor(c.Owner, time.Now())
	})
}

func (s claimingStore) BeginTicket(ctx context.Context, r tickets.Request) (tickets.Request, bool, error) {
	kept, first, err := s.fakeStore.BeginTicket(ctx, r)
	if !first && err == nil && kept.State == tickets.Pending && kept.Claim.FreeFor(r.Claim.Owner, time.Now()) {
		s.change(r.CallID, func(k *tickets.Request) { k.Claim = r.Claim })
		kept.Claim = r.Claim
	}
	return kept, first, err
}

func (s claimingStore) ClaimTalk(context.Context, string, jobs.Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.talks++
	return nil
}

// theirs is a pending request that another owner has claimed for two minutes.
func theirs() tickets.Request {
	return tickets.Request{
		CallID: "main:1.1", Agent: "anna", ActionID: "x", State: tickets.Pending, At: time.Now(),
		Draft: helpdesk.Draft{CallID: "main:1.1", Number: "+7495"}, Progress: jobs.Progress{UncertainSince: time.Now()},
		Claim: jobs.Claim{Owner: "another hub", Until: time.Now().Add(2 * time.Minute)},
	}
}

// A request of an owner that is gone is taken over when its claim lapses, without a press.
func TestLapsedClaimIsTakenOver(t *testing.T) {
	openWith(t, nil, func(s *setup) { s.Tickets = claiming(s) }, func(o *office) {
		o.stop()
		synctest.Wait()
		o.store.requests["main:1.1"] = theirs()
		stop := o.restart()
		defer stop()
		time.Sleep(time.Minute + 30*time.Second)
		synctest.Wait()
		if n := o.desk.count(); n != 0 {
			t.Errorf("%d tickets while another owner has the claim", n)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		r, _, _ := o.store.TicketOf(t.Context(), "main:1.1")
		if o.desk.count() != 1 || r.State != tickets.Made {
			t.Errorf("%d tickets, state %s", o.desk.count(), r.State)
		}
		time.Sleep(10 * time.Minute)
		if n := o.desk.count(); n != 1 {
			t.Errorf("%d tickets in the end", n)
		}
	})
}

// An agent presses while another owner works on the request: the press ends as that one's work
// does, or is taken over.
func TestPressOnARequestOfAnotherOwner(t *testing.T) {
	for name, made := range map[string]bool{"the other one makes it": true, "the other one is gone": false} {
		t.Run(name, func(t *testing.T) {
			openWith(t, nil, func(s *setup) { s.Tickets = claiming(s) }, func(o *office) {
				o.store.requests["main:1.1"] = theirs()
				o.change(rings("84951234567", leg("101", protocol.Ringing)))
				if number, err := o.press(anna, "1"); number != "later" || err != nil {
					t.Fatalf("%q, %v", number, err)
				}
				want := "T-1"
				if made {
					want = "T-9"
					o.store.change("main:1.1", func(r *tickets.Request) {
						r.State, r.Ticket = tickets.Made, helpdesk.Ticket{ID: "9", Number: want}
					})
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if to, _ := o.messages(protocol.TicketCreated); len(to) != 1 || to[0] != "anna" {
					t.Errorf("reported to %q", to)
				}
				if number, err := o.press(anna, "2"); number != want || err != nil {
					t.Errorf("the next press: %q, %v", number, err)
				}
			})
		})
	}
}

func TestTalkTimeIsClaimed(t *testing.T) {
	var store claimingStore
	openWith(t, nil, func(s *setup) { store = claiming(s); s.Tickets = store }, func(o *office) {
		c := rings("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		if _, err := o.press(anna, "1"); err != nil {
			t.Fatal(err)
		}
		c.State, c.Answered = protocol.Answered, c.Started.Add(time.Second)
		o.change(c)
		c.State, c.Ended = protocol.Ended, c.Started.Add(time.Minute)
		o.change(c)
		if len(o.desk.notes) != 1 || *store.talks != 1 {
			t.Errorf("%d notes, %d claims", len(o.desk.notes), *store.talks)
		}
	})
}
