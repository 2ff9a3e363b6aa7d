package desk

import (
	"context"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Agent is a person who answers calls: hub.yml's agents.
type Agent struct {
	Login      string
	Name       string
	Extensions []string
	Password   string // argon2id, in the PHC string format
	Teams      []string
	Rights     []string // ticket, category, block
}

// Line is a tracked number: hub.yml's tracking.
type Line struct {
	Number   string // a DID, a dialplan pattern ("_7495XXXXXXX"), or "*" for all
	Name     string
	Comment  string
	Teams    []string // who sees its calls; empty: everybody whose extension rings
	Agents   []string // logins, beside the teams
	Show     Show
	Template string // the ticket template's name
}

// Show tells whom a line's calls are shown to.
type Show string

// The two ways.
const (
	ShowRinging Show = "ringing" // the agents whose extension rings (and of the line's teams, where it names any)
	ShowBound   Show = "bound"   // all agents of the line's teams and those it names, whoever's phone rings
)

// Directory finds customers by number. An implementation answers from memory; it is called off the desk's loop.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// HelpDesk makes tickets. Errors are *HelpDeskError where the help desk itself said something; all methods may be called at once from several goroutines.
type HelpDesk interface {
	// Create makes one ticket. When it fails with Uncertain, the ticket may exist: Find tells.
	Create(ctx context.Context, draft TicketDraft) (Ticket, error)
	// Find looks for the ticket that was made of that call; ok is false when there is none.
	Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error)
}

// TicketDraft is a ticket to make: the template's text, filled in.
type TicketDraft struct {
	CallID   string             // Call.ID: kept with the ticket, so that Find can find it
	Number   string             // the caller's number, E.164 where it could be read
	Customer *protocol.Customer // nil for an unknown caller
	Agent    Agent              // who pressed
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
}

// Ticket is a ticket that exists.
type Ticket struct {
	ID     string // the help desk's own key
	Number string // what is told to the caller
	URL    string
}

// HelpDeskError is a refusal or a failure of the help desk.
type HelpDeskError struct {
	Reason    string // for the agent, one sentence
	Retry     bool   // the same draft may go through later
	Uncertain bool   // the ticket may have been made
	Err       error
}

func (e *HelpDeskError) Error() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *HelpDeskError) Unwrap() error { return e.Err }

// Store keeps what must survive a restart. A number is in E.164 where it could be read, else the digits.
type Store interface {
	// Category returns the neutral category where nothing is noted.
	Category(ctx context.Context, number string) (protocol.Category, error)
	SetCategory(ctx context.Context, c protocol.Category) error

	// TicketOf returns the request of a call; ok is false where nobody has pressed.
	TicketOf(ctx context.Context, callID string) (r TicketRequest, ok bool, err error)
	// BeginTicket keeps a press before the help desk is asked. first is false, and the kept request is returned, where the call has one already:
	// whoever pressed it.
	BeginTicket(ctx context.Context, r TicketRequest) (kept TicketRequest, first bool, err error)
	// EndTicket notes how the help desk answered: State, Ticket and Error of the request.
	EndTicket(ctx context.Context, r TicketRequest) error
}

// TicketState is where a press stands.
type TicketState string

// The states.
const (
	TicketPending TicketState = "pending" // the help desk is being asked, or the hub stopped while it was
	TicketMade    TicketState = "made"
	TicketFailed  TicketState = "failed" // it may be pressed again
)

// TicketRequest is a press of OK, kept by call.
type TicketRequest struct {
	CallID   string
	ActionID string // the first press's id
	Agent    string // the login of who pressed first
	State    TicketState
	Ticket   Ticket
	Error    string
	At       time.Time
}

// Terminals carries messages to the agents' desktops; Send encodes once, never blocks and may be called from any goroutine.
type Terminals interface {
	Send(logins []string, m protocol.Message)
}
