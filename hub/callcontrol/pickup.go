package callcontrol

import (
	"context"
	"slices"
	"strings"

	"traybell/hub/calls"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// PickUp has the agent's phone ring, and take the call that rings at a phone of a colleague when the
// agent answers, also a call that the agent does not see. It returns when the phone rings. Errors are
// *fail.Error.
func (c *Controller) PickUp(ctx context.Context, a staff.Agent, id string, from staff.Agent) error {
	_, err := c.repeated.once(ctx, a.Login+"\n"+id, func() (any, error) {
		began := c.o.Now()
		call, err := c.pickUp(ctx, a, id, from)
		c.report(call, a, protocol.ControlPickup, from.Login, c.o.Now().Sub(began), err)
		return nil, err
	})
	return err
}

func (c *Controller) pickUp(ctx context.Context, a staff.Agent, id string, from staff.Agent) (call string, err error) {
	if !a.May(protocol.RightControl) {
		return "", fail.New(protocol.RightMissing, protocol.RightControl)
	}
	call = c.RingsAt(a, from)
	if call == "" {
		return "", errNotNow()
	}
	of, _, _ := strings.Cut(call, ":")
	p, ok := c.o.PBXs.PBX(of)
	if !ok {
		return call, fail.New(protocol.ControlPBXDown, of)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	j := job{
		Controller: c, control: protocol.ControlPickup, call: call, agent: a, pbx: of, steering: p.Steering(),
		unique: uniqueid(a.Login, id), at: without(from.Extensions, a.Extensions),
	}
	_, err = j.pickup(ctx)
	return call, j.failure(err)
}

// RingsAt returns the call that rings at a phone of a colleague, where the PBX permits the agent to take
// it; empty: none.
func (c *Controller) RingsAt(a, from staff.Agent) (call string) {
	if !a.May(protocol.RightControl) {
		return ""
	}
	phones := without(from.Extensions, a.Extensions)
	c.mu.Lock()
	defer c.mu.Unlock()
	var first calls.Call
	for _, of := range c.calls {
		if c.permits[of.PBX].Has(protocol.ControlPickup) && (first.ID == "" || of.Started.Before(first.Started)) &&
			slices.ContainsFunc(of.Legs, func(l calls.Leg) bool {
				return l.State == protocol.Ringing && !l.Calling && slices.Contains(phones, l.Extension)
			}) {
			first = of
		}
	}
	return first.ID
}

func without(all, some []string) (rest []string) {
	for _, one := range all {
		if !slices.Contains(some, one) {
			rest = append(rest, one)
		}
	}
	return rest
}

// pickup has the agent's phone ring, and take a call when it answers: one that is parked, or rings at a
// colleague's phone.
func (j job) pickup(ctx context.Context) (string, error) {
	own, err := j.from(j.agent, "")
	if err != nil {
		return "", err
	}
	plan := j.o.Plan()
	o := pbx.Originate{
		Channel: plan.Channel(own), Number: own, Uniqueid: j.unique, Timeout: plan.Ring, Variables: plan.Lift(),
	}
	j.mu.Lock()
	if s := j.situations[j.call]; s != nil && s.slot != "" {
		o.Context, o.Exten = parkedCalls, s.slot
	}
	o.Name = j.calls[j.call].Number
	j.mu.Unlock()
	if o.Exten == "" {
		rings, err := j.ringing()
		if err != nil {
			return "", err
		}
		o.Application, o.Data = "PickupChan", rings.Name
	}
	return "", j.place(j.pbx+":"+j.unique, placement{login: j.agent.Login, takes: j.call}, func() error {
		return j.ring(ctx, o, own)
	})
}

// parkedCalls is the dialplan's context of the default parking lot.
const parkedCalls = "parkedcalls"
