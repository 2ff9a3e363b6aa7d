// Package tickets defines ticket requests of agents: one per call, kept until its ticket is created
// or refused.
package tickets

import (
	"cmp"
	"context"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/shared/protocol"
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
	Error    string           // for administrators
	Problem  protocol.Problem // the same for the agent, about About
	About    string
	At       time.Time

	jobs.Progress
	Draft helpdesk.Draft // the ticket to create; its agent has only a login and a name
	Claim jobs.Claim     // of the hub that creates the ticket or adds the talk time
	Owed  []string       // sorted logins of agents who stopped waiting and must be notified of the end
	Talk  time.Duration  // talk time of the call; zero if unknown
	Noted bool           // the talk time is in the ticket
}

// Position is the place of a request among all, oldest first.
type Position struct {
	At     time.Time `json:"at"`
	CallID string    `json:"call"`
}

// Failure is why the request failed, for the agent.
func (r Request) Failure() *fail.Error { return failure(r.Problem, r.About, r.Error) }

func failure(problem protocol.Problem, about, detail string) *fail.Error {
	f := fail.New(cmp.Or(problem, protocol.HelpDeskUnsaid), about)
	f.Retry, f.Detail = false, detail
	return f
}

// Advanced returns a request with the progress and the claim of its task. err is the error of the
// last attempt, or nil.
func (r Request) Advanced(p jobs.Progress, claim jobs.Claim, err error) Request {
	r.Progress, r.Claim = p, claim
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// Store stores requests, one per call.
type Store interface {
	// TicketOf returns the request of a call, or else of one that was merged into it; ok is false
	// without one.
	TicketOf(ctx context.Context, callID string) (r Request, ok bool, err error)
	// BeginTicket stores a request and its claim before the help desk is called. If the call
	// already has a request, of any agent, it returns that one, and first is false. A pending
	// request gets the claim unless another owner has claimed it.
	BeginTicket(ctx context.Context, r Request) (kept Request, first bool, err error)
	// RetryTicket stores the progress of a pending request: Tries, Next, UncertainSince, Error and
	// Claim. It returns jobs.ErrTaken if another owner has claimed or ended it.
	RetryTicket(ctx context.Context, r Request) error
	// EndTicket stores the result, State, Ticket, Error, Problem and About, adds to Owed, and
	// releases the claim.
	EndTicket(ctx context.Context, r Request) error
	// ClaimTickets claims the pending requests that are free for the claim's owner and returns
	// them, oldest first.
	ClaimTickets(ctx context.Context, claim jobs.Claim) ([]Request, error)
	// OweTicket stores that an agent stopped waiting for a request. It does nothing if the request
	// is not pending.
	OweTicket(ctx context.Context, callID, login string) error
	// OwedTickets returns the ended requests whose agents must still be notified, oldest first.
	OwedTickets(ctx context.Context) ([]Request, error)
	// TicketTold stores that an agent was notified.
	TicketTold(ctx context.Context, callID, login string) error
	TalkStore
	NoteStore
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
