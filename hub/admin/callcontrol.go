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

// as does something as an agent, who needs the rights for it.
func (x *CallControl) as(p access.Principal, agent, action, object string, do func(staff.Agent) error) error {
	var refused error
	if p.Kind != access.Agent || p.Name != agent {
		refused = need(p, access.Supervise)
	}
	return x.attempt(p, refused, action, object, agent, func() error {
		a, ok := x.Staff().Agent(agent)
		if !ok {
			return missing("There is no agent %q.", agent)
		}
		return do(a)
	})
}
