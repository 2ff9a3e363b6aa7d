// Package news keeps what agents wait for: results of tickets and notes that came later than they
// could be answered. An agent gets them now or at sign-in.
package news

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// stays is how long news is sent again at sign-in: the first delivery may have failed. A desktop
// shows it once.
const stays = 25 * time.Second

// Terminals carries messages to the agents' desktops. Its methods do not block.
type Terminals interface {
	Send(logins []string, m protocol.Message)
	Online(login string) int // how many desktops are signed in
}

// Store keeps which agents got their news.
type Store interface {
	TicketTold(ctx context.Context, callID, login string) error
	NoteTold(ctx context.Context, id int64) error
}

// News is the news of all agents. It belongs to one goroutine.
type News struct {
	Terminals  Terminals
	Store      Store
	Background func(f func(ctx context.Context)) // runs f on another goroutine
	Now        func() time.Time
	Log        *slog.Logger

	byAgent map[string][]*item
}

type item struct {
	call string
	m    protocol.Message
	told func(ctx context.Context) error
	sent time.Time // zero: never
}

// Ticket sends an agent the result of a request: created, if it was made.
func (n *News) Ticket(login string, r tickets.Request, created protocol.CreatedTicket) {
	m, err := protocol.New(protocol.Notification, protocol.TicketCreated, created)
	if r.State == tickets.Failed {
		name := protocol.TicketCreate
		if r.Draft.Into != nil {
			name = protocol.TicketAppend
		}
		f := r.Failure()
		m, err = protocol.New(protocol.Error, name, protocol.Failure{
			Code: protocol.HelpDeskFailed, Text: withNote(f.Text, r.Draft.Note), Problem: f.Problem, About: f.About,
			Note: r.Draft.Note, Caller: r.Draft.Caller(),
		})
		if login == r.Agent {
			m.Re = r.ActionID
		}
	}
	n.post(login, r.CallID, m, err, func(ctx context.Context) error {
		return n.Store.TicketTold(ctx, r.CallID, login)
	})
}

// Refused sends an agent that a note was refused. The text comes back with it.
func (n *News) Refused(note tickets.Note) {
	f := note.Failure()
	m, err := protocol.New(protocol.Error, protocol.TicketNote, protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: withNote(f.Text, note.Text), Problem: f.Problem, About: f.About,
		Note: note.Text, Caller: note.Caller,
	})
	m.Re = note.ActionID
	n.post(note.Agent, note.CallID, m, err, func(ctx context.Context) error {
		return n.Store.NoteTold(ctx, note.ID)
	})
}

// withNote returns an error with the note that was to be in the ticket, which must not be lost.
func withNote(failure, note string) string {
	if note == "" {
		return failure
	}
	return failure + " The note was: “" + note + "”"
}

// post sends an agent a message about a call, now or at sign-in. told saves that it was sent.
func (n *News) post(login, callID string, m protocol.Message, err error, told func(ctx context.Context) error) {
	if err != nil {
		n.Log.Error("cannot encode message", "error", err)
		return
	}
	if n.byAgent == nil {
		n.byAgent = map[string][]*item{}
	}
	late := &item{call: callID, m: m, told: told}
	n.byAgent[login] = append(n.byAgent[login], late)
	if n.Terminals.Online(login) > 0 {
		n.deliver(login, late)
	}
}

// deliver sends an item, and saves that it was sent.
func (n *News) deliver(login string, i *item) {
	n.Terminals.Send([]string{login}, i.m)
	if !i.sent.IsZero() {
		return
	}
	i.sent = n.Now()
	n.Background(func(ctx context.Context) {
		if err := jobs.Keep(ctx, i.told); err != nil {
			n.Log.Error("cannot save that an agent got the result of a press", "call", i.call, "error", err)
		}
	})
}

// SignedIn delivers what an agent missed before signing in.
func (n *News) SignedIn(login string) {
	n.forget(login)
	for _, i := range n.byAgent[login] {
		n.deliver(login, i)
	}
}

// Forget drops what was delivered some time ago.
func (n *News) Forget() {
	for login := range n.byAgent {
		n.forget(login)
	}
}

func (n *News) forget(login string) {
	now := n.Now()
	left := slices.DeleteFunc(n.byAgent[login], func(i *item) bool {
		return !i.sent.IsZero() && now.Sub(i.sent) > stays
	})
	if len(left) == 0 {
		delete(n.byAgent, login)
	} else {
		n.byAgent[login] = left
	}
}
