// Package builtin keeps tickets in the hub's own database, for sites without a help desk.
package builtin

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// List stores the tickets.
type List interface {
	// AddListed creates the call's ticket, or returns the one it has.
	AddListed(ctx context.Context, draft helpdesk.Draft) (helpdesk.ListedTicket, error)
	ListedByCall(ctx context.Context, callID string) (t helpdesk.ListedTicket, ok bool, err error)
	ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error)
	// OpenListed returns a customer's open tickets, newest first, limit at most, and the number of
	// all.
	OpenListed(ctx context.Context, customer string, limit int) (newest []helpdesk.ListedTicket, count int, err error)
	// AppendListed adds a note, unless the ticket has one with its mark. ok is false if there is no
	// such ticket.
	AppendListed(ctx context.Context, number string, note helpdesk.ListedEvent) (ok bool, err error)
}

// Options configure a HelpDesk. All are required.
type Options struct {
	List      List
	PublicURL string // the hub's address as browsers reach it: "https://pbx.example.com:11010"
	Log       *slog.Logger
}

// HelpDesk is the built-in help desk. Create and Append are idempotent.
type HelpDesk struct{ o Options }

// New returns the built-in help desk.
func New(o Options) *HelpDesk {
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &HelpDesk{o}
}

// Create implements helpdesk.HelpDesk. It returns the call's ticket if there is one.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	if draft.CallID == "" {
		return helpdesk.Ticket{}, &helpdesk.Error{Reason: "A ticket needs a call.", Refused: true}
	}
	if draft.Title == "" {
		draft.Title = draft.DefaultTitle()
	}
	if draft.State == "" {
		draft.State = "new"
	}
	t, err := h.o.List.AddListed(ctx, draft)
	if err != nil {
		h.o.Log.Error("cannot write ticket", "call", draft.CallID, "error", err)
		return helpdesk.Ticket{}, writeError(err)
	}
	return h.ticket(t), nil
}

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	t, ok, err := h.o.List.ListedByCall(ctx, callID)
	if err != nil {
		return helpdesk.Ticket{}, false, readError(err)
	}
	if !ok {
		return helpdesk.Ticket{}, false, nil
	}
	return h.ticket(t), true, nil
}

// OpenTickets implements helpdesk.HelpDesk. Page is empty: the list is for administrators.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	if customer == "" {
		return helpdesk.OpenTickets{}, nil
	}
	list, count, err := h.o.List.OpenListed(ctx, customer, helpdesk.MaxNewest)
	if err != nil {
		return helpdesk.OpenTickets{}, readError(err)
	}
	open := helpdesk.OpenTickets{
		Newest: make([]helpdesk.OpenTicket, len(list)), Count: min(count, protocol.MostCounted),
	}
	for i, t := range list {
		open.Newest[i] = helpdesk.OpenTicket{Ticket: h.ticket(t), Title: t.Title}
	}
	return open, nil
}

// ByNumber implements helpdesk.Numbers.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	listed, ok, err := h.o.List.ListedByNumber(ctx, number)
	if err != nil {
		return t, false, readError(err)
	}
	if !ok {
		return t, false, nil
	}
	return helpdesk.NumberedTicket{
		OpenTicket: helpdesk.OpenTicket{Ticket: h.ticket(listed), Title: listed.Title},
		Customers:  helpdesk.Known("", listed.CustomerLogin),
	}, true, nil
}

// Append implements helpdesk.HelpDesk.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	text := strings.TrimRight(n.Body, "\n")
	if !n.Internal { // its subject says no more than who wrote it
		text = n.Subject + "\n" + text
	}
	ok, err := h.o.List.AppendListed(ctx, n.Ticket.Number, helpdesk.ListedEvent{
		By: cmp.Or(n.Agent.Name, n.Agent.Login), Text: text, Mark: n.Mark(),
	})
	switch {
	case err != nil:
		h.o.Log.Error("cannot write note", "ticket", n.Ticket.Number, "error", err)
		return writeError(err)
	case !ok:
		return &helpdesk.Error{Reason: "The ticket " + n.Ticket.Number + " no longer exists.", Refused: true}
	}
	return nil
}

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	t, _, err := h.o.List.ListedByNumber(ctx, n.Ticket.Number)
	if err != nil {
		return false, readError(err)
	}
	return t.Noted(n.Mark()), nil
}

// Check reports where the tickets are.
func (h *HelpDesk) Check(context.Context, []helpdesk.Wanted) (found []string, err error) {
	return []string{"the hub's own tickets, at " + h.o.PublicURL + "/tickets"}, nil
}

func writeError(err error) error {
	return &helpdesk.Error{
		Reason: "The hub could not write the ticket; please press again, or tell an administrator.",
		Retry:  true, Err: err,
	}
}

func readError(err error) error {
	return &helpdesk.Error{Reason: "The hub could not read its tickets.", Retry: true, Err: err}
}

// ticket uses the number as id: the page's address ends in it.
func (h *HelpDesk) ticket(t helpdesk.ListedTicket) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: t.Number, Number: t.Number, URL: h.o.PublicURL + "/tickets/" + url.PathEscape(t.Number),
	}
}
