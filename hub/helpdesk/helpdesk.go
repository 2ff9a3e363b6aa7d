package helpdesk

import (
	"context"
	"errors"
	"strings"
	"time"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// ErrCannotLookUp is an error of Find or Noted: whether the ticket or the note exists cannot be found
// out, now or later.
var ErrCannotLookUp = errors.New("the help desk cannot be searched for it")

// TicketNotes is what a help desk does with tickets that exist.
type TicketNotes interface {
	// OpenTickets returns a customer's open tickets, the newest first, a handful at most, and how
	// many there are.
	OpenTickets(ctx context.Context, customer string) (OpenTickets, error)
	// Append adds a note to a ticket. When it fails with Uncertain, the note may be there: Noted
	// tells.
	Append(ctx context.Context, n Note) error
	// Noted looks whether the ticket has the note with that key.
	Noted(ctx context.Context, n Note) (bool, error)
}

// OpenTickets are a customer's open tickets.
type OpenTickets struct {
	Newest []OpenTicket
	Count  int    // of all; protocol.MostCounted: that many, or more
	Page   string // the help desk's list of them; empty where agents have none
}

// OpenTicket is a ticket of a customer.
type OpenTicket struct {
	Ticket
	Title string
}

// TicketNote is something to add to a ticket.
type Note struct {
	Ticket  Ticket
	Key     string // "main:1795319561.0", or with " talk" behind it: kept with the note, so that Noted can find it
	Subject string
	Body    string
	Agent   staff.Agent
	Talk    time.Duration // to be accounted where the help desk accounts time; zero: nothing
}

// HelpDesk makes tickets. Errors are *HelpDeskError where the help desk itself said something; all
// methods may be called at once from several goroutines.
type HelpDesk interface {
	// Create makes one ticket. When it fails with Uncertain, the ticket may exist: Find tells.
	Create(ctx context.Context, draft Draft) (Ticket, error)
	// Find looks for the ticket that was made of that call; ok is false when there is none.
	Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error)
	TicketNotes
}

// TicketDraft is a ticket to make: the template's text, filled in.
type Draft struct {
	CallID   string             // Call.ID: kept with the ticket, so that Find can find it
	Number   string             // the caller's number, E.164 where it could be read
	Customer *protocol.Customer // nil for an unknown caller
	Agent    staff.Agent        // who pressed
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
	Into     *Ticket // the ticket that the call is added to; nil: a new one
}

// Ticket is a ticket that exists.
type Ticket struct {
	ID     string // the help desk's own key
	Number string // what is told to the caller
	URL    string
}

// HelpDeskError is a refusal or a failure of the help desk.
type Error struct {
	Reason    string // for the agent, one sentence
	Retry     bool   // the same draft may go through later
	Uncertain bool   // the ticket may have been made
	Refused   bool   // the help desk wants nothing of this very draft: it is of no use to send it again
	Err       error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// ListedTicket is a ticket of the built-in list, for those who have no help desk. All times are
// UTC.
type ListedTicket struct {
	ID              int64
	Number          string // what is told to the caller: the day it was made and a counter, "2026112200001"
	CallID          string // Call.ID; one ticket per call
	Title           string
	Body            string
	Queue           string
	Priority        string
	State           string // the template's while the ticket is open, ListedClosed afterwards
	CustomerLogin   string // the customer's fields are empty for an unknown caller
	CustomerName    string
	CustomerCompany string
	CallerNumber    string // E.164 where it could be read
	Agent           string // the login of who made it
	AgentName       string
	Created         time.Time
	Closed          time.Time // zero while the ticket is open
}

// States that the built-in list itself gives; a new ticket has its template's.
const (
	ListedOpen   = "open"
	ListedClosed = "closed"
)
