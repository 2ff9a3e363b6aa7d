package admin

import (
	"context"
	"slices"
	"time"

	"traybell/hub/access"
	"traybell/hub/membership"
	"traybell/hub/queues/screens"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// QueueService knows Asterisk's queues, and changes who takes their calls.
type QueueService interface {
	Queues() []screens.Queue
	Place(q membership.Queue, a staff.Agent) membership.Place
	Can(q membership.Queue, is membership.Place) []protocol.QueueControl
	Control(ctx context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error
}

// Queues are the commands for Asterisk's queues. Agents without roles see those of their own, and
// change their own place.
type Queues struct {
	Audited
	Service QueueService
	Staff   func() *staff.Staff
	Numbers func() *phone.Reader
}

// Queue is a queue of Asterisk, as it is now.
type Queue struct {
	PBX     string                  `json:"pbx" doc:"id"`
	Name    string                  `json:"name"`
	Title   string                  `json:"title"`
	Up      bool                    `json:"up" doc:"false: the PBX is not connected, or has no such queue; the rest is unknown"`
	Waiting int                     `json:"waiting" doc:"callers"`
	Longest int                     `json:"longest" doc:"seconds that a caller has waited at most"`
	Free    int                     `json:"free" doc:"members who would get a call now"`
	Members []QueueMember           `json:"members" nullable:"false"`
	Callers []QueueCaller           `json:"callers" nullable:"false" doc:"the first one first"`
	Absent  []QueueAgent            `json:"absent" nullable:"false" doc:"agents who have the queue and are not in it"`
	Can     []protocol.QueueControl `json:"can,omitempty" doc:"what the agent who asks may do for themselves"`
	Mine    protocol.QueueState     `json:"mine,omitempty" enum:"out,in,paused" doc:"where the agent who asks is"`
}

// QueueMember is a member of a queue.
type QueueMember struct {
	Name      string    `json:"name" doc:"of the agent, or as the PBX has it"`
	Agent     string    `json:"agent,omitempty" doc:"login; absent: no agent of the hub, or several share the phone"`
	Interface string    `json:"interface" doc:"what the queue dials"`
	State     string    `json:"state" enum:"free,ringing,talking,paused,unavailable,out"`
	Reason    string    `json:"reason,omitempty" doc:"of a pause"`
	Since     time.Time `json:"since,omitzero" doc:"of a pause"`
	Dynamic   bool      `json:"dynamic" doc:"false: the configuration of the PBX has the member, who is only paused"`
}

// QueueAgent is an agent.
type QueueAgent struct {
	Agent string `json:"agent" doc:"login"`
	Name  string `json:"name"`
}

// QueueCaller waits in a queue.
type QueueCaller struct {
	Number  string    `json:"number,omitempty" doc:"absent: withheld"`
	Display string    `json:"display,omitempty" doc:"the number for people"`
	Name    string    `json:"name,omitempty" doc:"as the PBX has it"`
	Since   time.Time `json:"since"`
}

// List returns the queues in the order of hub.yml.
func (x *Queues) List(_ context.Context, p access.Principal) ([]Queue, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return nil, err
	}
	list := []Queue{}
	for _, q := range x.Service.Queues() {
		if !own || q.Has(p.Name) || slices.Contains(q.Viewers, p.Name) {
			list = append(list, x.queue(p, q))
		}
	}
	return list, nil
}

func (x *Queues) queue(p access.Principal, q screens.Queue) Queue {
	shown := Queue{
		PBX: q.PBX, Name: q.Name, Title: q.Title, Up: !q.Down, Waiting: len(q.Callers), Free: q.Free(),
		Members: []QueueMember{}, Callers: []QueueCaller{}, Absent: []QueueAgent{},
	}
	if longest := q.Longest(); !longest.IsZero() {
		shown.Longest = max(int(x.Now().Sub(longest)/time.Second), 0)
	}
	for _, m := range q.Members {
		since := m.Since
		if !since.IsZero() {
			since = since.UTC()
		}
		shown.Members = append(shown.Members, QueueMember{
			Name: m.Name, Agent: m.Login, Interface: m.Interface, State: string(m.State), Reason: m.Reason,
			Since: since, Dynamic: m.Dynamic,
		})
	}
	for _, c := range q.Callers {
		caller := QueueCaller{Number: c.Number, Name: c.Name, Since: c.Since.UTC()}
		if c.Number != "" {
			caller.Display = x.Numbers().Read(c.Number).Display
		}
		shown.Callers = append(shown.Callers, caller)
	}
	for _, login := range q.Logins {
		a, ok := x.Staff().Agent(login)
		if !ok || q.Down {
			continue
		}
		place := x.Service.Place(q.Queue, a)
		if place.State == protocol.QueueOut {
			shown.Absent = append(shown.Absent, QueueAgent{a.Login, a.Name})
		}
		if p.Kind == access.Agent && p.Name == login {
			shown.Mine, shown.Can = place.State, x.Service.Can(q.Queue, place)
		}
	}
	return shown
}

// Control changes the place of an agent in a queue, or in all of the agent's. Agents may do it for
// themselves.
func (x *Queues) Control(ctx context.Context, p access.Principal, agent string, do protocol.QueueControl,
	in protocol.SetQueue,
) error {
	var refused error
	if p.Kind != access.Agent || p.Name != agent {
		refused = need(p, access.Supervise)
	}
	object := in.Name
	if in.PBX != "" {
		object = in.PBX + "/" + in.Name
	}
	return x.attempt(p, refused, "queue."+string(do), object, agent, func() error {
		a, ok := x.Staff().Agent(agent)
		if !ok {
			return noAgent(agent)
		}
		if err := in.Check(); err != nil {
			return invalid("Cannot read the request: %v.", err)
		}
		return x.Service.Control(ctx, a, do, in)
	})
}
