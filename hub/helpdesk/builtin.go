package helpdesk

import (
	"context"
	"log/slog"
	"net/url"
	"strings"

	"traybell/hub/desk"
)

// List keeps the built-in tickets.
type List interface {
	// AddListed returns the call's ticket where it has one already.
	AddListed(ctx context.Context, draft desk.TicketDraft) (desk.ListedTicket, error)
	ListedByCall(ctx context.Context, callID string) (t desk.ListedTicket, ok bool, err error)
}

// Builtin is the hub's own list of tickets, for those who have no help desk.
type Builtin struct {
	list List
	base string
	log  *slog.Logger
}

// NewBuiltin makes a Builtin over list. base is the hub's address as agents' browsers reach it, such as "https://pbx.example.com:11010".
func NewBuiltin(list List, base string, log *slog.Logger) *Builtin {
	return &Builtin{list: list, base: strings.TrimRight(base, "/"), log: log}
}

// Create makes the ticket of a call, or returns the one that it has: it can be repeated.
func (b *Builtin) Create(ctx context.Context, draft desk.TicketDraft) (desk.Ticket, error) {
	if draft.CallID == "" {
		return desk.Ticket{}, &desk.HelpDeskError{Reason: "A ticket needs a call to be made of."}
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
		return desk.Ticket{}, &desk.HelpDeskError{Reason: "The hub could not write its ticket list; please press again, or tell an administrator.", Retry: true, Err: err}
	}
	return b.ticket(t), nil
}

// Find looks for the ticket of a call.
func (b *Builtin) Find(ctx context.Context, callID string) (ticket desk.Ticket, ok bool, err error) {
	t, ok, err := b.list.ListedByCall(ctx, callID)
	if err != nil {
		return desk.Ticket{}, false, &desk.HelpDeskError{Reason: "The hub could not read its ticket list.", Retry: true, Err: err}
	}
	if !ok {
		return desk.Ticket{}, false, nil
	}
	return b.ticket(t), true, nil
}

// The number is the key too: it is what the page's address ends in.
func (b *Builtin) ticket(t desk.ListedTicket) desk.Ticket {
	return desk.Ticket{ID: t.Number, Number: t.Number, URL: b.base + "/tickets/" + url.PathEscape(t.Number)}
}

func callerName(d desk.TicketDraft) string {
	switch {
	case d.Customer != nil && d.Customer.Name != "":
		return d.Customer.Name
	case d.Number != "":
		return d.Number
	default:
		return "an unknown number"
	}
}
