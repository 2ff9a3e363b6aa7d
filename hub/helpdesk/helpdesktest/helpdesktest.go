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
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Desk is a help desk under test. It has the customers ivanov and petrova and the agent anna, and
// accepts unknown callers.
type Desk struct {
	helpdesk.Adapter
	Name   string // in the table of docs/help-desks.md
	Real   bool   // a real server
	Cannot Limits
	// Fit changes the drafts to what the help desk accepts; may be nil.
	Fit func(draft *helpdesk.Draft)

	Closed string // the state of a draft that makes a closed ticket

	// The following read a ticket without the adapter.
	Read      func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string)
	Accounted func(t *testing.T, ticket helpdesk.Ticket) time.Duration // talk time; may be nil
	AgentOf   func(t *testing.T, ticket helpdesk.Ticket) string        // author or owner
	// OpenForm checks what the link to the form shows; may be nil.
	OpenForm func(t *testing.T, link string)
}

// Limits are what a help desk, or its interface, has no means for.
type Limits struct {
	Find      bool // Find fails with ErrCannotLookUp
	List      bool // OpenTickets returns none
	Append    bool // Append is refused, and sends nothing
	Noted     bool // Noted fails with ErrCannotLookUp
	Account   bool // talk time is a text only
	Link      bool // tickets have no URL
	Form      bool // it has no helpdesk.Form
	Agent     bool // tickets do not tell who pressed, but in their text
	Check     bool // Check does not look up what templates name
	Customers bool // it has no helpdesk.Customers
	Numbers   bool // it has no helpdesk.Numbers
}

// Run tests what the hub expects from every help desk. It leaves tickets behind and uses each call
// id only once.
func Run(t *testing.T, open func(t *testing.T) Desk) {
	t.Helper()
	var last Desk
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
		{"append notes of agents", appendAgentNotes},
		{"account talk time", accountTime},
		{"act as the agent", actAsAgent},
		{"check names", checkNames},
		{"link to the form", linkForm},
		{"list customers", listCustomers},
		{"find by number", findByNumber},
	} {
		t.Run(test.name, func(t *testing.T) {
			last = open(t)
			test.run(t, last)
		})
	}
	last.documented(t)
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

// Draft is NewDraft for this desk.
func (d Desk) Draft(name string) helpdesk.Draft {
	draft := NewDraft(name)
	if d.Fit != nil {
		d.Fit(&draft)
	}
	return draft
}

// WantError checks a *helpdesk.Error and that its text contains parts, and returns it.
func WantError(t *testing.T, err error, retry, uncertain bool, parts ...string) *helpdesk.Error {
	t.Helper()
	var e *helpdesk.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *helpdesk.Error", err)
	}
	if e.Retry != retry || e.Uncertain != uncertain {
		t.Errorf("%q: retry %v, uncertain %v; want %v, %v", e.Error(), e.Retry, e.Uncertain, retry, uncertain)
	}
	wantParts(t, e, parts)
	return e
}

// WantChecked checks that what Check found contains works, and that its error contains parts; without
// parts there is none.
func WantChecked(t *testing.T, found []string, err error, works string, parts ...string) {
	t.Helper()
	if !strings.Contains(strings.Join(found, "\n"), works) {
		t.Errorf("%q lacks %q", found, works)
	}
	if (err != nil) != (len(parts) > 0) {
		t.Fatalf("Check: %v", err)
	}
	wantParts(t, err, parts)
}

func wantParts(t *testing.T, err error, parts []string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q lacks %q", err, p)
		}
	}
}

// wantFound checks that Find returns the ticket, or cannot look it up.
func (d Desk) wantFound(t *testing.T, callID string, want helpdesk.Ticket) {
	t.Helper()
	found, ok, err := d.Find(t.Context(), callID)
	if d.Cannot.Find {
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
	if d.Cannot.Noted {
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
	draft := d.Draft("1795319561.0")
	created, err := d.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	if created.ID == "" || created.Number == "" || !d.Cannot.Link &&
		(!strings.Contains(created.URL, created.Number) || !strings.HasPrefix(created.URL, "http")) {
		t.Errorf("ticket = %+v", created)
	}
	d.wantFound(t, draft.CallID, created)
	title, body, customer := d.Read(t, created)
	if title != draft.Title || strings.TrimRight(body, "\n") != draft.Body || customer != "ivanov" {
		t.Errorf("read %q, %q, %q", title, body, customer)
	}
}

func noTicket(t *testing.T, d Desk) {
	if d.Cannot.Find {
		t.Skip("cannot look up")
	}
	if _, err := d.Create(t.Context(), d.Draft("another")); err != nil {
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
		drafts[i] = d.Draft(fmt.Sprint(i))
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
		draft := d.Draft("unknown")
		draft.Customer, draft.Number = customer, ""
		created, err := d.Create(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		d.wantFound(t, draft.CallID, created)
	}
}

func emptyDraft(t *testing.T, d Desk) {
	draft := d.Draft("empty")
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
	draft := d.Draft("cancelled")
	_, err := d.Create(ctx, draft)
	var e *helpdesk.Error
	if !errors.As(err, &e) || !e.Retry || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("Create: %v", err)
	}
	if _, _, err := d.Find(ctx, draft.CallID); !errors.As(err, &e) {
		t.Errorf("Find: %v", err)
	}
	if d.Cannot.Find {
		return
	}
	if _, ok, err := d.Find(t.Context(), draft.CallID); ok || err != nil {
		t.Errorf("Find afterwards: %v, %v", ok, err)
	}
}
