package ticketing

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// NewNote is the command to add a note to the ticket of a call.
type NewNote struct {
	ActionID string // set by the desktop: a command with the same id is the same note
	Call     string
	Text     string
}

// NoteAnswer is the result of a note as far as an agent waits for it. One of the two is set.
type NoteAnswer struct {
	Noted  *protocol.NotedTicket
	Queued *protocol.QueuedTicket // it is saved and comes later
}

// For returns the answer as that for a call: see TicketAnswer.For.
func (a NoteAnswer) For(callID string) NoteAnswer {
	if a.Noted != nil {
		a.Noted.Call = callID
	}
	if a.Queued != nil {
		a.Queued.Call = callID
	}
	return a
}

// Notes adds agents' notes to tickets, in the background. Any goroutine may use it.
type Notes struct {
	Options
	desk    Desk
	mu      sync.Mutex
	running map[int64]*Press // by note
}

// Keep saves a note that came with a press, and adds it. No agent waits for it.
func (n *Notes) Keep(ctx context.Context, a staff.Agent, in NewNote) error {
	note, first, err := n.save(ctx, a, in)
	if err == nil {
		n.start(ctx, note, first, a.Login)
	}
	return err
}

// save saves a note before anything else is done with it.
func (n *Notes) save(ctx context.Context, a staff.Agent, in NewNote) (kept tickets.Note, first bool, err error) {
	text, err := freetext.Clean("note", in.Text, protocol.MaxNote)
	if err != nil {
		return tickets.Note{}, false, err
	}
	note := tickets.Note{
		CallID: in.Call, ActionID: in.ActionID, Agent: a.Login, Text: text, At: n.Now().UTC(),
		State: tickets.Pending, Claim: n.Jobs.NewClaim(),
	}
	note.UncertainSince = note.At // for a hub that is killed now
	err = jobs.Keep(ctx, func(ctx context.Context) (err error) {
		kept, first, err = n.Store.BeginNote(ctx, note)
		return err
	})
	if err != nil {
		n.Log.Error("cannot save note", "call", in.Call, "agent", a.Login, "error", err)
		return tickets.Note{}, false, fail.New(protocol.NoteUnsaved, "").Because(err)
	}
	n.desk.Trace(in.Call, trace.Step{What: trace.Noted, Agents: []string{a.Login}})
	return kept, first, nil
}

// Add saves and adds a note, and waits as long as an agent should.
func (n *Notes) Add(ctx context.Context, a staff.Agent, in NewNote) (NoteAnswer, error) {
	note, first, err := n.save(ctx, a, in)
	if err != nil {
		return NoteAnswer{}, err
	}
	switch note.State {
	case tickets.Made:
		return NoteAnswer{Noted: Noted(note, false)}, nil
	case tickets.Failed:
		return NoteAnswer{}, note.Failure()
	case tickets.Pending:
	}
	p := n.start(ctx, note, first, "")
	p.await(ctx, &n.Options)
	if why, ok := p.putOff(a.Login); ok {
		return NoteAnswer{Queued: queued(note.CallID, why, protocol.NoteSaved)}, nil
	}
	<-p.done // it follows at once
	if p.err != nil {
		return NoteAnswer{}, p.err
	}
	note.Ticket.Number, note.Ticket.URL = p.ticket.Number, p.ticket.URL
	return NoteAnswer{Noted: Noted(note, false)}, nil
}

// start begins to add a note, unless that is in progress. late is the agent who does not wait for
// it, if there is one.
func (n *Notes) start(ctx context.Context, note tickets.Note, first bool, late string) *Press {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.running[note.ID]; p != nil {
		return p
	}
	p := NewPress(note.ActionID)
	if late != "" {
		p.late = []string{late}
	}
	n.running[note.ID] = p
	n.desk.Background(ctx, func(ctx context.Context) { n.finish(ctx, p, note, first) })
	return p
}

// Resume continues what was left of a call's notes or, without a call, of all.
func (n *Notes) Resume(ctx context.Context, callID string) {
	left, err := n.Store.ClaimNotes(ctx, n.Jobs.NewClaim(), callID)
	if err != nil && ctx.Err() == nil {
		n.Log.Error("cannot read pending notes; retrying in a minute", "error", err)
	}
	for _, note := range left {
		n.start(ctx, note, false, note.Agent)
	}
	if callID == "" {
		n.Refuse(ctx, "")
	}
}

// Refuse returns the notes to the agents whose call gets no ticket: of one call or, without a call,
// of all whose ticket was refused.
func (n *Notes) Refuse(ctx context.Context, callID string) {
	var left []tickets.Note
	err := jobs.Keep(ctx, func(ctx context.Context) (err error) {
		left, err = n.Store.RefuseNotes(ctx, callID)
		return err
	})
	if err != nil && ctx.Err() == nil {
		n.Log.Error("cannot save that notes have no ticket; retrying in a minute", "call", callID, "error", err)
	}
	for _, note := range left {
		n.Log.Warn("note refused with its ticket", "call", note.CallID, "agent", note.Agent, "error", note.Error)
		n.desk.NoteEnded(ctx, note)
	}
}

// finish has the help desk add a note, however long that takes. A note whose ticket is not made yet
// stays pending: see Resume.
func (n *Notes) finish(ctx context.Context, p *Press, note tickets.Note, first bool) {
	defer func() {
		n.mu.Lock()
		delete(n.running, note.ID)
		n.mu.Unlock()
	}()
	if note.Ticket.ID == "" {
		note.UncertainSince, note.Claim = time.Time{}, jobs.Claim{Owner: note.Claim.Owner}
		if err := n.Store.RetryNote(ctx, note); err != nil {
			n.Log.Warn("cannot save that a note waits for its ticket", "call", note.CallID, "error", err)
		}
		p.delay("")
		// the press may have ended while the note was saved
		if r, ok, err := n.Store.TicketOf(ctx, note.CallID); err == nil && ok && r.State == tickets.Failed {
			n.Refuse(ctx, note.CallID)
		}
		return
	}
	entry := note.Entry(n.Staff())
	err := n.Jobs.Run(ctx, &jobs.Task{
		Name: "note " + entry.Key, Fresh: first, Progress: note.Progress, Claim: note.Claim,
		Find: func(ctx context.Context) (bool, error) { return n.HelpDesk.With(entry.Ticket).Noted(ctx, entry) },
		Do:   func(ctx context.Context) error { return n.HelpDesk.With(entry.Ticket).Append(ctx, entry) },
		Keep: func(ctx context.Context, progress jobs.Progress, claim jobs.Claim, err error) error {
			return n.Store.RetryNote(ctx, note.Advanced(progress, claim, err))
		},
		Late: func(err error) { p.delay(tickets.Failure(err).Problem) },
	})
	if errors.Is(err, jobs.ErrStopped) || errors.Is(err, jobs.ErrTaken) {
		p.delay("") // the next hub continues
		return
	}
	note.State, note.Error = tickets.Made, ""
	var failure error
	if err != nil {
		f := tickets.Failure(err)
		note.State, note.Error, note.Problem, note.About = tickets.Failed, f.Detail, f.Problem, f.About
		failure = f
		n.Log.Warn("note refused", "call", note.CallID, "agent", note.Agent, "error", err)
	} else {
		n.Log.Info("note added", "call", note.CallID, "agent", note.Agent, "ticket", note.Ticket.Number)
	}
	late := p.end(protocol.CreatedTicket{Number: note.Ticket.Number, URL: note.Ticket.URL}, failure)
	waits := slices.Contains(late, note.Agent)
	note.Owed = waits && failure != nil
	if err := jobs.Keep(ctx, func(ctx context.Context) error { return n.Store.EndNote(ctx, note) }); err != nil {
		n.Log.Error("cannot save the end of a note", "call", note.CallID, "error", err)
	}
	if waits {
		n.desk.NoteEnded(ctx, note)
	}
	close(p.done)
}

// Noted is an added note for its agent. late: it came after the agent stopped waiting.
func Noted(n tickets.Note, late bool) *protocol.NotedTicket {
	return &protocol.NotedTicket{Call: n.CallID, Number: n.Ticket.Number, URL: n.Ticket.URL, Late: late}
}
