package tickets

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Note is what an agent adds to the ticket of a call.
type Note struct {
	ID       int64
	CallID   string
	ActionID string // with Agent, the idempotency key
	Agent    string // login
	Text     string
	At       time.Time
	State    State
	Error    string           // for administrators
	Problem  protocol.Problem // the same for the agent, about About
	About    string
	Owed     bool // refused after the agent stopped waiting; the agent must still be notified

	jobs.Progress
	Claim jobs.Claim

	Ticket helpdesk.Ticket // the call's; zero: not made yet
	Caller string          // for an agent who no longer sees the call
}

// Failure is why the note was refused, for the agent.
func (n Note) Failure() *fail.Error {
	return failure(cmp.Or(n.Problem, protocol.HelpDeskRefused), n.About, n.Error)
}

// Advanced returns a note with the progress and the claim of its task. err is the error of the last
// attempt, or nil.
func (n Note) Advanced(p jobs.Progress, claim jobs.Claim, err error) Note {
	n.Progress, n.Claim = p, claim
	if err != nil {
		n.Error = err.Error()
	}
	return n
}

// Entry returns the note for the help desk.
func (n Note) Entry(agents *staff.Staff) helpdesk.Note {
	by := staff.Agent{Login: n.Agent, Name: agents.Name(n.Agent)}
	return helpdesk.Note{
		Ticket: n.Ticket, Key: fmt.Sprintf("%s note %d", n.CallID, n.ID), Subject: "Note by " + by.Name, Body: n.Text,
		Agent: by, Internal: true,
	}
}

// NoteStore stores notes until they are in the tickets.
type NoteStore interface {
	// BeginNote stores a note and its claim. If the agent's action has one already, it returns that
	// one, and first is false.
	BeginNote(ctx context.Context, n Note) (kept Note, first bool, err error)
	// RetryNote stores the progress of a pending note: Tries, Next, UncertainSince, Error and
	// Claim. It returns jobs.ErrTaken if another owner has claimed or ended it.
	RetryNote(ctx context.Context, n Note) error
	// EndNote stores the result, State, Error, Problem, About and Owed, and releases the claim.
	EndNote(ctx context.Context, n Note) error
	// ClaimNotes claims the pending notes whose ticket is made, of one call or, if callID is empty,
	// of all, that are free for the claim's owner. It returns them, oldest first.
	ClaimNotes(ctx context.Context, claim jobs.Claim, callID string) ([]Note, error)
	// RefuseNotes ends the pending notes of a call whose ticket is not made or, if callID is empty,
	// of all calls whose ticket was refused. It returns them, oldest first. Their agents are owed
	// the news.
	RefuseNotes(ctx context.Context, callID string) ([]Note, error)
	// OwedNotes returns the refused notes whose agents must still be notified, oldest first.
	OwedNotes(ctx context.Context) ([]Note, error)
	// NoteTold stores that the agent was notified.
	NoteTold(ctx context.Context, id int64) error
}
