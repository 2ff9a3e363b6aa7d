// Package tickets defines ticket requests of agents: one per call, kept until its ticket is created
// or refused.
package tickets

import (
	"context"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
)

// State is the progress of a request.
type State string

// States of a request.
const (
	Pending State = "pending" // in progress or waiting for a retry
	Made    State = "made"
	Failed  State = "failed" // may be requested again
)

// Request is the ticket request of a call.
type Request struct {
	CallID   string
	ActionID string // the first press's id
	Agent    string // the login of the agent who pressed first
	State    State
	Ticket   helpdesk.Ticket
	Error    string
	At       time.Time

	Draft          helpdesk.Draft // the ticket to create; its agent has only a login and a name
	Tries          int            // failed attempts
	Next           time.Time      // time of the next attempt; zero during an attempt
	UncertainSince time.Time      // when the last attempt without a certain result began
	Claim          jobs.Claim     // of the hub that creates the ticket or adds the talk time
	Owed           bool           // ended after the agent stopped waiting; the agent must still be notified
	Talk           time.Duration  // talk time of the call; zero if unknown
	Noted          bool           // the talk time is in the ticket
}

// Progress returns the progress for the request's task.
func (r Request) Progress() jobs.Progress {
	return jobs.Progress{Tries: r.Tries, Next: r.Next, UncertainSince: r.UncertainSince}
}

// Advanced returns a request with the progress and the claim of its task. err is the error of the
// last attempt, or nil.
func (r Request) Advanced(p jobs.Progress, claim jobs.Claim, err error) Request {
	r.Tries, r.Next, r.UncertainSince, r.Claim = p.Tries, p.Next, p.UncertainSince, claim
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// Store stores requests, one per call.
type Store interface {
	// TicketOf returns the request of a call; ok is false without one.
	TicketOf(ctx context.Context, callID string) (r Request, ok bool, err error)
	// BeginTicket stores a request and its claim before the help desk is called. If the call
	// already has a request, of any agent, it returns that one, and first is false. A pending
	// request gets the claim unless another owner has claimed it.
	BeginTicket(ctx context.Context, r Request) (kept Request, first bool, err error)
	// RetryTicket stores the progress of a pending request: Tries, Next, UncertainSince, Error and
	// Claim. It returns jobs.ErrTaken if another owner has claimed or ended it.
	RetryTicket(ctx context.Context, r Request) error
	// EndTicket stores the result, State, Ticket, Error and Owed, and releases the claim.
	EndTicket(ctx context.Context, r Request) error
	// ClaimTickets claims the pending requests that are free for the claim's owner and returns
	// them, oldest first.
	ClaimTickets(ctx context.Context, claim jobs.Claim) ([]Request, error)
	// OwedTickets returns the ended requests whose agents must still be notified, oldest first.
	OwedTickets(ctx context.Context) ([]Request, error)
	// TicketTold stores that the agent was notified.
	TicketTold(ctx context.Context, callID string) error
	TalkStore
}

// TalkStore stores talk times until they are in the tickets.
type TalkStore interface {
	// KeepTalk stores the talk time of a call that has a request; without one it does nothing.
	KeepTalk(ctx context.Context, callID string, talk time.Duration) error
	// ClaimTalk claims the talk time of a call, or renews the claim. It returns jobs.ErrTaken if
	// another owner has claimed it, or it is already in the ticket.
	ClaimTalk(ctx context.Context, callID string, claim jobs.Claim) error
	// ClaimTalks claims the talk times that are known, not yet in the ticket and free for the
	// claim's owner. It returns their requests, oldest first.
	ClaimTalks(ctx context.Context, claim jobs.Claim) ([]Request, error)
	// EndTalk stores that the talk time is in the ticket, or never will be.
	EndTalk(ctx context.Context, callID string) error
}
