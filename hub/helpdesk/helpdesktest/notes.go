package helpdesktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

func openTickets(t *testing.T, d Desk) {
	if d.Cannot.List {
		if open, err := d.OpenTickets(t.Context(), "ivanov"); err != nil || open.Count != 0 {
			t.Errorf("OpenTickets = %+v, %v", open, err)
		}
		return
	}
	var created []helpdesk.Ticket
	for i, customer := range []string{"ivanov", "petrova", "ivanov"} {
		draft := d.Draft(fmt.Sprint("open", i))
		draft.Customer = &protocol.Customer{Login: customer}
		draft.Title = fmt.Sprint("Open ", i)
		ticket, err := d.Create(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		created = append(created, ticket)
	}
	open, err := d.OpenTickets(t.Context(), "ivanov")
	if err != nil || len(open.Newest) < 2 || len(open.Newest) > helpdesk.MaxNewest || open.Count < len(open.Newest) {
		t.Fatalf("OpenTickets = %+v, %v", open, err)
	}
	if newest := (helpdesk.OpenTicket{Ticket: created[2], Title: "Open 2"}); open.Newest[0] != newest {
		t.Errorf("newest = %+v, want %+v", open.Newest[0], newest)
	}
	for _, each := range open.Newest {
		if each.Ticket == created[1] {
			t.Error("contains a ticket of another customer")
		}
	}
	for i := range helpdesk.MaxNewest + 1 {
		draft := d.Draft(fmt.Sprint("open more", i))
		draft.Customer = &protocol.Customer{Login: "ivanov"}
		if _, err := d.Create(t.Context(), draft); err != nil {
			t.Fatal(err)
		}
	}
	if more, err := d.OpenTickets(t.Context(), "ivanov"); err != nil || len(more.Newest) != helpdesk.MaxNewest ||
		more.Count != open.Count+helpdesk.MaxNewest+1 {
		t.Errorf("with %d more: %d newest, count %d, was %d, %v", helpdesk.MaxNewest+1, len(more.Newest), more.Count,
			open.Count, err)
	}
	for _, customer := range []string{"unknown-" + run, "", "*", "%"} {
		if got, err := d.OpenTickets(t.Context(), customer); err != nil || len(got.Newest) != 0 || got.Count != 0 {
			t.Errorf("OpenTickets(%q) = %+v, %v", customer, got, err)
		}
	}
}

func appendNote(t *testing.T, d Desk) {
	draft := d.Draft("note")
	ticket, err := d.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{
		Ticket: ticket, Key: draft.CallID + "1", Subject: "Звонок", Body: "He called again.\n", Agent: draft.Agent,
	}
	d.wantNoted(t, n, false)
	if !d.append(t, n) {
		return
	}
	d.wantNoted(t, n, true)
	for _, key := range []string{draft.CallID, n.Key + "1", n.Key + " talk"} {
		other := n
		other.Key = key
		d.wantNoted(t, other, false)
	}
	n.Ticket = helpdesk.Ticket{ID: "99999999", Number: "99999999"}
	wantRefused(t, d.Append(t.Context(), n))
}

// append adds a note; ok is false if the help desk cannot.
func (d Desk) append(t *testing.T, n helpdesk.Note) (ok bool) {
	t.Helper()
	err := d.Append(t.Context(), n)
	switch {
	case d.Cannot.Append:
		wantRefused(t, err)
		return false
	case err != nil:
		t.Fatal(err)
	}
	return true
}

func wantRefused(t *testing.T, err error) {
	t.Helper()
	var e *helpdesk.Error
	if !errors.As(err, &e) || !e.Refused || e.Retry || e.Uncertain || !strings.HasSuffix(e.Reason, ".") {
		t.Errorf("Append: %v, want a refusal", err)
	}
}

func appendTalk(t *testing.T, d Desk) {
	ticket, err := d.Create(t.Context(), d.Draft("talk"))
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{
		Ticket: ticket, Key: "main:1 talk", Subject: "Call ended", Body: "The call lasted 3 min 20 s.",
		Talk: 200 * time.Second,
	}
	if d.append(t, n) {
		d.wantNoted(t, n, true)
	}
}

// Two notes of agents on one call are distinguished by their keys; one key is a prefix of the
// other.
func appendAgentNotes(t *testing.T, d Desk) {
	draft := d.Draft("notes")
	ticket, err := d.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	note := func(n int) helpdesk.Note {
		return helpdesk.Note{
			Ticket: ticket, Key: fmt.Sprint(draft.CallID, " note ", n), Subject: "Note by Anna Petrova",
			Body: "Бумага <b>кончилась</b>\n'\"\\ ☎", Agent: draft.Agent, Internal: true,
		}
	}
	if !d.append(t, note(12)) {
		return
	}
	d.wantNoted(t, note(12), true)
	d.wantNoted(t, note(1), false)
	d.append(t, note(1))
	d.wantNoted(t, note(1), true)
	d.wantFound(t, draft.CallID, ticket)
}
