package helpdesk

import (
	"context"
	"log/slog"
	"net/url"
	"strings"

	"traybell/shared/protocol"
)

// List keeps the built-in tickets.
type List interface {
	// AddListed returns the call's ticket where it has one already.
	AddListed(ctx context.Context, draft Draft) (ListedTicket, error)
	ListedByCall(ctx context.Context, callID string) (t ListedTicket, ok bool, err error)
	ListedByNumber(ctx context.Context, number string) (t ListedTicket, ok bool, err error)
	// OpenListed returns a customer's newest tickets that are not closed, newest first, and how
	// many there are of them.
	OpenListed(ctx context.Context, customer string, limit int) (newest []ListedTicket, count int, err error)
	// AppendListed adds text, which holds mark, to the ticket, once. ok is false where there is no
	// such ticket.
	AppendListed(ctx context.Context, number, text, mark string) (ok bool, err error)
}

// Builtin is the hub's own list of tickets, for those who have no help desk.
type Builtin struct {
	list List
	base string
	log  *slog.Logger
}

// NewBuiltin makes a Builtin over list. base is the hub's address as agents' browsers reach it,
// such as "https://pbx.example.com:11010".
func NewBuiltin(list List, base string, log *slog.Logger) *Builtin {
	return &Builtin{list: list, base: strings.TrimRight(base, "/"), log: log}
}

// Create makes the ticket of a call, or returns the one that it has: it can be repeated.
func (b *Builtin) Create(ctx context.Context, draft Draft) (Ticket, error) {
	if draft.CallID == "" {
		return Ticket{}, &Error{Reason: "A ticket needs a call to be made of.", Refused: true}
	}
	if draft.Title == "" {
		draft.Title = "Call from " + callerName(draft)
	}
	if draft.State == "" {
		draft.State = "new"
	}
	t, err := b.list.AddListed(ctx, draft)
	if err != nil {
		b.log.Error("the ticket list could not be written", "call", draft.CallID, "error", err)
		return Ticket{}, &Error{
			Reason: "The hub could not write its ticket list; please press again, or tell an administrator.",
			Retry:  true, Err: err,
		}
	}
	return b.ticket(t), nil
}

// Find looks for the ticket of a call.
func (b *Builtin) Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error) {
	t, ok, err := b.list.ListedByCall(ctx, callID)
	if err != nil {
		return Ticket{}, false, unreadableList(err)
	}
	if !ok {
		return Ticket{}, false, nil
	}
	return b.ticket(t), true, nil
}

// OpenTickets returns a customer's open tickets, newest first.
func (b *Builtin) OpenTickets(ctx context.Context, customer string) (OpenTickets, error) {
	if customer == "" {
		return OpenTickets{}, nil
	}
	list, count, err := b.list.OpenListed(ctx, customer, mostOpen)
	if err != nil {
		return OpenTickets{}, unreadableList(err)
	}
	// the list's page is for administrators
	open := OpenTickets{Newest: make([]OpenTicket, len(list)), Count: min(count, protocol.MostCounted)}
	for i, t := range list {
		open.Newest[i] = OpenTicket{Ticket: b.ticket(t), Title: t.Title}
	}
	return open, nil
}

// Append adds a note to a ticket's text, once: it can be repeated.
func (b *Builtin) Append(ctx context.Context, n Note) error {
	ok, err := b.list.AppendListed(ctx, n.Ticket.Number,
		n.Subject+"\n"+strings.TrimRight(n.Body, "\n")+"\n"+mark(n.Key), mark(n.Key))
	switch {
	case err != nil:
		b.log.Error("the ticket list could not be written", "ticket", n.Ticket.Number, "error", err)
		return &Error{
			Reason: "The hub could not write its ticket list; please press again, or tell an administrator.",
			Retry:  true, Err: err,
		}
	case !ok:
		return &Error{Reason: "There is no ticket " + n.Ticket.Number + " any more.", Refused: true}
	}
	return nil
}

// Noted looks whether the ticket has the note.
func (b *Builtin) Noted(ctx context.Context, n Note) (bool, error) {
	t, _, err := b.list.ListedByNumber(ctx, n.Ticket.Number)
	if err != nil {
		return false, unreadableList(err)
	}
	return strings.Contains(t.Body, mark(n.Key)), nil
}

func unreadableList(err error) error {
	return &Error{Reason: "The hub could not read its ticket list.", Retry: true, Err: err}
}

// The number is the key too: it is what the page's address ends in.
func (b *Builtin) ticket(t ListedTicket) Ticket {
	return Ticket{ID: t.Number, Number: t.Number, URL: b.base + "/tickets/" + url.PathEscape(t.Number)}
}

func callerName(d Draft) string {
	switch {
	case d.Customer != nil && d.Customer.Name != "":
		return d.Customer.Name
	case d.Number != "":
		return d.Number
	default:
		return "an unknown number"
	}
}
