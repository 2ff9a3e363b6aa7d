// Package storetest is the contract of a store, as tests that every implementation passes.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/audit"
	"traybell/hub/desk"
	"traybell/hub/helpdesk"
	"traybell/hub/missed"
	"traybell/hub/repeat"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tracking"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// Store is a whole database.
type Store interface {
	desk.CategoryStore
	tickets.Store
	BlockStore
	CDR
	Tracing
	Timeline
	Duty
	webhooks.Store
	tracking.Store
	audit.Store
	missed.Store
	Listing
	repeat.Store
	OpenListed(ctx context.Context, customer string, limit int) (newest []helpdesk.ListedTicket, count int, err error)
	AppendListed(ctx context.Context, number string, note helpdesk.ListedEvent) (bool, error)
	EditListed(ctx context.Context, number string, edit helpdesk.ListedEdit) (bool, error)
	AddListed(ctx context.Context, draft helpdesk.Draft) (helpdesk.ListedTicket, error)
	ListedByCall(ctx context.Context, callID string) (helpdesk.ListedTicket, bool, error)
	ListedByNumber(ctx context.Context, number string) (helpdesk.ListedTicket, bool, error)
	TokenKey(ctx context.Context) ([]byte, error)
	Close() error
}

// RunTests runs the suite. open returns an empty database, which is closed when the test ends.
// reopen opens the same database again, as a second hub or after a restart.
func RunTests(t *testing.T, open func(t *testing.T) (s Store, reopen func() Store)) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, s Store, reopen func() Store)
	}{
		{"the key of tokens is the same for all hubs and after a restart", tokenKey},
		{"a new number has the neutral category", unknownNumber},
		{"a category is replaced and survives a restart", category},
		{"every change of a category is kept", categoryHistory},
		{"a block keeps every field", blockFields},
		{"the last block that did not fail counts", blockHistory},
		{"what is left to block on a PBX", blockPending},
		{"one press is first", oneFirst},
		{"one of a hundred concurrent presses is first", manyPresses},
		{"a failed request can be pressed again", pressedAgain},
		{"a made ticket stays made", staysMade},
		{"an unfinished request is pending after a restart", pending},
		{"an unknown request cannot end", neverBegun},
		{"a listed ticket keeps every field", listedFields},
		{"a call has one listed ticket", listedOnce},
		{"numbers of concurrent tickets are unique", listedNumbers},
		{"the list is newest first, in pages", listedPages},
		{"the search finds words, numbers and nothing by accident", listedSearch},
		{"a listed ticket is closed and opened again", listedClosed},
		{"a record from the start of the call to its end", recordLife},
		{"the record of a merged call is dropped", recordsDropped},
		{"the ticket of a merged call belongs to the other", ticketMerged},
		{"an agent's records are newest first, in pages", recordsOfAgents},
		{"a record has its ticket, also a late one", recordsTicket},
		{"search in an agent's records", recordsSearched},
		{"pages are complete and do not overlap", recordsPaged},
		{"the records of one party", recordsOfAParty},
		{"old records are forgotten", recordsForgotten},
		{"steps are added to a trace, also after a restart", traceLife},
		{"traces are listed newest first, by party and in pages", tracesListed},
		{"the size and the number of traces are limited", tracesBounded},
		{"the timeline keeps what holds, however old", timelineKept},
		{"what agents do and did is kept", dutyKept},
		{"webhooks get each event once, in order", deliveriesKept},
		{"a press is kept whole, with how far it is, over a restart", keptWhole},
		{"one of two hubs gets each ticket request", ticketsClaimed},
		{"an expired claim of a ticket request is taken over", ticketsTakenOver},
		{"a hub takes its own ticket requests at once", ticketsOwn},
		{"one of two hubs gets each talk time", talksClaimed},
		{"one of two hubs gets each block", blocksClaimed},
		{"many hubs at once get each request once", claimedTogether},
		{"agents are owed the end of a request until they are notified", owed},
		{"agents who stopped waiting are known before the end", owedMeanwhile},
		{"a note is kept until the help desk has it", noteKept},
		{"one of two hubs gets each note", notesClaimed},
		{"notes of a refused ticket", notesRefused},
		{"the record of one call of an agent", recordOfAgent},
		{"a talk time is kept until it is noted", talkTime},
		{"a customer's open listed tickets, the newest first", openListed},
		{"a listed ticket is edited, and who changed what is kept", listedEdited},
		{"a note is added to a listed ticket once", appendListed},
		{"untracked numbers are counted, up to a limit", untracked},
		{"missed calls of a number are one item", missedCollapse},
		{"missed calls are open until the number is talked with", missedReturned},
		{"pages of missed calls are complete and do not overlap", missedPaged},
		{"a claim of missed calls lasts until the talk", missedClaimed},
		{"missed calls are marked as done", missedDone},
		{"one of many hubs claims a missed call", missedTogether},
		{"an entry of the audit keeps every field", auditFields},
		{"search in the audit", auditSearched},
		{"pages of the audit are complete and do not overlap", auditPaged},
		{"old entries of the audit are forgotten", auditForgotten},
		{"a setting is replaced and survives a restart", settings},
		{"an answer is kept until it is forgotten", answers},
		{"categories are found by color and text, in pages", categoriesFound},
		{"blocked numbers are found by text, in pages", blocksFound},
		{"listed tickets are found in pages", listedFound},
		{"pending ticket requests, in pages", pendingFound},
		{"ended calls are found, in pages", recordsFound},
		{"items that cannot be kept are refused alone", refusedAlone},
		{"hostile texts and times do not take others with them", hostileTexts},
		{"steps that agents cause leave room for others", tracesShared},
		{"a cancelled context is an error", cancelled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, reopen := open(t)
			test.run(t, s, reopen)
		})
	}
}

var at = time.Date(2026, 11, 22, 5, 53, 35, 123456000, time.UTC)

func request(call, action, agent string) tickets.Request {
	return tickets.Request{CallID: call, ActionID: action, Agent: agent, State: tickets.Pending, At: at}
}

func unknownNumber(t *testing.T, s Store, _ func() Store) {
	got, err := s.Category(t.Context(), "+74951234567")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, protocol.Category{Number: "+74951234567", Color: protocol.Neutral})
}

func category(t *testing.T, s Store, reopen func() Store) {
	red := protocol.Category{
		Number: "+74951234567", Color: protocol.Red, Comment: "Кричит; '\" <b>", Author: "anna", Changed: at,
	}
	green := red
	green.Color, green.Comment, green.Author = protocol.Green, "", "boris"
	green.Changed = at.Add(time.Hour).In(time.FixedZone("", 3*3600))
	other := protocol.Category{Number: "+74951234568", Color: protocol.Yellow, Author: "anna", Changed: at}
	for _, c := range []protocol.Category{red, other, green} {
		must(t, s.SetCategory(t.Context(), c))
	}
	green.Changed = green.Changed.UTC() // times are returned in UTC
	for _, s := range []Store{s, reopen()} {
		for _, want := range []protocol.Category{green, other} {
			got, err := s.Category(t.Context(), want.Number)
			must(t, err)
			equal(t, got, want)
		}
	}
	if err := s.SetCategory(t.Context(), protocol.Category{Color: protocol.Red}); err == nil {
		t.Error("a category without a number was kept")
	}
}

func oneFirst(t *testing.T, s Store, reopen func() Store) {
	if _, ok, err := s.TicketOf(t.Context(), "main:1.0"); ok || err != nil {
		t.Fatalf("a call without a request: ok %v, %v", ok, err)
	}
	want := request("main:1.0", "a1", "anna")
	kept, first, err := s.BeginTicket(t.Context(), want)
	must(t, err)
	if !first {
		t.Error("the first press was not first")
	}
	equal(t, kept, want)
	for _, again := range []tickets.Request{request("main:1.0", "a1", "anna"), request("main:1.0", "a2", "boris")} {
		kept, first, err := s.BeginTicket(t.Context(), again)
		must(t, err)
		if first {
			t.Errorf("press %s was first again", again.ActionID)
		}
		equal(t, kept, want)
	}
	if _, first, err := reopen().BeginTicket(t.Context(), request("main:1.0", "a3", "boris")); err != nil || first {
		t.Errorf("after a restart: first %v, %v", first, err)
	}
	if _, first, err := s.BeginTicket(t.Context(), request("main:2.0", "a4", "boris")); err != nil || !first {
		t.Errorf("another call: first %v, %v", first, err)
	}
	if _, _, err := s.BeginTicket(t.Context(), request("", "a5", "boris")); err == nil {
		t.Error("a request without a call was kept")
	}
}

func manyPresses(t *testing.T, s Store, reopen func() Store) {
	const calls, presses = 4, 25
	stores := []Store{s, reopen()} // two writers, as with two hubs
	firsts := make([]int, calls)
	var mu sync.Mutex
	together(t, calls*presses, func(i int) error {
		call := i % calls
		_, first, err := stores[(i/calls)%2].BeginTicket(t.Context(),
			request(fmt.Sprint("main:", call), fmt.Sprint("a", i), "anna"))
		if first {
			mu.Lock()
			firsts[call]++
			mu.Unlock()
		}
		return err
	})
	equal(t, firsts, []int{1, 1, 1, 1})
}

func pressedAgain(t *testing.T, s Store, _ func() Store) {
	r := begin(t, s, request("main:1.0", "a1", "anna"))
	r.State, r.Error = tickets.Failed, "the queue \"Rav\" does not exist"
	must(t, s.EndTicket(t.Context(), r))
	got, ok, err := s.TicketOf(t.Context(), "main:1.0")
	must(t, err)
	if !ok {
		t.Fatal("the failed request is gone")
	}
	equal(t, got, r)

	second := request("main:1.0", "a2", "boris")
	second.At = at.Add(time.Minute)
	kept, first, err := s.BeginTicket(t.Context(), second)
	must(t, err)
	if !first {
		t.Error("a press after a failure was not first")
	}
	equal(t, kept, second)
	if _, first, err := s.BeginTicket(t.Context(), request("main:1.0", "a3", "vera")); err != nil || first {
		t.Errorf("a third press while the second is pending: first %v, %v", first, err)
	}
}

func staysMade(t *testing.T, s Store, reopen func() Store) {
	r := begin(t, s, request("main:1.0", "a1", "anna"))
	r.State, r.Ticket = tickets.Made, helpdesk.Ticket{
		ID: "43", Number: "2026112210000431", URL: "https://desk.example.com/43",
	}
	must(t, s.EndTicket(t.Context(), r))
	kept, first, err := s.BeginTicket(t.Context(), request("main:1.0", "a2", "boris"))
	must(t, err)
	if first {
		t.Error("a press on a made ticket was first")
	}
	equal(t, kept, r)

	failed := r
	failed.State, failed.Ticket, failed.Error = tickets.Failed, helpdesk.Ticket{}, "too late"
	if err := s.EndTicket(t.Context(), failed); err == nil {
		t.Error("a made ticket was undone without an error")
	}
	must(t, s.EndTicket(t.Context(), r)) // repeated
	got, _, err := reopen().TicketOf(t.Context(), "main:1.0")
	must(t, err)
	equal(t, got, r)
}

func pending(t *testing.T, s Store, reopen func() Store) {
	late := request("main:2.0", "a2", "anna")
	late.At = at.Add(time.Second)
	begin(t, s, late)
	early := begin(t, s, request("main:3.0", "a3", "boris"))
	done := begin(t, s, request("main:1.0", "a1", "anna"))
	done.State, done.Ticket = tickets.Made, helpdesk.Ticket{ID: "1", Number: "1"}
	must(t, s.EndTicket(t.Context(), done))
	claim := claimOf("hub-1", time.Minute)
	got, err := reopen().ClaimTickets(t.Context(), claim)
	must(t, err)
	early.Claim, late.Claim = claim, claim
	equal(t, got, []tickets.Request{early, late})
}

func neverBegun(t *testing.T, s Store, _ func() Store) {
	err := s.EndTicket(t.Context(), tickets.Request{CallID: "main:9.0", State: tickets.Made})
	if err == nil || !strings.Contains(err.Error(), "main:9.0") {
		t.Errorf("got %v, want an error that names the call", err)
	}
}

func draft(call string) helpdesk.Draft {
	return helpdesk.Draft{
		CallID: call, Number: "+74951234567", Agent: staff.Agent{Login: "anna", Name: "Anna Petrova"},
		Customer: &protocol.Customer{Login: "ivanov", Name: "Иван Иванов", Company: "ACME"},
		Title:    "Звонок от Ивана", Body: "Line one\n<b>Строка</b> 2 100%", Queue: "Raw", Priority: "3 normal",
		State: "new",
	}
}

func listedFields(t *testing.T, s Store, reopen func() Store) {
	before := time.Now().UTC().Truncate(time.Microsecond)
	got := add(t, s, draft("main:1.0"))
	if got.ID == 0 || got.Created.Before(before) || got.Created.After(time.Now()) ||
		got.Created.Location() != time.UTC {
		t.Errorf("id %d, created %v", got.ID, got.Created)
	}
	want := helpdesk.ListedTicket{
		ID: got.ID, Number: got.Created.Format("20060102") + "00001", CallID: "main:1.0", Title: "Звонок от Ивана",
		Body:  "Line one\n<b>Строка</b> 2 100%",
		Queue: "Raw", Priority: "3 normal", State: "new", CustomerLogin: "ivanov", CustomerName: "Иван Иванов",
		CustomerCompany: "ACME",
		CallerNumber:    "+74951234567", Agent: "anna", AgentName: "Anna Petrova", Created: got.Created,
	}
	equal(t, got, want)
	s = reopen()
	byCall, ok, err := s.ListedByCall(t.Context(), "main:1.0")
	must(t, err)
	if !ok {
		t.Fatal("not found by call")
	}
	equal(t, byCall, want)
	byNumber, ok, err := s.ListedByNumber(t.Context(), want.Number)
	must(t, err)
	if !ok {
		t.Fatal("not found by number")
	}
	equal(t, byNumber, want)

	unknown := draft("main:2.0")
	unknown.Customer, unknown.Number = nil, ""
	if got := add(t, s, unknown); got.CustomerLogin+got.CustomerName+got.CustomerCompany+got.CallerNumber != "" {
		t.Errorf("a withheld caller has %+v", got)
	}
	if _, ok, err := s.ListedByCall(t.Context(), "main:3.0"); ok || err != nil {
		t.Errorf("a call without a ticket: ok %v, %v", ok, err)
	}
	if _, err := s.AddListed(t.Context(), draft("")); err == nil {
		t.Error("a ticket without a call was added")
	}
}

func listedOnce(t *testing.T, s Store, reopen func() Store) {
	stores := []Store{s, reopen()}
	numbers := make([]string, 20)
	together(t, len(numbers), func(i int) error {
		d := draft("main:1.0")
		d.Title = fmt.Sprint("press ", i)
		got, err := stores[i%2].AddListed(t.Context(), d)
		numbers[i] = got.Number
		return err
	})
	if u := slices.Compact(slices.Sorted(slices.Values(numbers))); len(u) != 1 {
		t.Errorf("one call has the tickets %v", u)
	}
	if list := search(t, s, ""); len(list) != 1 {
		t.Errorf("the list has %v", list)
	}
}

func listedNumbers(t *testing.T, s Store, reopen func() Store) {
	const n = 60
	stores := []Store{s, reopen()}
	numbers := make([]string, n)
	together(t, n, func(i int) error {
		got, err := stores[i%2].AddListed(t.Context(), draft(fmt.Sprint("main:", i)))
		numbers[i] = got.Number
		return err
	})
	slices.Sort(numbers)
	if u := slices.Compact(slices.Clone(numbers)); len(u) != n {
		t.Errorf("%d different numbers for %d tickets", len(u), n)
	}
	// Without gaps, except at midnight.
	if first, last := numbers[0], numbers[n-1]; first[:8] == last[:8] && (!strings.HasSuffix(first, "00001") ||
		!strings.HasSuffix(last, fmt.Sprintf("%05d", n))) {
		t.Errorf("the numbers go from %s to %s", first, last)
	}
}

func listedPages(t *testing.T, s Store, _ func() Store) {
	var all []helpdesk.ListedTicket
	for i := range 5 {
		all = append(all, add(t, s, draft(fmt.Sprint("main:", i))))
	}
	slices.Reverse(all)
	for _, page := range []struct {
		before int64
		limit  int
		want   []helpdesk.ListedTicket
	}{
		{0, 2, all[:2]},
		{all[1].ID, 2, all[2:4]},
		{all[3].ID, 2, all[4:]},
		{all[4].ID, 2, nil},
		{0, 0, nil},
		{0, -1, nil},
		{-1, 9, all},
	} {
		got, err := s.FindListed(t.Context(), "", "", page.before, page.limit)
		must(t, err)
		equal(t, numbersIn(got), numbersIn(page.want))
	}
}

func listedSearch(t *testing.T, s Store, _ func() Store) {
	ivan := add(t, s, draft("main:1.0")).Number
	d := draft("main:2.0")
	d.Customer, d.Number = &protocol.Customer{Login: "petrova"}, "+78129876543"
	d.Title, d.Body = "Printer_room", `C:\new`
	petrova := add(t, s, d).Number
	both := []string{petrova, ivan}
	for text, want := range map[string][]string{
		"":                   both,
		" ":                  both,
		"ЗВОНОК":             {ivan},
		"  иван иванов ":     {ivan},
		"acme":               {ivan},
		"PETROVA":            both, // also the agent's name
		"printer_":           {petrova},
		"printer%":           nil,
		"r__room":            nil,
		"100%":               {ivan},
		`c:\NEW`:             {petrova},
		ivan:                 {ivan},
		ivan[8:]:             {ivan},
		"+7 (495) 123-45-67": {ivan},
		"8 495 123 45 67":    {ivan},
		"812-987":            {petrova},
		"main:2.0":           {petrova},
		"stranger":           nil,
		"' OR 1=1 --":        nil,
		"\xff\x00":           nil,
	} {
		if got := search(t, s, text); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
}

func listedClosed(t *testing.T, s Store, reopen func() Store) {
	before := time.Now().Truncate(time.Microsecond)
	want := add(t, s, draft("main:1.0"))
	for _, closed := range []bool{true, true, false, false, true} {
		ok, err := s.EditListed(t.Context(), want.Number, helpdesk.ListedEdit{By: "root", Closed: &closed})
		must(t, err)
		if !ok {
			t.Fatal("there is no such ticket")
		}
		got, _, err := reopen().ListedByNumber(t.Context(), want.Number)
		must(t, err)
		if closed == got.Closed.IsZero() || (closed && got.Closed.Before(before)) {
			t.Errorf("closed %v at %v", closed, got.Closed)
		}
		want.State, want.Closed, want.Events = helpdesk.ListedOpen, got.Closed, got.Events
		if closed {
			want.State = helpdesk.ListedClosed
		}
		equal(t, got, want)
	}
	var events []string
	got, _, err := s.ListedByNumber(t.Context(), want.Number)
	must(t, err)
	for _, e := range got.Events {
		events = append(events, fmt.Sprint(e.Kind, " ", e.By, " ", e.Text))
	}
	equal(t, events, []string{"state root closed", "state root open", "state root closed"})
	yes := true
	if ok, err := s.EditListed(t.Context(), "2000010100001", helpdesk.ListedEdit{Closed: &yes}); ok || err != nil {
		t.Errorf("a ticket that is not there: ok %v, %v", ok, err)
	}
}

func cancelled(t *testing.T, s Store, _ func() Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Category(ctx, "1"); err == nil {
		t.Error("Category went on")
	}
	if _, _, err := s.BeginTicket(ctx, request("main:1.0", "a1", "anna")); err == nil {
		t.Error("BeginTicket went on")
	}
	if _, err := s.AddListed(ctx, draft("main:1.0")); err == nil {
		t.Error("AddListed went on")
	}
	if _, ok, err := s.TicketOf(t.Context(), "main:1.0"); ok || err != nil {
		t.Errorf("afterwards: ok %v, %v", ok, err)
	}
}

func begin(t *testing.T, s Store, r tickets.Request) tickets.Request {
	t.Helper()
	kept, first, err := s.BeginTicket(t.Context(), r)
	must(t, err)
	if !first {
		t.Fatalf("the press on %s was not first", r.CallID)
	}
	return kept
}

func add(t *testing.T, s Store, d helpdesk.Draft) helpdesk.ListedTicket {
	t.Helper()
	got, err := s.AddListed(t.Context(), d)
	must(t, err)
	return got
}

func search(t *testing.T, s Store, text string) (numbers []string) {
	t.Helper()
	found, err := s.FindListed(t.Context(), text, "", 0, 10)
	if err != nil {
		t.Fatalf("searching %q: %v", text, err)
	}
	return numbersIn(found)
}

func numbersIn(list []helpdesk.ListedTicket) (numbers []string) {
	for _, ticket := range list {
		numbers = append(numbers, ticket.Number)
	}
	return numbers
}

// together runs do n times at once.
func together(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	start, errs := make(chan struct{}), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		must(t, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}
