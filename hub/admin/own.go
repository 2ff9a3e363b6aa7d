package admin

import (
	"context"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/personal"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// PasswordServer changes the passwords of agents, and writes that down.
type PasswordServer interface {
	// SetPassword changes the password of an agent who shows the current one.
	SetPassword(ctx context.Context, p access.Principal, current, next string) error
}

// Own are the commands of agents for their own account.
type Own struct {
	Passwords PasswordServer
	Staff     func() *staff.Staff
	Numbers   *personal.Numbers
}

// PasswordAt returns where the principal changes the password; empty for all but agents.
func (o *Own) PasswordAt(p access.Principal) protocol.PasswordAt {
	if p.Kind != access.Agent {
		return ""
	}
	a, _ := o.Staff().Agent(p.Name)
	return a.Password
}

// SetPassword changes the agent's password. All sessions of the agent end, on desktops and on pages.
func (o *Own) SetPassword(ctx context.Context, p access.Principal, current, next string) error {
	if p.Kind != access.Agent {
		return &fail.Error{Code: fail.Forbidden, Text: "Only agents change their own password here."}
	}
	return failure(o.Passwords.SetPassword(ctx, p, current, next))
}

// ListNumbers returns the numbers that the agent has saved, by name.
func (o *Own) ListNumbers(ctx context.Context, p access.Principal) ([]protocol.PersonalNumber, error) {
	if err := o.dials(p); err != nil {
		return nil, err
	}
	list, err := o.Numbers.List(ctx, p.Name)
	return list, failure(err)
}

// SaveNumber saves a number for the agent, or renames it.
func (o *Own) SaveNumber(ctx context.Context, p access.Principal, in protocol.PersonalNumber) error {
	if err := o.dials(p); err != nil {
		return err
	}
	return failure(o.Numbers.Save(ctx, p.Name, in))
}

// RemoveNumber removes a number that the agent has saved.
func (o *Own) RemoveNumber(ctx context.Context, p access.Principal, number string) error {
	if err := o.dials(p); err != nil {
		return err
	}
	return failure(o.Numbers.Remove(ctx, p.Name, number))
}

// dials refuses all but agents who may dial.
func (o *Own) dials(p access.Principal) error {
	if p.Kind != access.Agent {
		return &fail.Error{Code: fail.Forbidden, Text: "Only agents have their own numbers here."}
	}
	if a, _ := o.Staff().Agent(p.Name); !a.May(protocol.RightControl) {
		return fail.New(protocol.RightMissing, "")
	}
	return nil
}
