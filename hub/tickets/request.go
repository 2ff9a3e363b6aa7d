// Package tickets is what agents ask of the help desk: one request for each call, kept until its
// ticket is made or refused.
package tickets

import (
	"context"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
)

// State is where a request stands.
type State string

// The states.
const (
	Pending State = "pending" // the help desk is being asked, or will be again
	Made    State = "made"
	Failed  State = "failed" // it may be pressed again
)

// Request is a press of OK, kept by call.
type Request struct {
	CallID   string
	ActionID string // the first press's id
	Agent    string // the login of the agent who pressed first
	State    State
	Ticket   helpdesk.Ticket
	Error    string
	At       time.Time

	Draft          helpdesk.Draft // what is to be made; its agent has a login and a name only
	Tries          int            // failed attempts
	Next           time.Time      // when it is tried again; zero while it is being tried
	UncertainSince time.Time      // when it was last asked for without a certain answer
	Claim          jobs.Claim     // who makes the ticket, or afterwards adds the talk time to it
	Owed           bool           // it ended later than the agent waited, and the agent does not know yet
	Talk           time.Duration  // how long was talked on the call; zero while that is not known
	Noted          bool           // the talk time is in the ticket
}

// Progress returns how far a request is, for its task.
func (r Request) Progress() jobs.Progress {
	return jobs.Progress{Tries: r.Tries, Next: r.Next, UncertainSince: r.UncertainSince}
}

// Advanced returns a request with the progress and the claim of its task. err is what the last
// attempt failed with, nil where there was none.
func (r Request) Advanced(p jobs.Progress, claim jobs.Claim, err error) Request {
	r.Tries, r.Next, r.UncertainSince, r.Claim = p.Tries, p.Next, p.UncertainSince, claim
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// Store keeps requests, one for each call, and what is left to do for them.
type Store interface {
	// TicketOf returns the request of a call; ok is false without one.
	TicketOf(ctx context.Context, callID string) (r Request, ok bool, err error)
	// BeginTicket keeps a press and its claim before the help desk is asked. first is false, and
	// the kept request is returned, where the call has one already, by whichever agent. A pending
	// one that no other owner has claimed gets the claim.
	BeginTicket(ctx context.Context, r Request) (kept Request, first bool, err error)
	// RetryTicket stores how far a pending request is: Tries, Next, UncertainSince, Error and
	// Claim. It returns jobs.ErrTaken where another owner has claimed or ended it.
	RetryTicket(ctx context.Context, r Request) error
	// EndTicket stores how the help desk answered, State, Ticket, Error and Owed, and releases the
	// claim.
	EndTicket(ctx context.Context, r Request) error
	// ClaimTickets claims the pending requests that are free for the claim's owner and returns
	// them, oldest first.
	ClaimTickets(ctx context.Context, claim jobs.Claim) ([]Request, error)
	// OwedTickets returns the ended requests that their agents do not know of yet, oldest first.
	OwedTickets(ctx context.Context) ([]Request, error)
	// TicketTold stores that the agent knows.
	TicketTold(ctx context.Context, callID string) error
	TalkStore
}

// TalkStore keeps the talk times until they are in the tickets.
type TalkStore interface {
	// KeepTalk stores the talk time of a call that has a request; without one it does nothing.
	KeepTalk(ctx context.Context, callID string, talk time.Duration) error
	// ClaimTalk claims the talk time of a call, or renews the claim. It returns jobs.ErrTaken where
	// another owner has claimed or noted it.
	ClaimTalk(ctx context.Context, callID string, claim jobs.Claim) error
	// ClaimTalks claims the talk times that are known, not noted and free for the claim's owner,
	// and returns the made requests that they belong to, oldest first.
	ClaimTalks(ctx context.Context, claim jobs.Claim) ([]Request, error)
	// EndTalk stores that the talk time is in the ticket, or never will be.
	EndTalk(ctx context.Context, callID string) error
}
