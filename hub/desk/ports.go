package desk

import (
	"context"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Directory finds customers by number. An implementation answers from memory; it is called off the
// desk's loop.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// CategoryStore keeps what agents noted about numbers. A number is in E.164 where it could be read,
// else the digits.
type CategoryStore interface {
	// Category returns the neutral category where nothing is noted.
	Category(ctx context.Context, number string) (protocol.Category, error)
	SetCategory(ctx context.Context, c protocol.Category) error
}

// Terminals carries messages to the agents' desktops. Its methods never block and may be called
// from any goroutine.
type Terminals interface {
	Send(logins []string, m protocol.Message) // encodes once
	Phones(login string) []string             // the extensions with which the agent is signed in; none: is not there
}
