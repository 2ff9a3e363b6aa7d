// Package reports makes the events of webhooks of what happens at the desk and among its agents.
package reports

import (
	"crypto/rand"
	"sync"
	"time"

	"traybell/hub/happened"
	"traybell/hub/webhooks"
	"traybell/shared/protocol"
)

// Hooks take events.
type Hooks interface{ Emit(e webhooks.Event) }

// callEvent is the data of the events of calls.
type callEvent struct {
	protocol.Call

	PBX    string   `json:"pbx"`
	Agents []string `json:"agents"` // logins of those who saw it
	Into   string   `json:"into,omitempty"`
}

// agentEvent is the data of agent.state.
type agentEvent struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	State string `json:"state"` // signed_in, signed_out, or of protocol.AgentState

	Mode   protocol.Mode  `json:"mode,omitempty"`
	Reason string         `json:"reason,omitempty"` // code of a pause
	Since  time.Time      `json:"since,omitzero"`
	Until  time.Time      `json:"until,omitzero"`
	Task   *protocol.Task `json:"task,omitempty"`
}

// ticketEvent is the data of ticket.created.
type ticketEvent struct {
	protocol.CreatedTicket

	Agent string `json:"agent"` // login
}

// Listener passes what happens to the webhooks. It implements happened.Listener. Make it with New.
type Listener struct {
	hooks Hooks
	now   func() time.Time

	mu      sync.Mutex
	desktop map[string]int // signed in, by login
}

// New returns a listener. now is the present time.
func New(h Hooks, now func() time.Time) *Listener {
	return &Listener{hooks: h, now: now, desktop: map[string]int{}}
}

// Happened implements happened.Listener.
func (l *Listener) Happened(h happened.Call) {
	emit := func(kind string, at time.Time) {
		if h.Agents == nil {
			h.Agents = []string{}
		}
		l.hooks.Emit(webhooks.Event{
			ID: webhooks.ID(kind, h.Call.ID), Type: kind, Subject: h.Call.ID, Time: at, Teams: h.Teams,
			Data: callEvent{h.Call, h.PBX, h.Agents, h.Into},
		})
	}
	switch h.Step {
	case happened.Started:
		emit(webhooks.CallStarted, h.Call.Started)
	case happened.Answered:
		emit(webhooks.CallAnswered, h.Call.Answered)
	case happened.Ended:
		emit(webhooks.CallEnded, h.Call.Ended)
		if h.Call.Missed && h.Into == "" {
			emit(webhooks.CallMissed, h.Call.Ended)
		}
	}
}

// TicketMade implements happened.Listener.
func (l *Listener) TicketMade(t happened.Ticket) {
	l.hooks.Emit(webhooks.Event{
		ID: webhooks.ID(webhooks.TicketCreated, t.Call, t.Number), Type: webhooks.TicketCreated, Subject: t.Call,
		Time: l.now(), Teams: t.Teams, Data: ticketEvent{t.CreatedTicket, t.Agent},
	})
}

// AgentChanged reports what an agent does now. Changes of nothing but what follows are not reported.
func (l *Listener) AgentChanged(before, now protocol.AgentNow, teams []string) {
	if before.State == now.State && before.Since.Equal(now.Since) {
		return
	}
	l.hooks.Emit(webhooks.Event{
		ID: "evt_" + rand.Text(), Type: webhooks.AgentState, Subject: now.Login, Time: now.Since, Teams: teams,
		Data: agentEvent{
			Login: now.Login, Name: now.Name, State: string(now.State), Mode: now.Mode, Reason: now.Reason,
			Since: now.Since, Until: now.Until, Task: now.Task,
		},
	})
}

// Present counts an agent's desktops: the first one signs the agent in, the last one out.
func (l *Listener) Present(in bool, login, name string, teams []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := ""
	if in {
		if l.desktop[login]++; l.desktop[login] == 1 {
			state = "signed_in"
		}
	} else {
		if l.desktop[login]--; l.desktop[login] == 0 {
			state = "signed_out"
			delete(l.desktop, login)
		}
	}
	if state != "" {
		l.hooks.Emit(webhooks.Event{
			ID: "evt_" + rand.Text(), Type: webhooks.AgentState, Subject: login, Time: l.now(), Teams: teams,
			Data: agentEvent{Login: login, Name: name, State: state},
		})
	}
}
