package admin

import (
	"cmp"
	"context"
	"errors"
	"time"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// Ticket is a ticket of the built-in help desk.
type Ticket struct {
	Number   string        `json:"number"`
	Call     string        `json:"call" doc:"id"`
	Title    string        `json:"title"`
	Text     string        `json:"text"`
	Queue    string        `json:"queue,omitempty"`
	Priority string        `json:"priority,omitempty"`
	State    string        `json:"state"`
	Customer string        `json:"customer,omitempty" doc:"login; absent for an unknown caller"`
	Name     string        `json:"name,omitempty" doc:"of the customer"`
	Company  string        `json:"company,omitempty" doc:"of the customer"`
	Caller   string        `json:"caller,omitempty" doc:"number"`
	Agent    string        `json:"agent" doc:"login of its creator"`
	Created  time.Time     `json:"created"`
	Closed   time.Time     `json:"closed,omitzero" doc:"absent while it is open"`
	Assignee string        `json:"assignee,omitempty" doc:"login"`
	Version  int64         `json:"version" doc:"changes with every change of the ticket"`
	Events   []TicketEvent `json:"events,omitempty" doc:"oldest first; only of one ticket"`
}

// TicketEvent is a note in a ticket, or a change of it.
type TicketEvent struct {
	Kind string    `json:"kind" enum:"note,edited,state,assigned"`
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`
	Text string    `json:"text"`
}

func ticket(t helpdesk.ListedTicket) Ticket {
	out := Ticket{
		Number: t.Number, Call: t.CallID, Title: t.Title, Text: t.Body, Queue: t.Queue, Priority: t.Priority,
		State: t.State, Customer: t.CustomerLogin, Name: t.CustomerName, Company: t.CustomerCompany,
		Caller: t.CallerNumber, Agent: t.Agent, Created: t.Created.UTC(), Closed: utc(t.Closed),
		Assignee: t.Assignee, Version: t.LastEvent(),
	}
	for _, e := range t.Events {
		out.Events = append(out.Events, TicketEvent{Kind: string(e.Kind), At: e.At.UTC(), By: e.By, Text: e.Text})
	}
	return out
}

// TicketEdit changes a ticket. Absent fields stay as they are.
type TicketEdit struct {
	Title    *string `json:"title,omitempty" maxLength:"300"`
	Text     *string `json:"text,omitempty" maxLength:"20000"`
	Queue    *string `json:"queue,omitempty" maxLength:"100"`
	Priority *string `json:"priority,omitempty" maxLength:"100"`
	Closed   *bool   `json:"closed,omitempty"`
	Assignee *string `json:"assignee,omitempty" doc:"login of an agent; empty: none"`
	Note     string  `json:"note,omitempty" maxLength:"2000" doc:"is added"`
	Version  *int64  `json:"version,omitempty" doc:"that was read: a ticket that changed since is not changed"`
}

// WaitingTicket is a ticket request that waits for the help desk.
type WaitingTicket struct {
	Call     string    `json:"call" doc:"id"`
	Agent    string    `json:"agent" doc:"login of who pressed first"`
	At       time.Time `json:"at" doc:"of the press"`
	Caller   string    `json:"caller" doc:"name and number, as far as they are known"`
	Customer string    `json:"customer,omitempty" doc:"login"`
	Title    string    `json:"title,omitempty"`
	Text     string    `json:"text,omitempty"`
	Into     string    `json:"into,omitempty" doc:"number of the ticket that the call is added to"`
	HelpDesk string    `json:"help_desk,omitempty" doc:"name in hub.yml; absent for help_desk"`
	Tries    int       `json:"tries" doc:"attempts that failed"`
	Next     time.Time `json:"next,omitzero" doc:"of the next attempt; absent during one"`
	Error    string    `json:"error,omitempty" doc:"of the last attempt"`
}

func waiting(r tickets.Request) WaitingTicket {
	w := WaitingTicket{
		Call: r.CallID, Agent: r.Agent, At: r.At.UTC(), Caller: r.Draft.Caller(), Title: r.Draft.Title,
		Text: r.Draft.Body, HelpDesk: r.Draft.Desk, Tries: r.Tries, Next: utc(r.Next), Error: r.Error,
	}
	if r.Draft.Customer != nil {
		w.Customer = r.Draft.Customer.Login
	}
	if r.Draft.Into != nil {
		w.Into = r.Draft.Into.Number
	}
	return w
}

// TicketList is the built-in list of tickets.
type TicketList interface {
	// FindListed returns tickets that contain a text, newest first. An empty one matches all. They
	// were made by the agent with the login of, or are assigned to that agent, unless it is empty. Their
	// IDs are below before, unless that is 0.
	FindListed(ctx context.Context, text, of string, before int64, limit int) ([]helpdesk.ListedTicket, error)
	ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error)
	EditListed(ctx context.Context, number string, edit helpdesk.ListedEdit) (ok bool, err error)
	// PendingTickets returns the requests that wait, oldest first.
	PendingTickets(ctx context.Context, after tickets.Position, limit int) ([]tickets.Request, error)
}

// TicketQueue makes the tickets that wait.
type TicketQueue interface {
	// RetryTicket tries now to make the ticket of a call; false: no request of the call waits.
	RetryTicket(ctx context.Context, callID string) (bool, error)
	// DropTicket ends the request of a call; false: none waits.
	DropTicket(ctx context.Context, callID, reason string) (bool, error)
}

// Tickets are the commands for tickets.
type Tickets struct {
	Audited
	List  TicketList
	Queue TicketQueue
	Staff func() *staff.Staff

	Hidden Hidden
}

// Find returns a page of the tickets of the built-in help desk with a text, newest first. An agent
// without roles sees those that the agent made, or that are assigned to the agent.
func (t *Tickets) Find(ctx context.Context, p access.Principal, text string, page Page) (List[Ticket], error) {
	own, err := needOrOwn(p)
	if err = cmp.Or(err, searchable(text)); err != nil {
		return List[Ticket]{}, err
	}
	of := ""
	if own {
		of = p.Name
	}
	before := int64(0)
	limit, err := page.start(&before)
	if err != nil {
		return List[Ticket]{}, err
	}
	for {
		list, err := t.List.FindListed(ctx, text, of, before, limit+1)
		shown := paged(list, limit, func(t helpdesk.ListedTicket) int64 { return t.ID }, ticket)
		shown.Items = found(t.Hidden, own, text, shown.Items, func(t Ticket) []string {
			return []string{t.Number, t.Title, t.Text, t.Customer, t.Name, t.Company, t.Caller}
		})
		if err != nil || len(shown.Items) > 0 || shown.Next == "" {
			return shown, failure(err)
		}
		before = list[limit-1].ID // a page without tickets that is not the last one would say what was found
	}
}

// Ticket returns a ticket with its events. For an agent without roles it is missing unless it is
// one of those that Find returns.
func (t *Tickets) Ticket(ctx context.Context, p access.Principal, number string) (Ticket, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return Ticket{}, err
	}
	found, err := t.read(ctx, number)
	if err == nil && own && found.Agent != p.Name && found.Assignee != p.Name {
		return Ticket{}, missing("There is no ticket %.40q.", number)
	}
	return found, err
}

func (t *Tickets) read(ctx context.Context, number string) (Ticket, error) {
	found, ok, err := t.List.ListedByNumber(ctx, number)
	if err == nil && !ok {
		return Ticket{}, missing("There is no ticket %.40q.", number)
	}
	return ticket(found), failure(err)
}

// Edit changes a ticket of the built-in help desk.
func (t *Tickets) Edit(ctx context.Context, p access.Principal, number string, in TicketEdit) (Ticket, error) {
	var after Ticket
	err := t.change(p, access.Notes, "ticket.edit", number, in.changes(), func() error {
		edit, err := t.edit(in)
		if err != nil {
			return err
		}
		edit.By = p.Name
		ok, err := t.List.EditListed(ctx, number, edit)
		switch {
		case errors.Is(err, helpdesk.ErrListedChanged):
			return &fail.Error{
				Code: fail.Conflict, Text: "Another person has changed this ticket since it was read: read it again.",
			}
		case err != nil:
			return err
		case !ok:
			return missing("There is no ticket %.40q.", number)
		}
		after, err = t.read(ctx, number)
		return err
	})
	return after, err
}

// edit checks what was typed.
func (t *Tickets) edit(in TicketEdit) (edit helpdesk.ListedEdit, err error) {
	for _, field := range []struct {
		name string
		most int
		from *string
		to   **string
	}{
		{"title", MaxTitle, in.Title, &edit.Title},
		{"text", MaxText, in.Text, &edit.Body},
		{"queue", MaxField, in.Queue, &edit.Queue},
		{"priority", MaxField, in.Priority, &edit.Priority},
	} {
		if field.from == nil {
			continue
		}
		text, err := freetext.Clean(field.name, *field.from, field.most)
		if err != nil {
			return edit, err
		}
		*field.to = &text
	}
	if in.Assignee != nil {
		edit.Assignee = &helpdesk.Assignee{}
		if *in.Assignee != "" {
			a, ok := t.Staff().Agent(*in.Assignee)
			if !ok {
				return edit, invalid("There is no agent with the login %.40q.", *in.Assignee)
			}
			edit.Assignee = &helpdesk.Assignee{Login: a.Login, Name: a.Name}
		}
	}
	edit.Closed, edit.Seen = in.Closed, in.Version
	edit.Note, err = freetext.Clean("note", in.Note, protocol.MaxNote)
	return edit, err
}

// changes names what an edit changes, for the audit. The texts are in the ticket.
func (in TicketEdit) changes() (names string) {
	for _, of := range []struct {
		name string
		set  bool
	}{
		{"title", in.Title != nil},
		{"text", in.Text != nil},
		{"queue", in.Queue != nil},
		{"priority", in.Priority != nil},
		{"closed", in.Closed != nil && *in.Closed},
		{"reopened", in.Closed != nil && !*in.Closed},
		{"assignee", in.Assignee != nil},
		{"note", in.Note != ""},
	} {
		if of.set && names != "" {
			names += ", "
		}
		if of.set {
			names += of.name
		}
	}
	return names
}

// Waiting returns a page of the ticket requests that wait for the help desk, oldest first.
func (t *Tickets) Waiting(ctx context.Context, p access.Principal, page Page) (List[WaitingTicket], error) {
	if err := need(p, access.View); err != nil {
		return List[WaitingTicket]{}, err
	}
	var after tickets.Position
	limit, err := page.start(&after)
	if err != nil {
		return List[WaitingTicket]{}, err
	}
	found, err := t.List.PendingTickets(ctx, after, limit+1)
	if err != nil && len(found) == 0 {
		return List[WaitingTicket]{}, failure(err)
	}
	return paged(found, limit, func(r tickets.Request) tickets.Position {
		return tickets.Position{At: r.At, CallID: r.CallID}
	}, waiting), nil
}

// Retry tries now to make the ticket of a call whose request waits.
func (t *Tickets) Retry(ctx context.Context, p access.Principal, callID string) error {
	return t.change(p, access.Notes, "ticket.retry", callID, "", func() error {
		return waits(t.Queue.RetryTicket(ctx, callID))
	})
}

// Drop ends a request that waits: its agents read that the ticket was not made, and why.
func (t *Tickets) Drop(ctx context.Context, p access.Principal, callID, reason string) error {
	return t.change(p, access.Notes, "ticket.drop", callID, reason, func() error {
		reason, err := freetext.Clean("reason", reason, MaxReason)
		if err != nil {
			return err
		}
		if reason == "" {
			return invalid("A reason is needed: the agent reads it.")
		}
		return waits(t.Queue.DropTicket(ctx, callID, reason))
	})
}

func waits(ok bool, err error) error {
	if err == nil && !ok {
		return missing("No ticket request of this call waits.")
	}
	return err
}
