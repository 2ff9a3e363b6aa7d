package desk

import (
	"context"
	"time"

	"traybell/hub/tickets"
)

// TalkStore keeps how long was talked until it is in the ticket.
type TalkStore interface {
	// KeepTalk notes the talk time of a call that has a request; without one it does nothing.
	KeepTalk(ctx context.Context, callID string, talk time.Duration) error
	// OpenTalks returns the made requests whose talk time is known and not noted, oldest first.
	OpenTalks(ctx context.Context) ([]TicketRequest, error)
	// EndTalk notes that the talk time is in the ticket, or never will be.
	EndTalk(ctx context.Context, callID string) error
}

// Store keeps what must survive a restart.
type Store interface {
	CategoryStore
	RequestStore
}

// RequestStore keeps presses of OK, one for each call.
type RequestStore interface {
	// TicketOf returns the request of a call; ok is false where nobody has pressed.
	TicketOf(ctx context.Context, callID string) (r TicketRequest, ok bool, err error)
	// BeginTicket keeps a press before the help desk is asked. first is false, and the kept request
	// is returned, where the call has one already: whoever pressed it.
	BeginTicket(ctx context.Context, r TicketRequest) (kept TicketRequest, first bool, err error)
	// EndTicket notes how the help desk answered: State, Ticket and Error of the request.
	EndTicket(ctx context.Context, r TicketRequest) error
}

// TicketState is tickets.State, until the desk uses that itself.
type TicketState = tickets.State

// TicketRequest is tickets.Request, until the desk uses that itself.
type TicketRequest = tickets.Request

// The states.
const (
	TicketPending = tickets.Pending
	TicketMade    = tickets.Made
	TicketFailed  = tickets.Failed
)

// TicketQueue keeps the presses whose ticket is still to be made, and the words still to be said
// about those that were made later than the agent waited.
type TicketQueue interface {
	// PendingTickets returns the requests whose end is not known, oldest first.
	PendingTickets(ctx context.Context) ([]TicketRequest, error)
	// RetryTicket notes how far a pending request is: Tries, Next, UncertainSince and Error.
	RetryTicket(ctx context.Context, r TicketRequest) error
	// OwedTickets returns the ended requests of which their agents have to be told yet, oldest
	// first.
	OwedTickets(ctx context.Context) ([]TicketRequest, error)
	// TicketTold notes that the agent was told.
	TicketTold(ctx context.Context, callID string) error
}
