package admin

import (
	"context"
	"crypto/rand"

	"traybell/hub/access"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Controls does things with calls for agents. id is a command's: the same one is carried out once.
type Controls interface {
	Control(ctx context.Context, a staff.Agent, id, call string, control protocol.Control, with string) (string, error)
	Dial(ctx context.Context, a staff.Agent, id string, in protocol.DialNumber) (protocol.DialledNumber, error)
}

// CallControl are the commands that do with calls what agents do. Agents may do it for themselves.
type CallControl struct {
	Audited
	Controls Controls
	Staff    func() *staff.Staff
	Others   Others
}

// Others are what agents see of each other.
type Others interface {
	All() []protocol.Colleague
	List(ctx context.Context, a staff.Agent, after uint64) (protocol.Colleagues, error)
	PickUp(ctx context.Context, a staff.Agent, id, login string) error
	Message(ctx context.Context, a staff.Agent, in protocol.SendColleague) error
}

// Control does something with a call at an agent's phone. with is a number or digits; slot is where a
// call is parked.
func (x *CallControl) Control(ctx context.Context, p access.Principal, agent, call string, control protocol.Control,
	with string,
) (slot string, err error) {
	err = x.as(p, agent, "call."+string(control), call, func(a staff.Agent) error {
		slot, err = x.Controls.Control(ctx, a, rand.Text(), call, control, with)
		return err
	})
	return slot, err
}

// Dial rings the phone of an agent, and calls a number when the agent answers.
func (x *CallControl) Dial(ctx context.Context, p access.Principal, agent string, in protocol.DialNumber) (
	done protocol.DialledNumber, err error,
) {
	err = x.as(p, agent, "call.dial", in.Number, func(a staff.Agent) error {
		done, err = x.Controls.Dial(ctx, a, rand.Text(), in)
		return err
	})
	return done, err
}

// Colleagues returns what the agents do; an agent gets the others.
func (x *CallControl) Colleagues(ctx context.Context, p access.Principal) ([]protocol.Colleague, error) {
	if a, ok := x.Staff().Agent(p.Name); ok && p.Kind == access.Agent {
		list, err := x.Others.List(ctx, a, 0)
		return list.Colleagues, err
	}
	return x.Others.All(), need(p, access.View)
}

// PickUp rings the phone of an agent, and takes the call that rings at a colleague's phone.
func (x *CallControl) PickUp(ctx context.Context, p access.Principal, agent, login string) error {
	return x.as(p, agent, "colleague.pickup", login, func(a staff.Agent) error {
		return x.Others.PickUp(ctx, a, rand.Text(), login)
	})
}

// Message shows a text of an agent to a colleague.
func (x *CallControl) Message(ctx context.Context, p access.Principal, agent string, in protocol.SendColleague) error {
	return x.as(p, agent, "colleague.message", in.To, func(a staff.Agent) error { return x.Others.Message(ctx, a, in) })
}

// as does something as an agent, who needs the rights for it.
func (x *CallControl) as(p access.Principal, agent, action, object string, do func(staff.Agent) error) error {
	var refused error
	if p.Kind != access.Agent || p.Name != agent {
		refused = need(p, access.Supervise)
	}
	return x.attempt(p, refused, action, object, agent, func() error {
		a, ok := x.Staff().Agent(agent)
		if !ok {
			return noAgent(agent)
		}
		return do(a)
	})
}
