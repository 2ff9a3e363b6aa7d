package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
)

// claimOf is a claim that lasts that long from now; a negative one has expired.
func claimOf(owner string, lasts time.Duration) jobs.Claim {
	return jobs.Claim{Owner: owner, Until: time.Now().UTC().Add(lasts).Truncate(time.Microsecond)}
}

func calls(requests []tickets.Request) (ids []string) {
	for _, r := range requests {
		ids = append(ids, r.CallID)
	}
	return ids
}

func claimTickets(t *testing.T, s Store, claim jobs.Claim) []string {
	t.Helper()
	list, err := s.ClaimTickets(t.Context(), claim)
	must(t, err)
	for _, r := range list {
		equal(t, r.Claim, claim)
	}
	return calls(list)
}

func taken(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, jobs.ErrTaken) {
		t.Errorf("%s: got %v, want jobs.ErrTaken", what, err)
	}
}

func ticketsClaimed(t *testing.T, s Store, reopen func() Store) {
	other := reopen()
	mine, theirs := claimOf("hub-1", time.Minute), claimOf("hub-2", time.Minute)
	r := request("main:1.0", "a1", "anna")
	r.Claim = mine
	equal(t, begin(t, s, r), r)
	begin(t, s, request("main:2.0", "a2", "anna")) // free
	equal(t, claimTickets(t, other, theirs), []string{"main:2.0"})
	equal(t, claimTickets(t, s, mine), []string{"main:1.0"})

	again := request("main:1.0", "a3", "boris")
	again.Claim = theirs
	kept, first, err := other.BeginTicket(t.Context(), again)
	must(t, err)
	if first {
		t.Error("a press on the request of another hub was first")
	}
	equal(t, kept, r)
	stolen := r
	stolen.Claim = theirs
	taken(t, "RetryTicket of another hub", other.RetryTicket(t.Context(), stolen))
	stolen.State = tickets.Failed
	if err := other.EndTicket(t.Context(), stolen); err == nil {
		t.Error("another hub ended the request as failed")
	}
	r.Claim = claimOf("hub-1", time.Hour)
	must(t, s.RetryTicket(t.Context(), r)) // renewed
	got, _, err := other.TicketOf(t.Context(), r.CallID)
	must(t, err)
	equal(t, got, r)
	r.State = tickets.Failed
	must(t, s.EndTicket(t.Context(), r))
	got, _, err = other.TicketOf(t.Context(), r.CallID)
	must(t, err)
	equal(t, got.Claim, jobs.Claim{}) // released
	kept, first, err = other.BeginTicket(t.Context(), again)
	must(t, err)
	if !first || kept.Claim != theirs {
		t.Errorf("pressed again after a failure: first %v, %+v", first, kept.Claim)
	}
}

func ticketsTakenOver(t *testing.T, s Store, reopen func() Store) {
	dead := request("main:1.0", "a1", "anna")
	dead.Claim = claimOf("hub-1", -time.Second)
	begin(t, s, dead)
	pressed := request("main:2.0", "a2", "anna")
	pressed.Claim = dead.Claim
	begin(t, s, pressed)
	other := reopen()
	pressed.Claim = claimOf("hub-2", time.Minute)
	kept, first, err := other.BeginTicket(t.Context(), pressed) // a press takes over as well
	must(t, err)
	if first || kept.Claim != pressed.Claim {
		t.Errorf("first %v, %+v", first, kept.Claim)
	}
	equal(t, claimTickets(t, other, pressed.Claim), []string{"main:1.0", "main:2.0"})
	dead.Claim = claimOf("hub-1", time.Minute) // it was suspended only
	taken(t, "RetryTicket of the first hub", s.RetryTicket(t.Context(), dead))
	equal(t, claimTickets(t, s, dead.Claim), []string(nil))
	dead.State, dead.Ticket.Number = tickets.Made, "77" // what it made meanwhile counts
	must(t, s.EndTicket(t.Context(), dead))
	dead.Claim = claimOf("hub-2", time.Minute)
	taken(t, "RetryTicket of a made ticket", other.RetryTicket(t.Context(), dead))
}

func ticketsOwn(t *testing.T, s Store, reopen func() Store) {
	r := request("main:1.0", "a1", "anna")
	r.Claim = claimOf("hub-1", time.Hour)
	begin(t, s, r)
	equal(t, claimTickets(t, reopen(), claimOf("hub-2", time.Hour)), []string(nil))
	equal(t, claimTickets(t, reopen(), claimOf("hub-1", time.Hour)), []string{"main:1.0"})
}

func talksClaimed(t *testing.T, s Store, reopen func() Store) {
	other := reopen()
	mine, theirs := claimOf("hub-1", time.Minute), claimOf("hub-2", time.Minute)
	for _, call := range []string{"main:1.0", "main:2.0"} {
		r := request(call, "a1", "anna")
		r.Claim = mine
		r = begin(t, s, r)
		must(t, s.KeepTalk(t.Context(), call, time.Minute))
		r.State = tickets.Made
		must(t, s.EndTicket(t.Context(), r))
	}
	must(t, s.ClaimTalk(t.Context(), "main:1.0", mine))
	must(t, s.ClaimTalk(t.Context(), "main:1.0", mine)) // renewed
	taken(t, "ClaimTalk of another hub", other.ClaimTalk(t.Context(), "main:1.0", theirs))
	talks, err := other.ClaimTalks(t.Context(), theirs)
	must(t, err)
	equal(t, calls(talks), []string{"main:2.0"})
	must(t, s.ClaimTalk(t.Context(), "main:1.0", claimOf("hub-1", -time.Second)))
	talks, err = other.ClaimTalks(t.Context(), theirs)
	must(t, err)
	equal(t, calls(talks), []string{"main:1.0", "main:2.0"})
	must(t, other.EndTalk(t.Context(), "main:1.0"))
	taken(t, "ClaimTalk of a noted one", s.ClaimTalk(t.Context(), "main:1.0", mine))
}

func blocksClaimed(t *testing.T, s Store, reopen func() Store) {
	other := reopen()
	mine, theirs := claimOf("hub-1", time.Minute), claimOf("hub-2", time.Minute)
	claim := func(s Store, c jobs.Claim) (numbers []string) {
		list, err := s.ClaimBlocks(t.Context(), "main", c)
		must(t, err)
		for _, b := range list {
			numbers = append(numbers, b.Number)
			equal(t, b.Claim, c)
		}
		return numbers
	}
	b := blockOf("+74951234561", true)
	b.Claim = mine
	b = beginBlock(t, s, b)
	free := beginBlock(t, s, blockOf("+74951234562", true))
	equal(t, claim(other, theirs), []string{free.Number})
	equal(t, claim(s, mine), []string{b.Number})
	taken(t, "RenewBlock of another hub", other.RenewBlock(t.Context(), b.ID, theirs))
	stolen := b
	stolen.Claim, stolen.State = theirs, blocking.Done
	taken(t, "EndBlock of another hub", other.EndBlock(t.Context(), stolen))
	must(t, s.RenewBlock(t.Context(), b.ID, claimOf("hub-1", -time.Second)))
	equal(t, claim(other, theirs), []string{b.Number, free.Number})
	taken(t, "EndBlock after another hub took over", s.EndBlock(t.Context(), b))
	b.Claim = theirs
	must(t, other.EndBlock(t.Context(), b)) // still pending, and free now
	equal(t, claim(s, mine), []string{b.Number})
}

func claimedTogether(t *testing.T, s Store, reopen func() Store) {
	const hubs, requests = 6, 20
	for i := range requests {
		begin(t, s, request(fmt.Sprint("main:", i), "a", "anna"))
	}
	stores := []Store{s, reopen(), reopen()}
	var mu sync.Mutex
	var got []string
	together(t, hubs, func(i int) error {
		list, err := stores[i%len(stores)].ClaimTickets(t.Context(), claimOf(fmt.Sprint("hub-", i), time.Minute))
		mu.Lock()
		defer mu.Unlock()
		got = append(got, calls(list)...)
		return err
	})
	slices.Sort(got)
	if unique := slices.Compact(slices.Clone(got)); len(got) != requests || len(unique) != requests {
		t.Errorf("%d requests, %d of them different, were claimed of %d", len(got), len(unique), requests)
	}
}
