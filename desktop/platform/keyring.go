package platform

import (
	"context"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// ErrNoPassword means that the keyring works and has no password of that account.
var ErrNoPassword = errors.New("no password is kept")

// Keyring is the system's store of passwords: the Secret Service on Linux, the Credential Manager
// on Windows, the Keychain on macOS. Any error but ErrNoPassword means that it cannot be used
// (there is none, or it stayed locked); the agent is then offered to go on without.
//
// The system may ask the agent to unlock it, for as long as the context lasts.
type Keyring struct {
	Service string // what the passwords are for: "traybell"
}

// Password returns what is kept for an account.
func (k Keyring) Password(ctx context.Context, account string) (string, error) {
	password, err := waited(ctx, func() (string, error) { return keyring.Get(k.Service, account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNoPassword
	}
	return password, wrap(err)
}

// Keep stores an account's password in place of an earlier one.
func (k Keyring) Keep(ctx context.Context, account, password string) error {
	_, err := waited(ctx, func() (string, error) { return "", keyring.Set(k.Service, account, password) })
	return wrap(err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the system's keyring: %w", err)
}

// waited asks the system, which knows no contexts, and stops waiting when the context ends; the
// question itself goes on until the system answers it, and its answer is dropped.
func waited(ctx context.Context, ask func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := ask()
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
