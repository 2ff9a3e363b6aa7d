package admin

import (
	"context"

	"traybell/hub/access"
	"traybell/hub/fail"
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
