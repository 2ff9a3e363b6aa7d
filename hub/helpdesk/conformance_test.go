package helpdesk_test

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

// underTest is a help desk and a look into it by another way than the adapter's.
type underTest struct {
	helpdesk.HelpDesk
	read func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string)
}

// conformance is what the desk asks of every help desk. It leaves tickets behind, and so never uses
// a call's id twice.
func conformance(t *testing.T, open func(t *testing.T) underTest) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, u underTest)
	}{
		{"a ticket is made, and found by its call", madeAndFound},
		{"a call without a ticket has none", noTicket},
		{"tickets made at once keep to their calls", atOnce},
		{"an unknown caller gets a ticket", unknownCaller},
		{"a template without a body still makes a ticket", bareDraft},
		{"a cancelled context ends it, with a sentence", cancelledContext},
		{"a customer's open tickets are found, the newest first", openTickets},
		{"a note is added to a ticket, and found by its key", noteAdded},
		{"the talk time is added to a ticket", talkAdded},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var run = rand.Text()[:8]

func newDraft(name string) helpdesk.Draft {
	return helpdesk.Draft{
		CallID: "test-" + run + "-" + rand.Text()[:8] + ":" + name, Number: "+74951234567",
		Customer: &protocol.Customer{Login: "ivanov", Name: "Иван Иванов", Company: "ACME"},
		Agent:    staff.Agent{Login: "anna", Name: "Anna Petrova"},
		Title:    `Звонок: "Иван" <b>&amp; 100%`, Body: "Строка 1\nLine 2 <script>alert(1)</script> \\ ' \" ☎",
		Queue: "Raw", Priority: "3 normal", State: "new",
	}
}

func madeAndFound(t *testing.T, u underTest) {
	d := newDraft("1795319561.0")
	made, err := u.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if made.ID == "" || made.Number == "" || !strings.Contains(made.URL, made.Number) || !strings.HasPrefix(made.URL,
		"http") {
		t.Errorf("the ticket is %+v", made)
	}
	found, ok, err := u.Find(t.Context(), d.CallID)
	if err != nil || !ok || found != made {
		t.Errorf("found %+v, %v, %v; made was %+v", found, ok, err, made)
	}
	title, body, customer := u.read(t, made)
	if title != d.Title || strings.TrimRight(body, "\n") != d.Body || customer != "ivanov" {
		t.Errorf("it reads %q, %q, of %q", title, body, customer)
	}
}

func noTicket(t *testing.T, u underTest) {
	if _, err := u.Create(t.Context(), newDraft("another")); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"test-" + run + ":never", "", "*", "%"} {
		if got, ok, err := u.Find(t.Context(), call); ok || err != nil {
			t.Errorf("call %q has %+v, %v", call, got, err)
		}
	}
}

func atOnce(t *testing.T, u underTest) {
	const n = 8
	drafts, made, errs := make([]helpdesk.Draft, n), make([]helpdesk.Ticket, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		drafts[i] = newDraft(fmt.Sprint(i))
		wg.Go(func() { made[i], errs[i] = u.Create(t.Context(), drafts[i]) })
	}
	wg.Wait()
	numbers := map[string]bool{}
	for i := range n {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		numbers[made[i].Number] = true
		if found, ok, err := u.Find(t.Context(), drafts[i].CallID); err != nil || !ok || found != made[i] {
			t.Errorf("call %d: found %+v, %v, %v; made was %+v", i, found, ok, err, made[i])
		}
	}
	if len(numbers) != n {
		t.Errorf("%d tickets have %d numbers", n, len(numbers))
	}
}

func unknownCaller(t *testing.T, u underTest) {
	for _, customer := range []*protocol.Customer{nil, {Login: "somebody-of-another-directory", Name: "Somebody"}} {
		d := newDraft("unknown")
		d.Customer, d.Number = customer, ""
		made, err := u.Create(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := u.Find(t.Context(), d.CallID); !ok || err != nil {
			t.Errorf("%+v is not found: %v", made, err)
		}
	}
}

func bareDraft(t *testing.T, u underTest) {
	d := newDraft("bare")
	d.Title, d.Body, d.Priority, d.State = "", "", "", ""
	made, err := u.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if title, _, _ := u.read(t, made); title != "Call from Иван Иванов" {
		t.Errorf("the title is %q", title)
	}
}

func cancelledContext(t *testing.T, u underTest) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newDraft("cancelled")
	_, err := u.Create(ctx, d)
	var e *helpdesk.Error
	if !errors.As(err, &e) || !e.Retry || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("Create: %v", err)
	}
	if _, _, err := u.Find(ctx, d.CallID); !errors.As(err, &e) {
		t.Errorf("Find: %v", err)
	}
	if _, ok, err := u.Find(t.Context(), d.CallID); ok || err != nil {
		t.Errorf("afterwards: ok %v, %v", ok, err)
	}
}
