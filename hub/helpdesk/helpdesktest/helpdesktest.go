// Package helpdesktest is the conformance suite of help desks.
package helpdesktest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Desk is a help desk under test. It has the customers ivanov and petrova, and accepts unknown
// callers.
type Desk struct {
	helpdesk.HelpDesk
	// Read reads a ticket without the adapter.
	Read func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string)
	// CannotLookUp is set if Find and Noted always fail with ErrCannotLookUp, and OpenTickets
	// returns no tickets.
	CannotLookUp bool
}

// Run tests what the hub expects from every help desk. It leaves tickets behind and uses each call
// id only once.
func Run(t *testing.T, open func(t *testing.T) Desk) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, d Desk)
	}{
		{"create and find", createAndFind},
		{"call without ticket", noTicket},
		{"concurrent creates", concurrentCreates},
		{"unknown caller", unknownCaller},
		{"empty draft", emptyDraft},
		{"cancelled context", cancelledContext},
		{"open tickets", openTickets},
		{"append and find note", appendNote},
		{"append talk time", appendTalk},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var run = rand.Text()[:8]

// NewDraft returns a draft for a new call of ivanov, whose id ends in name.
func NewDraft(name string) helpdesk.Draft {
	return helpdesk.Draft{
		CallID: "test-" + run + "-" + rand.Text()[:8] + ":" + name, Number: "+74951234567",
		Customer: &protocol.Customer{Login: "ivanov", Name: "Иван Иванов", Company: "ACME"},
		Agent:    staff.Agent{Login: "anna", Name: "Anna Petrova"},
		Title:    `Звонок: "Иван" <b>&amp; 100%`, Body: "Строка 1\nLine 2 <script>alert(1)</script> \\ ' \" ☎",
		Queue: "Raw", Priority: "3 normal", State: "new",
	}
}

// WantError checks a *helpdesk.Error and that its text contains parts.
func WantError(t *testing.T, err error, retry, uncertain bool, parts ...string) {
	t.Helper()
	var e *helpdesk.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *helpdesk.Error", err)
	}
	if e.Retry != retry || e.Uncertain != uncertain {
		t.Errorf("%q: retry %v, uncertain %v; want %v, %v", e.Error(), e.Retry, e.Uncertain, retry, uncertain)
	}
	for _, p := range parts {
		if !strings.Contains(e.Error(), p) {
			t.Errorf("%q lacks %q", e.Error(), p)
		}
	}
}

// wantFound checks that Find returns the ticket, or cannot look it up.
func (d Desk) wantFound(t *testing.T, callID string, want helpdesk.Ticket) {
	t.Helper()
	found, ok, err := d.Find(t.Context(), callID)
	if d.CannotLookUp {
		if ok || !errors.Is(err, helpdesk.ErrCannotLookUp) {
			t.Errorf("Find(%q) = %v, %v; want ErrCannotLookUp", callID, ok, err)
		}
		return
	}
	if err != nil || !ok || found != want {
		t.Errorf("Find(%q) = %+v, %v, %v; want %+v", callID, found, ok, err, want)
	}
}

func (d Desk) wantNoted(t *testing.T, n helpdesk.Note, want bool) {
	t.Helper()
	noted, err := d.Noted(t.Context(), n)
	if d.CannotLookUp {
		if noted || !errors.Is(err, helpdesk.ErrCannotLookUp) {
			t.Errorf("Noted(%q) = %v, %v; want ErrCannotLookUp", n.Key, noted, err)
		}
		return
	}
	if err != nil || noted != want {
		t.Errorf("Noted(%q) = %v, %v; want %v", n.Key, noted, err, want)
	}
}

func createAndFind(t *testing.T, d Desk) {
	draft := NewDraft("1795319561.0")
	created, err := d.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	if created.ID == "" || created.Number == "" || !strings.Contains(created.URL, created.Number) ||
		!strings.HasPrefix(created.URL, "http") {
		t.Errorf("ticket = %+v", created)
	}
	d.wantFound(t, draft.CallID, created)
	title, body, customer := d.Read(t, created)
	if title != draft.Title || strings.TrimRight(body, "\n") != draft.Body || customer != "ivanov" {
		t.Errorf("read %q, %q, %q", title, body, customer)
	}
}

func noTicket(t *testing.T, d Desk) {
	if d.CannotLookUp {
		t.Skip("cannot look up")
	}
	if _, err := d.Create(t.Context(), NewDraft("another")); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"test-" + run + ":never", "", "*", "%"} {
		if got, ok, err := d.Find(t.Context(), call); ok || err != nil {
			t.Errorf("Find(%q) = %+v, %v, %v", call, got, ok, err)
		}
	}
}

func concurrentCreates(t *testing.T, d Desk) {
	const n = 8
	drafts, created, errs := make([]helpdesk.Draft, n), make([]helpdesk.Ticket, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		drafts[i] = NewDraft(fmt.Sprint(i))
		wg.Go(func() { created[i], errs[i] = d.Create(t.Context(), drafts[i]) })
	}
	wg.Wait()
	numbers := map[string]bool{}
	for i := range n {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		numbers[created[i].Number] = true
		d.wantFound(t, drafts[i].CallID, created[i])
	}
	if len(numbers) != n {
		t.Errorf("%d tickets have %d numbers", n, len(numbers))
	}
}

func unknownCaller(t *testing.T, d Desk) {
	for _, customer := range []*protocol.Customer{nil, {Login: "from-another-directory", Name: "Somebody"}} {
		draft := NewDraft("unknown")
		draft.Customer, draft.Number = customer, ""
		created, err := d.Create(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		d.wantFound(t, draft.CallID, created)
	}
}

func emptyDraft(t *testing.T, d Desk) {
	draft := NewDraft("empty")
	draft.Title, draft.Body, draft.Priority, draft.State = "", "", "", ""
	created, err := d.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	if title, _, _ := d.Read(t, created); title != draft.DefaultTitle() {
		t.Errorf("title = %q", title)
	}
}

// A help desk must not be asked after its context has ended, and its error has a sentence.
func cancelledContext(t *testing.T, d Desk) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	draft := NewDraft("cancelled")
	_, err := d.Create(ctx, draft)
	var e *helpdesk.Error
	if !errors.As(err, &e) || !e.Retry || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("Create: %v", err)
	}
	if _, _, err := d.Find(ctx, draft.CallID); !errors.As(err, &e) {
		t.Errorf("Find: %v", err)
	}
	if d.CannotLookUp {
		return
	}
	if _, ok, err := d.Find(t.Context(), draft.CallID); ok || err != nil {
		t.Errorf("Find afterwards: %v, %v", ok, err)
	}
}
