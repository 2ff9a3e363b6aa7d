// Package ticketing carries out the ticket requests and notes of agents. Each is stored before jobs
// calls the help desk, and is continued by the next hub if this one stops. Agents wait as long as
// Options.Patience; the Desk notifies them of what takes longer.
package ticketing

import (
	"context"
	"log/slog"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
)

// Options are the settings and dependencies of Tickets and Notes.
type Options struct {
	Store    tickets.Store
	HelpDesk helpdesk.Desks
	Jobs     *jobs.Runner
	Patience time.Duration       // how long an agent waits
	Stopped  <-chan struct{}     // closed when agents need not wait any longer
	Staff    func() *staff.Staff // the current one
	Made     func(time.Duration) // gets the time from each press to its ticket; nil: it is not measured
	Log      *slog.Logger
	Now      func() time.Time
}

// Desk takes the results. Its methods are called from any goroutine.
type Desk interface {
	// Background runs f on a goroutine that the hub waits for when it stops.
	Background(ctx context.Context, f func(context.Context))
	// TicketEnded takes the end of a press; late are the logins of the agents to be notified of it,
	// as they were put off. The other agents get their answer when it returns.
	TicketEnded(ctx context.Context, p *Press, r tickets.Request, late []string)
	// NoteEnded takes the end of a note whose agent was put off, or whose ticket was refused.
	NoteEnded(ctx context.Context, n tickets.Note)
	// Trace adds a step to the trace of a call.
	Trace(callID string, step trace.Step)
}

// New returns what makes tickets, and what adds notes to them.
func New(o Options, d Desk) (*Tickets, *Notes) {
	if o.Made == nil {
		o.Made = func(time.Duration) {}
	}
	n := &Notes{Options: o, desk: d, running: map[int64]*Press{}}
	return &Tickets{Options: o, desk: d, notes: n}, n
}
