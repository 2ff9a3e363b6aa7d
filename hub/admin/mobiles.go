package admin

import (
	"context"
	"time"

	"traybell/hub/access"
	"traybell/hub/mobile"
	"traybell/hub/staff"
)

// MobileService has agents take calls of queues on their mobiles.
type MobileService interface {
	List() []mobile.Status
	Add(ctx context.Context, e mobile.Entry) error
	Remove(ctx context.Context, number string) error
	Set(ctx context.Context, a staff.Agent, on bool) error
}

// Mobiles are the commands for agents' mobiles. Agents without roles see their own, and take calls on it.
type Mobiles struct {
	Audited
	Service MobileService
	Staff   func() *staff.Staff
}

// Mobile is a number of the white list: a mobile on which an agent may take calls of queues.
type Mobile struct {
	Number  string    `json:"number" doc:"as it was written"`
	Display string    `json:"display" doc:"the number for people"`
	Agent   string    `json:"agent" doc:"login"`
	Name    string    `json:"name" doc:"of the agent"`
	PIN     bool      `json:"pin" doc:"the PBX asks for a PIN when the number calls to join"`
	Fixed   bool      `json:"fixed" doc:"it is in hub.yml"`
	On      bool      `json:"on" doc:"the agent takes calls on it"`
	Since   time.Time `json:"since,omitzero" doc:"of on"`
	Until   time.Time `json:"until,omitzero" doc:"of on; absent: without an end"`
	State   string    `json:"state,omitempty" enum:"free,ringing,talking,paused,unavailable" doc:"as a member of queues; absent: it is none"`
}

// NewMobile is a number for the white list.
type NewMobile struct {
	Agent string `json:"agent" minLength:"1" maxLength:"200" doc:"login"`
	PIN   string `json:"pin,omitempty" maxLength:"12" doc:"4 to 12 digits; absent: the PBX asks for none"`
}

// List returns the white list.
func (x *Mobiles) List(_ context.Context, p access.Principal) ([]Mobile, error) {
	own, err := needOrOwn(p)
	if err != nil {
		return nil, err
	}
	list := []Mobile{}
	for _, m := range x.Service.List() {
		if own && m.Login != p.Name {
			continue
		}
		one := Mobile{
			Number: m.Number, Display: m.Display, Agent: m.Login, Name: x.Staff().Name(m.Login), PIN: m.PIN != "",
			Fixed: m.Fixed, On: m.On, State: string(m.State),
		}
		if m.On {
			one.Since = m.Since.UTC()
		}
		if !m.Until.IsZero() {
			one.Until = m.Until.UTC()
		}
		list = append(list, one)
	}
	return list, nil
}

// Add puts a number on the white list, or changes whose it is.
func (x *Mobiles) Add(ctx context.Context, p access.Principal, number string, in NewMobile) error {
	return x.attempt(p, need(p, access.Admin), "mobile.add", number, in.Agent, func() error {
		return x.Service.Add(ctx, mobile.Entry{Number: number, Login: in.Agent, PIN: in.PIN})
	})
}

// Remove takes a number off the white list.
func (x *Mobiles) Remove(ctx context.Context, p access.Principal, number string) error {
	return x.attempt(p, need(p, access.Admin), "mobile.remove", number, "", func() error {
		return x.Service.Remove(ctx, number)
	})
}

// Set has an agent take calls on the mobile, or at the phones again. Agents may do it for themselves.
func (x *Mobiles) Set(ctx context.Context, p access.Principal, agent string, on bool) error {
	var refused error
	if p.Kind != access.Agent || p.Name != agent {
		refused = need(p, access.Supervise)
	}
	action := "mobile.off"
	if on {
		action = "mobile.on"
	}
	return x.attempt(p, refused, action, agent, "", func() error {
		a, ok := x.Staff().Agent(agent)
		if !ok {
			return noAgent(agent)
		}
		return x.Service.Set(ctx, a, on)
	})
}
