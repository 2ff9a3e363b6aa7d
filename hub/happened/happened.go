// Package happened reports what happens to calls and tickets, for other programs. It has no state.
package happened

import (
	"slices"
	"strings"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/cdr"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// Step is what happened to a call.
type Step int

// The steps of a call, in order. A call that ends without an answer has no Answered.
const (
	Started Step = 1 << iota
	Answered
	Ended
)

// Call is one step of a call.
type Call struct {
	Step Step
	PBX  string
	Call protocol.Call // as its agents see it
	// Agents are the logins of the agents who saw it, sorted. Teams are theirs, and those of the
	// called line.
	Agents []string
	Teams  []string
	Into   string       // the id of the call that it became part of
	Open   []rules.Page // that rules open, in addition to those of the line
	Now    bool         // of a call that is new: it begins now, and was not found on the PBX at a start
}

// Ticket is a ticket that was made for a call.
type Ticket struct {
	protocol.CreatedTicket

	Agent string // login of the one who pressed
	Teams []string
}

// Listener gets the reports. Its methods must not block.
type Listener interface {
	Happened(c Call)
	TicketMade(t Ticket)
}

// Watcher is a Listener that also gets each state of a call after its agents have got it. Test calls
// have none.
type Watcher interface {
	Shown(c Call)
}

// All are several listeners.
type All []Listener

// Happened implements Listener.
func (a All) Happened(c Call) {
	for _, l := range a {
		l.Happened(c)
	}
}

// Shown implements Watcher.
func (a All) Shown(c Call) {
	for _, l := range a {
		if w, ok := l.(Watcher); ok {
			w.Shown(c)
		}
	}
}

// TicketMade implements Listener.
func (a All) TicketMade(t Ticket) {
	for _, l := range a {
		l.TicketMade(t)
	}
}

// Reporter reports to a listener.
type Reporter struct {
	To    Listener // nil: nothing is reported
	Staff func() *staff.Staff
}

// Call reports the steps of a call that are not among those reported before, and returns all that
// are reported now. The start waits until the caller is looked up, unless something else happens
// before. c.Teams are those of the line.
func (r Reporter) Call(c Call, before Step) (now Step) {
	if w, ok := r.To.(Watcher); ok {
		w.Shown(c)
	}
	if r.To == nil || before&Ended != 0 ||
		before == 0 && c.Call.State == protocol.Ringing && c.Call.Caller.Status == protocol.Looking {
		return before
	}
	c.Call.Data = calldata.Lasting(c.Call.Data)
	return r.steps(c, stepsOf(c.Call.Answered, c.Call.State == protocol.Ended), before)
}

// Unseen reports a call that ended while the hub was stopped.
func (r Reporter) Unseen(of cdr.Record) {
	if r.To == nil {
		return
	}
	r.steps(Call{
		PBX: of.PBX, Agents: strings.Fields(of.Told),
		Call: protocol.Call{
			ID: of.CallID, Direction: of.Direction, State: protocol.Ended, Number: of.Number, E164: of.E164,
			Name: of.Name, DID: of.DID, Line: protocol.Line{Name: of.Line},
			Caller: protocol.Caller{Status: protocol.Unknown}, Started: of.Started, Answered: of.Answered,
			Ended: of.Ended, Cause: of.Cause, Missed: of.Missed, AnswerUnseen: of.AnswerUnseen, EndUnseen: of.EndUnseen,
			Data: calldata.Decode(of.Data),
		},
	}, stepsOf(of.Answered, true), 0)
}

// Ticket reports a ticket.
func (r Reporter) Ticket(made tickets.Request) {
	if r.To == nil {
		return
	}
	agents := r.Staff()
	r.To.TicketMade(Ticket{
		CreatedTicket: ticketing.Created(made, agents, false), Agent: made.Agent,
		Teams: teams(agents, []string{made.Agent}, nil),
	})
}

func stepsOf(answered time.Time, ended bool) Step {
	steps := Started
	if !answered.IsZero() {
		steps |= Answered
	}
	if ended {
		steps |= Ended
	}
	return steps
}

func (r Reporter) steps(c Call, all, before Step) Step {
	c.Teams = teams(r.Staff(), c.Agents, c.Teams)
	for _, c.Step = range []Step{Started, Answered, Ended} {
		if all&c.Step != 0 && before&c.Step == 0 {
			r.To.Happened(c)
		}
	}
	return before | all
}

// teams returns the teams of agents and more, sorted.
func teams(of *staff.Staff, agents, more []string) []string {
	all := slices.Clone(more)
	for _, login := range agents {
		if a, ok := of.Agent(login); ok {
			all = append(all, a.Teams...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
